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
  await page.keyboard.type(":w");
  await page.keyboard.press("Enter");
  await expect(page.locator(".editor-foot-state")).toHaveText("Written to the file");
  await expect.poll(() => saved(page, id)).toBe(`// vim\n${TEXT}`);
  await page.keyboard.press("Control+B");
  await expect(page.getByRole("treeitem", { name: /^a\.js/ })).toBeVisible();
});
