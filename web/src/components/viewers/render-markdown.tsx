/** Markdown to the HTML of a whole page, as text. */
import { renderToStaticMarkup } from "react-dom/server";
import Markdown, { defaultUrlTransform } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import type { CodeHighlighter } from "./highlight-code";

/** A `data:` URL. */
export type Picture = string;

/** Pictures of one page at most. */
const PICTURES_MAX = 40;

/** The pictures that a text names by a path of the workspace. */
export function picturesOf(text: string, path: string): { source: string; file: string }[] {
  const found = new Map<string, string>();
  for (const match of text.matchAll(/!\[[^\]]*\]\(\s*<?([^)\s>]+)/g)) {
    const source = match[1] ?? "";
    const file = resolve(path, source);
    if (file !== null && found.size < PICTURES_MAX) found.set(source, file);
  }
  return [...found].map(([source, file]) => ({ source, file }));
}

/** The workspace path that a relative address in `path` names; null for everything else. */
export function resolve(path: string, address: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:|^\/\/|^#/i.test(address)) return null;
  let decoded: string;
  try {
    decoded = decodeURIComponent(address.split(/[?#]/)[0] ?? "");
  } catch {
    return null;
  }
  const from = decoded.startsWith("/") ? [] : path.split("/").slice(0, -1);
  for (const part of decoded.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && from.pop() === undefined) return null;
    if (part !== "..") from.push(part);
  }
  return from.length === 0 ? null : from.join("/");
}

interface PageOptions {
  /** Absolute address of the style sheet. */
  style: string;
  dark: boolean;
  highlight?: CodeHighlighter;
}

/** The whole page. Links open a tab of their own; what is no address of the web stays text. */
export function renderMarkdown(
  text: string,
  pictures: ReadonlyMap<string, Picture>,
  { style, dark, highlight = () => null }: PageOptions,
): string {
  const body = renderToStaticMarkup(
    <Markdown
      remarkPlugins={[remarkGfm]}
      rehypePlugins={[rehypeSanitize]}
      urlTransform={(url) => pictures.get(url) ?? defaultUrlTransform(url)}
      components={{
        a: ({ href, children }) =>
          href !== undefined && /^(https?:|mailto:)/i.test(href) ? (
            <a href={href} target="_blank" rel="noopener noreferrer">
              {children}
            </a>
          ) : (
            <span className="local" title={href}>
              {children}
            </span>
          ),
        img: ({ src, alt }) =>
          typeof src === "string" && src.startsWith("data:image/") ? (
            <img src={src} alt={alt ?? ""} />
          ) : (
            <span className="missing">{alt === undefined || alt === "" ? "a picture" : alt}</span>
          ),
        // The classes are ours: what a text may bring was taken out before.
        code: ({ className, children }) => {
          const language = /^language-(\S+)$/.exec(className ?? "")?.[1];
          const pieces =
            language === undefined || typeof children !== "string" ? null : highlight(children, language);
          if (pieces === null) return <code>{children}</code>;
          return (
            <code>
              {pieces.map(({ text, classes }, index) =>
                classes === "" ? (
                  text
                ) : (
                  // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name and never move
                  <span key={index} className={classes}>
                    {text}
                  </span>
                ),
              )}
            </code>
          );
        },
        // The page's policy knows no style attributes.
        th: ({ style, children }) => <th data-align={style?.textAlign}>{children}</th>,
        td: ({ style, children }) => <td data-align={style?.textAlign}>{children}</td>,
      }}
    >
      {text}
    </Markdown>,
  );
  const theme = dark ? "dark" : "light";
  return `<!doctype html><html lang="" data-theme="${theme}"><meta charset="utf-8"><link rel="stylesheet" href="${style}"><body>${body}</body></html>`;
}
