/** The page's own policy: every part of the application keeps to it, and it keeps everything else out. */
import type { BrowserContext, Page } from "@playwright/test";
import { expect, modal, openTerminal, preview, test, type, upload } from "./world";

/** The smallest document that a PDF viewer shows. */
const PDF = `%PDF-1.1
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj
trailer<</Root 1 0 R>>
`;

/** What a context did that it should not have done, as it happens. */
async function watch(context: BrowserContext, origin: string): Promise<string[]> {
  const found: string[] = [];
  const host = new URL(origin).host;
  await context.exposeBinding("tellViolation", (_, text: string) => found.push(text));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (it) => {
      const tell = (window as unknown as { tellViolation?: (text: string) => void }).tellViolation;
      tell?.(`${it.effectiveDirective} refused ${it.blockedURI} ${it.sample} at ${it.sourceFile}:${it.lineNumber}`);
    });
  });
  context.on("console", (message) => {
    if (/content security policy|trusted|refused to/i.test(message.text())) found.push(message.text());
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    const here = url.host === host || url.host.endsWith(`.${host}`);
    // What the browser's own parts ask of one another has schemes of its own.
    if (!here && /^(http|ws)s?:$/.test(url.protocol)) found.push(`a request to ${url.origin}`);
  });
  return found;
}

/** Opens the workspace in a browser that likes these things. */
async function prefer(page: Page, taste: Record<string, unknown>): Promise<void> {
  await page.evaluate((it) => localStorage.setItem("stead.preferences", JSON.stringify(it)), taste);
  await page.reload();
}

