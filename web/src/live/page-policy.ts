/** How the page keeps to its own content security policy. */

interface HtmlPolicy {
  createHTML(text: string): string;
}

declare global {
  var trustedTypes: { createPolicy(name: string, rules: HtmlPolicy): HtmlPolicy } | undefined;
}

/**
 * Lets libraries style what they make, in the two ways that the policy would refuse: style elements get
 * the nonce that the server wrote into the page, and style attributes are set as properties. Styles that
 * come as HTML stay refused.
 */
export function allowStyles(page: Document): void {
  const nonce = page.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  if (nonce === undefined || nonce === "") return;
  const create = page.createElement.bind(page);
  page.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as Document["createElement"];
  const set = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (name === "style" && this instanceof HTMLElement) this.style.cssText = value;
    else set.call(this, name, value);
  };
}

let pages: HtmlPolicy | undefined;

/** Makes a frame a page of its own. Only for HTML that was made here, without scripts. */
export function showPage(frame: HTMLIFrameElement, html: string): void {
  pages ??= globalThis.trustedTypes?.createPolicy("stead-page", { createHTML: (text) => text });
  frame.srcdoc = pages?.createHTML(html) ?? html;
}
