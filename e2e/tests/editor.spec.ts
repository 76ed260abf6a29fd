/** The editor itself: cursors, folding, search and replace in a file, and the keys of Vim. */
import type { Page } from "@playwright/test";
import { accessible, expect, modal, put, test, type World } from "./world";

const TEXT = `function one(a) {
    const foo = 1;
    const bar = foo + foo;
    if (a) {
        return foo;
    }
    return [bar, (foo)];
}
`;

async function begin(page: Page, world: World, name: string): Promise<string> {
  const id = await world.create(name);
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "a.js": TEXT });
  await page.reload();
  await page.getByRole("treeitem", { name: /^a\.js/ }).click();
  await expect(text(page)).toBeVisible();
  return id;
}

const text = (page: Page) => page.getByRole("textbox", { name: "Text of a.js" });
const line = (page: Page, index: number) => page.locator(".cm-line").nth(index);
const saved = (page: Page, id: string) =>
  page.evaluate(async (url) => (await fetch(url)).text(), `/api/v1/workspaces/${id}/files/a.js`);

async function choose(page: Page, keys: string): Promise<void> {
  await page.keyboard.press("Control+,");
  await modal(page).getByRole("combobox", { name: "Keys of the editor" }).selectOption(keys);
  await page.keyboard.press("Escape");
  await expect(modal(page)).toHaveCount(0);
}

test("several cursors, folds and brackets are at hand", async ({ signedIn: page, world }) => {
  await begin(page, world, "Cursors");
  await line(page, 0).click();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  for (let at = 0; at < "const ".length; at += 1) await page.keyboard.press("ArrowRight");
  // The word at the cursor, and the next one of its kind.
  await page.keyboard.press("Control+D");
  await page.keyboard.press("Control+D");
  await page.keyboard.type("qux");
  await expect(line(page, 1)).toHaveText("    const qux = 1;");
  await expect(line(page, 2)).toHaveText("    const bar = qux + foo;");
  await page.keyboard.press("Control+Z");
  await expect(line(page, 2)).toHaveText("    const bar = foo + foo;");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Alt+ArrowUp");
  await expect(page.locator(".cm-cursor")).toHaveCount(2);
  await page.keyboard.press("Escape");

  await line(page, 0).click();
  await page.keyboard.press("Control+Shift+BracketLeft");
  await expect(page.locator(".cm-foldPlaceholder")).toBeVisible();
  await page.keyboard.press("Control+Shift+BracketRight");
  await expect(page.locator(".cm-foldPlaceholder")).toHaveCount(0);
  await page.keyboard.press("End");
  await expect(page.locator(".cm-matchingBracket")).toHaveCount(2);
  // A new line goes where the file's own lines are.
  await page.keyboard.press("Enter");
  await page.keyboard.type("x;");
  await expect(line(page, 1)).toHaveText("    x;");
});

test("a text is searched and replaced with the keyboard, and says how often", async ({ signedIn: page, world }, info) => {
  const id = await begin(page, world, "Search");
  await text(page).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+F");
  const panel = page.getByRole("search", { name: "Search and replace in the file" });
  const wanted = panel.getByRole("textbox", { name: "Search in the file" });
  await expect(wanted).toBeFocused();
  await page.keyboard.type("FOO");
  await expect(panel.getByRole("status")).toHaveText("5");
  await page.keyboard.press("Enter");
  await expect(panel.getByRole("status")).toHaveText("1 of 5");
  await page.keyboard.press("Shift+Enter");
  await expect(panel.getByRole("status")).toHaveText("5 of 5");
  await panel.getByRole("button", { name: "Match case" }).click();
  await expect(panel.getByRole("button", { name: "Match case" })).toHaveAttribute("aria-pressed", "true");
  await expect(panel.getByRole("status")).toHaveText("Nothing found");
  await accessible(page);
  await info.attach("search", { body: await page.screenshot(), contentType: "image/png" });
  await wanted.fill("f(o");
  await panel.getByRole("button", { name: "Regular expression" }).click();
  await expect(panel.getByRole("status")).toHaveText("Not a regular expression");
  await wanted.fill("f(o+)");
  await panel.getByRole("textbox", { name: "Replace by" }).fill("g$1");
  await panel.getByRole("button", { name: "Replace all" }).click();
  await expect(line(page, 2)).toHaveText("    const bar = goo + goo;");
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  await expect(text(page)).toBeFocused();
  await page.keyboard.press("Control+S");
  await expect.poll(() => saved(page, id)).toBe(TEXT.replaceAll("foo", "goo"));
});