test("every part of the application keeps to the page's policy", async ({ signedIn: page, context, world }) => {
  const found = await watch(context, world.url);
  const id = await world.create("Strict", "--template", "static");
  await world.stead("start", id);

  await page.goto(world.url);
  await expect(page.getByText("Strict")).toBeVisible();
  await page.getByRole("button", { name: /new workspace/i }).first().click();
  await expect(modal(page)).toBeVisible();

  await page.goto(`${world.url}/w/${id}`);
  await expect(preview(page).locator("h1")).toBeVisible();
  await openTerminal(page);
  await type(page, "printf '\\033[31mred \\033[4mline\\033[0m\\n'");
  await page.getByRole("treeitem", { name: "index.html" }).click();
  const text = page.getByRole("textbox", { name: "Text of index.html" });
  for (const taste of [
    { editorKeys: "vim", editorOverview: true, editorWrap: true, terminalScreenReader: true },
    { editorKeys: "emacs", theme: "dark", editorFontSize: 17, terminalScreenReader: true },
  ]) {
    await prefer(page, taste);
    await text.click();
    // Its keys come a moment after the text.
    if (taste.editorKeys === "vim") await expect(page.locator(".cm-vim-panel")).toBeVisible();
    await page.keyboard.press("Escape");
    await page.keyboard.press("ControlOrMeta+f");
    await page.keyboard.press("Escape");
    if (taste.editorKeys !== "vim") continue;
    await page.keyboard.type(":set number");
    await page.keyboard.press("Enter");
    await page.keyboard.press("v");
    await expect(page.locator(".cm-vim-panel")).toBeVisible();
    await expect(page.locator(".cm-minimap-gutter")).toBeVisible();
    await page.keyboard.press("Escape");
  }

  await upload(page, "read.md", "# Read\n\n| a | b |\n|:-:|--:|\n| &copy; | `2` |\n\n- [x] done\n");
  await page.getByRole("treeitem", { name: "read.md" }).click();
  await page.getByRole("button", { name: "Read as a page" }).click();
  const read = page.frameLocator('iframe[title="read.md as a page"]');
  await expect(read.getByRole("cell", { name: "©" })).toHaveCSS("text-align", "center");
  await upload(page, "data.csv", "name,size\nten,10\nnine,9\n");
  await page.getByRole("treeitem", { name: "data.csv" }).click();
  await page.getByRole("button", { name: "Show as a table" }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("ten");
  await upload(page, "one.pdf", PDF);
  await page.getByRole("treeitem", { name: "one.pdf" }).click();
  await expect(page.locator('iframe[title="Pages of one.pdf"]')).toBeVisible();
  await upload(page, "dot.gif", Buffer.from("R0lGODlhAQABAAAAACwAAAAAAQABAAA=", "base64"));
  await page.getByRole("treeitem", { name: "dot.gif" }).click();
  await expect(page.getByRole("img", { name: "dot.gif" })).toBeVisible();

  await page.getByRole("button", { name: "Share the app" }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
  for (const section of ["people", "shares"]) {
    await page.goto(`${world.url}/w/${id}/manage/${section}`);
    await expect(page.getByRole("heading").first()).toBeVisible();
  }
  for (const section of ["profile", "sign-ins", "tokens", "accounts", "invitations"]) {
    await page.goto(`${world.url}/settings/${section}`);
    await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
  }
  await page.goto(`${world.url}/nowhere`);
  await expect(page.getByText("There is nothing at this address")).toBeVisible();
  await page.context().clearCookies();
  await page.goto(`${world.url}/sign-in`);
  await expect(page.getByRole("heading").first()).toBeVisible();
  expect(found).toEqual([]);
  // It would have been seen.
  await page.evaluate(() => fetch("http://example.org/").catch(() => null));
  await expect.poll(() => found.join()).toContain("connect-src");
});

test("what is brought into the page from elsewhere does not run", async ({ signedIn: page, world }) => {
  const id = await world.create("Hostile");
  await page.goto(`${world.url}/w/${id}`);
  await upload(page, "evil.js", "document.title = 'taken'");
  const refused = await page.evaluate(async (url) => {
    const refused = new Set<string>();
    document.addEventListener("securitypolicyviolation", (it) => refused.add(it.effectiveDirective));
    const settled = (element: HTMLElement) =>
      new Promise<void>((done) => {
        element.onload = element.onerror = () => done();
        document.head.append(element);
      });
    // A file of a workspace is on this origin, and is no script of ours.
    const script = document.createElement("script");
    const tried: string[] = [];
    const attempt = (name: string, work: () => void) => {
      try {
        work();
        tried.push(name);
      } catch {
        // Refused on the spot.
      }
    };
    attempt("script.src", () => (script.src = url));
    attempt("innerHTML", () => (document.createElement("div").innerHTML = "<b>x</b>"));
    attempt("a policy of its own", () =>
      (window as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }).trustedTypes.createPolicy("mine", {}),
    );
    const frame = document.createElement("iframe");
    frame.src = "http://example.org/";
    await settled(frame);
    // Without a network it fails as well: the event tells why it did.
    const told = new Promise((done) => document.addEventListener("securitypolicyviolation", done, { once: true }));
    await fetch("http://example.org/").catch(() => told);
    return { tried, refused: [...refused].sort() };
  }, `${world.url}/api/v1/workspaces/${id}/files/evil.js`);
  expect(refused).toEqual({
    tried: [],
    refused: ["connect-src", "frame-src", "require-trusted-types-for", "trusted-types"],
  });
  await expect(page).not.toHaveTitle("taken");
});

// The page without its trusted types, as older browsers see it: where scripts come from must hold alone.
test("a file of a workspace is no script of the page", async ({ signedIn: page, world }) => {
  const id = await world.create("Scripted");
  await page.goto(`${world.url}/w/${id}`);
  await upload(page, "evil.js", "document.title = 'taken'");
  await page.route(/\/w\/[^/]+$/, async (route) => {
    const response = await route.fetch();
    const policy = response.headers()["content-security-policy"] ?? "";
    const headers = { ...response.headers(), "content-security-policy": policy.replace(/; require-trusted.*/, "") };
    await route.fulfill({ response, headers });
  });
  await page.reload();
  const how = await page.evaluate(
    (url) =>
      new Promise<string>((done) => {
        const script = document.createElement("script");
        script.src = url;
        document.addEventListener("securitypolicyviolation", (it) => done(it.effectiveDirective));
        script.onload = () => done("it ran");
        document.head.append(script);
      }),
    `${world.url}/api/v1/workspaces/${id}/files/evil.js`,
  );
  expect(how).toBe("script-src-elem");
  await expect(page).not.toHaveTitle("taken");
});
