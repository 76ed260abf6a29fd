/** Searching all files, and replacing in them. */
import type { Page } from "@playwright/test";
import { accessible, expect, openTerminal, put, test, type } from "./world";

function read(page: Page, id: string, path: string): Promise<string> {
  return page.evaluate(
    async ([id, path]) => (await fetch(`/api/v1/workspaces/${id}/files/${path}`)).text(),
    [id, path] as const,
  );
}

const FILES = {
  "src/app.ts": "const colour = 1;\nexport function paint(colour: string) {\n  return Colour(colour);\n}\n",
  "src/deep/theme.ts": "// the colour of everything\nexport const colours = [];\n",
  "README.md": "Pick a colour.\n",
  ".gitignore": "ignored\n",
  "ignored/x.txt": "colour",
};

async function open(page: Page, url: string, id: string) {
  await page.goto(`${url}/w/${id}`);
  await page.getByRole("region", { name: "Left panel" }).getByRole("button", { name: "Search" }).click();
  const panel = page.getByRole("region", { name: "Search in files" });
  return { panel, text: panel.getByRole("textbox", { name: "Search", exact: true }) };
}

test("text is found in every file, by keys and by hand, and opens at its place", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Searched");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, FILES);
  const { panel, text } = await open(page, world.url, id);
  await expect(panel.getByText("Looks into every file")).toBeVisible();
  await text.fill("colour");
  await expect(panel.getByText("7 results in 3 files")).toBeVisible();
  await page.keyboard.press("Alt+C");
  await expect(panel.getByText("6 results in 3 files")).toBeVisible();
  await page.keyboard.press("Alt+W");
  await expect(panel.getByText("5 results in 3 files")).toBeVisible();
  await page.keyboard.press("Alt+W");
  await expect(panel.getByText("6 results in 3 files")).toBeVisible();

  // From the text into the results, along them, and to the place in the editor.
  await text.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(":focus")).toHaveAttribute("title", "src/app.ts");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const editor = page.getByRole("region", { name: "Editor" });
  await expect(editor.getByText("export function paint")).toBeVisible();
  await expect.poll(() => page.evaluate(() => getSelection()?.toString())).toBe("colour");

  // The selection becomes what is looked for.
  await editor.getByText("paint", { exact: true }).dblclick();
  await expect.poll(() => page.evaluate(() => getSelection()?.toString())).toBe("paint");
  await page.keyboard.press("Control+Shift+F");
  await expect(text).toHaveValue("paint");
  await expect(text).toBeFocused();

  await text.fill("col(our");
  await page.keyboard.press("Alt+R");
  await expect(panel.getByRole("alert")).toContainText("unclosed group");
  await expect(panel.getByRole("alert").locator("mark")).toHaveText("(");
  await text.fill("nothing has this in it");
  await expect(panel.getByText("Nothing has “nothing has this in it”")).toBeVisible();

  // Where is looked.
  await text.fill("colour");
  await panel.getByRole("button", { name: "All files" }).click();
  await panel.getByLabel("Files to include").fill("*.md, ignored");
  await expect(panel.getByText("1 result in 1 file")).toBeVisible();
  await panel.getByLabel("Ignored files, too").check();
  await expect(panel.getByText("2 results in 2 files")).toBeVisible();

  // What was looked for is there again after a reload, and follows what programs write.
  await page.reload();
  await expect(text).toHaveValue("colour");
  await text.press("Enter");
  await expect(panel.getByText("2 results in 2 files")).toBeVisible();
  await put(page, id, { "README.md": "A colour and a colour.\n" });
  await expect(panel.getByText("3 results in 2 files")).toBeVisible();
});