test("the keys of Vim save, and keep the keys that are theirs", async ({ signedIn: page, world }) => {
  const id = await begin(page, world, "Keys");
  await choose(page, "vim");
  await text(page).click();
  await expect(page.locator(".cm-vim-panel")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.type("ggO// vim");
  await page.keyboard.press("Escape");
  await expect(line(page, 0)).toHaveText("// vim");
  // Each command is taken back by itself, however quickly they came; what was typed in one go, at once.
  await page.keyboard.type("jddjddGcwlast");
  await page.keyboard.press("Escape");
  await page.keyboard.type("uu");
  await expect(line(page, 1)).toHaveText("const foo = 1;");
  await expect(line(page, 2)).toHaveText("const bar = foo + foo;");
  await page.keyboard.type("u");
  await expect(line(page, 1)).toHaveText("function one(a) {");
  await page.keyboard.type(":w");
  await page.keyboard.press("Enter");
  await expect(page.locator(".editor-foot-state")).toHaveText("Written to the file");
  await expect.poll(() => saved(page, id)).toBe(`// vim\n${TEXT}`);
  await page.keyboard.press("Control+B");
  await expect(page.getByRole("treeitem", { name: /^a\.js/ })).toBeVisible();
});

test("the keys of Emacs move, kill, yank, search and save", async ({ signedIn: page, world }) => {
  const id = await begin(page, world, "Kill ring");
  await choose(page, "emacs");
  await text(page).click();
  await expect(page.locator(".cm-emacsMode")).toBeVisible();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+k");
  await expect(line(page, 0)).toHaveText("");
  await page.keyboard.press("Control+n");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+y");
  await expect(line(page, 1)).toHaveText("function one(a) {    const foo = 1;");
  await page.keyboard.press("Control+x");
  await page.keyboard.press("u");
  await page.keyboard.press("Control+Slash");
  await expect(line(page, 0)).toHaveText("function one(a) {");
  await page.keyboard.press("Control+End");
  await page.keyboard.type("// emacs");
  await page.keyboard.press("Control+x");
  await page.keyboard.press("Control+s");
  await expect(page.locator(".editor-foot-state")).toHaveText("Written to the file");
  await expect.poll(() => saved(page, id)).toBe(`${TEXT}// emacs`);
  await page.keyboard.press("Control+s");
  await expect(page.getByRole("textbox", { name: "Search in the file" })).toBeFocused();
});

test("the foot leads to a line, the tree to the file, and many tabs do not widen the page", async ({
  signedIn: page,
  world,
}) => {
  const id = await begin(page, world, "Many tabs");
  const names = Array.from({ length: 14 }, (_, index) => `a-rather-long-name-${index}.txt`);
  await put(page, id, Object.fromEntries(names.map((it) => [`deep/down/${it}`, "x\n"])));
  for (const name of names) {
    await page.keyboard.press("Control+K");
    await page.keyboard.type(name);
    await page.getByRole("option", { name: new RegExp(name) }).click();
    await expect(page.getByRole("tab", { name: new RegExp(name) })).toBeInViewport({ ratio: 0.9 });
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  // The tree unfolded what the palette opened.
  await expect(page.getByRole("treeitem", { name: names.at(-1) ?? "" })).toHaveAttribute("aria-selected", "true");
  await page.getByRole("tab", { name: /^a\.js/ }).click();
  await page.getByRole("button", { name: /^Line \d+, column/ }).click();
  await page.getByRole("textbox", { name: "Go to line" }).fill("4");
  await accessible(page);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Line 4, column 1" })).toBeVisible();
  await expect(text(page)).toBeFocused();
});

test("a part that does not come takes nothing else of the page with it", async ({ signedIn: page, world }) => {
  await page.route(/assets\/ChangesPanel/, (route) => route.abort());
  await begin(page, world, "Away");
  await page.getByRole("region", { name: "Left panel" }).getByRole("button", { name: "Changes" }).click();
  await expect(page.getByRole("heading", { name: "This part of the page did not come" })).toBeVisible();
  await expect(text(page)).toBeVisible();
  await accessible(page);
  await page.unroute(/assets\/ChangesPanel/);
  await page.getByRole("button", { name: "Reload the page" }).click();
  await expect(page.getByRole("button", { name: "Make this a Git repository" })).toBeVisible();
});