test("what is shown is replaced, what was left out is not, and all of it is taken back", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Replaced");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, FILES);
  // Before there is something to look into nobody listens to keys.
  await expect(page.getByRole("treeitem", { name: "README.md" })).toBeVisible();
  await page.keyboard.press("Control+Shift+H");
  const panel = page.getByRole("region", { name: "Search in files" });
  await panel.getByRole("textbox", { name: "Search", exact: true }).fill("(c)olou(r)");
  await panel.getByRole("button", { name: "Regular expression" }).click();
  await panel.getByRole("textbox", { name: "Replace with" }).fill("$1olo$2");
  await expect(panel.getByText("7 results in 3 files")).toBeVisible();
  await expect(panel.locator("ins").first()).toHaveText("color");

  await panel.getByRole("treeitem", { name: /^line 1: Pick/ }).hover();
  await panel.getByRole("treeitem", { name: /^line 1: Pick/ }).getByRole("button", { name: "Leave out" }).click();
  await expect(panel.getByText("6 results in 2 files")).toBeVisible();
  await panel.getByRole("treeitem", { name: /^line 1: \/\/ the/ }).focus();
  await page.keyboard.press("Alt+Enter");
  await expect(panel.getByText("Replaced 1 in 1 file")).toBeVisible();
  await expect(panel.getByText("5 results in 2 files")).toBeVisible();

  // One file changes behind the back of the page and is left alone.
  const raced = page.waitForResponse(/search\/replace/);
  await page.route("**/search/replace", async (route) => {
    await put(page, id, { "src/app.ts": "const colour = 2;\n" });
    await route.continue();
  });
  await panel.getByRole("button", { name: /^Replace 5 in 2 files/ }).click();
  await raced;
  await expect(panel.getByText("Replaced 1 in 1 file; 1 file left alone")).toBeVisible();
  await expect(panel.getByText("it changed after it was shown")).toBeVisible();
  expect(await read(page, id, "src/app.ts")).toBe("const colour = 2;\n");
  expect(await read(page, id, "src/deep/theme.ts")).toContain("export const colors");
  await panel.getByRole("button", { name: "Undo replace" }).click();
  await expect(panel.getByText("Taken back in 1 file")).toBeVisible();
  expect(await read(page, id, "src/deep/theme.ts")).toContain("export const colours");
  expect(await read(page, id, "README.md")).toBe(FILES["README.md"]);
});

test("the panel can be used with every sense and on a phone", async ({ signedIn: page, world }, info) => {
  const id = await world.create("Looked at");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, FILES);
  const { panel, text } = await open(page, world.url, id);
  await text.fill("colour");
  await panel.getByRole("button", { name: "Replace", exact: true }).click();
  await panel.getByRole("textbox", { name: "Replace with" }).fill("color");
  await panel.getByRole("button", { name: "All files" }).click();
  await expect(panel.locator("ins").first()).toBeVisible();
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: info.outputPath(`search-${scheme}.png`) });
    await accessible(page);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("tab", { name: "Files" }).click();
  await expect(panel.getByText("7 results in 3 files")).toBeVisible();
  await page.screenshot({ path: info.outputPath("search-phone.png") });
  await panel.getByRole("treeitem", { name: /^line 1: Pick/ }).click();
  await expect(page.getByRole("tab", { name: "Editor" })).toHaveAttribute("aria-selected", "true");
});

// covers: S2.50, S2.51, S2.52, S2.53
test("what the workspace and its processes use is shown on demand", async ({ signedIn: page, world }, info) => {
  const id = await world.create("Busy");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await openTerminal(page);
  await type(page, "sh -c 'while :; do :; done' busy-one &");
  await page.getByRole("button", { name: /^Resources:/ }).click();
  const resources = page.getByRole("dialog", { name: "Resources" });
  await expect(resources.getByRole("row", { name: /busy-one/ })).toBeVisible();
  await expect(resources.getByText("no failed request")).toBeVisible();
  await page.screenshot({ path: info.outputPath("resources.png") });
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(resources).toBeHidden();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("tab", { name: "More" }).click();
  await expect(page.getByRole("region", { name: "Resources" }).getByText("busy-one")).toBeVisible();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: info.outputPath("resources-phone.png") });
});
