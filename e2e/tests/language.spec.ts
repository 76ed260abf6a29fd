/** The editor and a real language server: what is typed is known, told, and changed everywhere. */
import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { accessible, another, call, expect, modal, put, test, type World } from "./world";

/** Reading a project on a busy machine. */
const READY_MS = 45_000;
const SERVERS = resolve(import.meta.dirname, "../../crates/kernel/tests/servers/node_modules");

const FILES = {
  "tsconfig.json": '{ "compilerOptions": { "strict": true, "module": "esnext", "target": "es2022" } }\n',
  "greet.ts": "/** Says hello to **somebody**. */\nexport function greet(name: string): string {\n  return `Hello ${name}`;\n}\n",
  "main.ts": 'import { greet } from "./greet";\n\nconst said: string = greet("Ada");\nconsole.log(said);\n',
};

async function begin(page: Page, world: World, name: string, installed: boolean): Promise<string> {
  const id = await world.create(name);
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, FILES);
  if (installed) await install(world, id);
  await world.stead("start", id);
  return id;
}

/** What `npm install` would do, without asking a registry. */
async function install(world: World, id: string): Promise<void> {
  const files = join(world.data, "workspaces", id.replace(/^ws_/, ""), "files");
  await cp(SERVERS, join(files, "node_modules"), { recursive: true, verbatimSymlinks: true });
}

const editorOf = (page: Page) => page.getByRole("region", { name: "Editor" });

async function openFile(page: Page, path: string): Promise<void> {
  await page.getByRole("treeitem", { name: new RegExp(`^${path}`) }).click();
  await expect(editorOf(page).getByRole("textbox", { name: `Text of ${path}` })).toBeVisible();
}

/** Points at a call until it is told what it calls: nothing is told before the server knows. */
async function explained(page: Page) {
  const name = editorOf(page).locator(".cm-line", { hasText: "greet(" }).locator("span", { hasText: /^greet$/ });
  const card = page.locator(".cm-tooltip-hover");
  await expect(async () => {
    await page.mouse.move(0, 0);
    await name.first().hover();
    await expect(card).toContainText("greet(name: string): string", { timeout: 3_000 });
  }).toPass({ timeout: READY_MS });
  return card;
}

/** Puts the cursor into a word of the text. */
async function into(page: Page, word: string): Promise<void> {
  await editorOf(page).locator(".cm-line").getByText(word).first().click();
}

const readFile = (page: Page, id: string, path: string) =>
  page.evaluate(async (url) => (await fetch(url)).text(), `/api/v1/workspaces/${id}/files/${path}`);

test("a language server completes, explains, finds, renames, formats and complains", async ({
  signedIn: page,
  world,
}) => {
  test.setTimeout(180_000);
  const id = await begin(page, world, "Language", true);
  await page.reload();
  await openFile(page, "main.ts");
  const editor = editorOf(page);
  await expect(editor.getByRole("button", { name: "TypeScript", exact: true })).toBeVisible({ timeout: READY_MS });

  // What it is.
  const card = await explained(page);
  await expect(card.locator("strong")).toHaveText("somebody");
  await accessible(page);

  // Where it is made, by key and by pointer, and where it is used.
  await editor.locator(".cm-line", { hasText: "greet(" }).locator("span", { hasText: /^greet$/ }).first().click();
  await page.keyboard.press("F12");
  await expect(editor.getByRole("textbox", { name: "Text of greet.ts" })).toBeFocused();
  const dock = page.getByRole("region", { name: "Terminals and log" });
  // The file was opened just now and its server is asked for: the key counts all the same.
  await page.keyboard.press("Shift+F12");
  await expect(dock.getByText("greet in 3 places of 2 files")).toBeVisible();
  await accessible(page);
  await dock.getByRole("button", { name: /const said/ }).click();
  await expect(editor.getByRole("textbox", { name: "Text of main.ts" })).toBeFocused();
  await expect.poll(() => page.evaluate(() => getSelection()?.toString())).toBe("greet");

  // What is wrong, while it is typed and not saved.
  await page.keyboard.press("Control+End");
  await page.keyboard.type("const count: number = said;");
  await dock.getByRole("tab", { name: /Problems/ }).click();
  const problem = dock.getByRole("button", { name: /Type 'string' is not assignable to type 'number'/ });
  await expect(problem).toBeVisible({ timeout: READY_MS });
  await expect(page.getByRole("button", { name: "1 problem" })).toBeVisible();
  await expect(editor.locator(".cm-lintRange-error")).toHaveText("count");
  await accessible(page);
  await problem.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.press("Delete");
  await expect(problem).toBeHidden();

  // What could be typed; the import comes by itself.
  await page.keyboard.type("gre");
  const option = page.getByRole("option", { name: /^greet/ });
  await expect(option.first()).toBeVisible({ timeout: READY_MS });
  await option.first().click();
  await page.keyboard.type('(   "Bob"  )');
  await expect(editor.locator(".cm-line").last()).toHaveText('greet(   "Bob"  )');
  await page.keyboard.press("Shift+Alt+F");
  await expect(editor.locator(".cm-line").last()).toHaveText('greet("Bob")');

  // Another name, everywhere, and back.
  await editor.locator(".cm-line").last().locator("span", { hasText: /^greet$/ }).first().click();
  await page.keyboard.press("F2");
  const dialog = modal(page);
  await expect(dialog.getByRole("textbox", { name: "New name" })).toHaveValue("greet");
  await accessible(page);
  await dialog.getByRole("textbox", { name: "New name" }).fill("salute");
  await page.keyboard.press("Enter");
  await expect(page.getByText("greet is salute now")).toBeVisible();
  await expect(editor.locator(".cm-line").last()).toHaveText('salute("Bob")');
  expect(await readFile(page, id, "greet.ts")).toContain("function salute(");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("The names are back")).toBeVisible();
  await expect(editor.locator(".cm-line").last()).toHaveText('greet("Bob")');
  expect(await readFile(page, id, "greet.ts")).toBe(FILES["greet.ts"]);

  // Also from the palette.
  await page.keyboard.press("Control+K");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("go to def");
  await page.keyboard.press("Enter");
  await expect(editor.getByRole("textbox", { name: "Text of greet.ts" })).toBeVisible();
});

test("a server says what a function wants, mends what is wrong, and knows the symbols", async ({
  signedIn: page,
  world,
}) => {
  test.setTimeout(180_000);
  const id = await begin(page, world, "Mending", true);
  await put(page, id, {
    "area.ts": "export function area(width: number, height: number): number {\n  return widht * height;\n}\n\nexport class Room {\n  floor = 1;\n}\n",
  });
  await page.reload();
  await openFile(page, "area.ts");
  const editor = editorOf(page);
  await expect(editor.getByRole("button", { name: "TypeScript", exact: true })).toBeVisible({ timeout: READY_MS });

  // Where the cursor is in a line that is wrong, a bulb; the menu by key, and back without a change.
  await expect(editor.locator(".cm-lintRange-error")).toHaveText("widht", { timeout: READY_MS });
  await editor.locator(".cm-lintRange-error").click();
  await expect(editor.locator(".cm-gutterElement:visible .cm-bulb")).toHaveCount(1);
  await page.keyboard.press("Control+.");
  const menu = page.getByRole("menu", { name: "Fixes and changes" });
  const fix = menu.getByRole("menuitem", { name: /Change spelling to 'width'/ });
  await expect(fix).toBeVisible({ timeout: READY_MS });
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await expect(editor.getByRole("textbox", { name: "Text of area.ts" })).toBeFocused();

  // By the bulb; it is an edit like typing.
  await editor.locator(".cm-gutterElement:visible .cm-bulb").click();
  await fix.click();
  await expect(editor.locator(".cm-line").nth(1)).toHaveText("  return width * height;");
  await page.keyboard.press("Control+z");
  await expect(editor.locator(".cm-line").nth(1)).toHaveText("  return widht * height;");
  await page.keyboard.press("Control+y");
  await expect(editor.locator(".cm-line").nth(1)).toHaveText("  return width * height;");

  // Another shape goes through the kernel, and is taken back as a whole.
  await editor.locator(".cm-line").nth(1).click();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  for (let at = 0; at < "width * height".length; at += 1) await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Control+.");
  await menu.getByRole("menuitem", { name: "Extract to function in module scope" }).click();
  await expect(editor.getByText("function newFunction(")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("It is as it was")).toBeVisible();
  await expect(editor.getByText("function newFunction(")).toBeHidden();

  // What the function wants, argument after argument, until the call is over.
  await editor.getByRole("textbox", { name: "Text of area.ts" }).focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("area(");
  const card = page.locator(".cm-signature");
  await expect(card.locator("strong")).toHaveText("width: number", { timeout: READY_MS });
  await page.keyboard.type("1, ");
  await expect(card.locator("strong")).toHaveText("height: number");
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(card).toBeHidden();
  await page.keyboard.press("Control+Shift+Space");
  await expect(card.locator("strong")).toHaveText("height: number");
  await page.keyboard.press("End");
  await expect(card).toBeHidden();

  // Symbols of the file, in their order; of the project, by a part of the name.
  await page.keyboard.press("Control+Shift+O");
  const palette = page.getByRole("dialog", { name: "Commands and files" });
  await expect(palette.getByRole("option")).toHaveText([/^area/, /^Room/, /^floor/]);
  await accessible(page);
  await page.keyboard.type("flr");
  await expect(palette.getByRole("option")).toHaveText([/^floor/]);
  await page.keyboard.press("Enter");
  await expect(palette).toBeHidden();
  await page.keyboard.type("x");
  await expect(editor.locator(".cm-line").nth(5)).toHaveText("  xfloor = 1;");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Control+K");
  await page.getByRole("combobox").fill("#gree");
  await palette.getByRole("option", { name: /^greet/ }).first().click();
  await expect(editor.getByRole("textbox", { name: "Text of greet.ts" })).toBeFocused();

  // Its form comes with saving, for whoever wants that.
  await page.keyboard.press("Control+,");
  await modal(page).getByRole("switch", { name: "Format a file when it is saved by hand" }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+End");
  await page.keyboard.type('greet(   "Bob"  )');
  await page.keyboard.press("Control+S");
  await expect(editor.locator(".cm-line").last()).toHaveText('greet("Bob")');
  await expect.poll(() => readFile(page, id, "greet.ts")).toContain('greet("Bob")');
});

test("what is missing is said with how to get it, and noticed when it comes", async ({ signedIn: page, world }) => {
  test.setTimeout(120_000);
  const id = await begin(page, world, "Missing", false);
  await page.reload();
  await openFile(page, "main.ts");
  const editor = editorOf(page);
  await editor.getByRole("button", { name: "TypeScript: no language server" }).click();
  await expect(modal(page)).toContainText("npm install --save-dev typescript-language-server");
  await accessible(page);
  await modal(page).getByRole("button", { name: "Done" }).click();
  await install(world, id);
  await expect(editor.getByRole("button", { name: "TypeScript", exact: true })).toBeVisible({ timeout: READY_MS });

  await editor.getByRole("button", { name: "TypeScript", exact: true }).click();
  await expect(modal(page)).toContainText("node_modules/.bin/typescript-language-server");
  await modal(page).getByRole("button", { name: "Restart" }).click();
  await expect(modal(page)).toContainText("It reads the project.");
  await expect(modal(page)).toContainText("It is ready.", { timeout: READY_MS });
  await modal(page).getByRole("button", { name: "Done" }).click();
  await call(page, "POST", `/workspaces/${id}/session/stop`, {});
  await expect(editor.getByRole("button", { name: "TypeScript: starts with Run" })).toBeVisible();
});

test("who only looks is told what things are, and changes nothing", async ({ signedIn: page, world, browser }) => {
  test.setTimeout(120_000);
  const id = await begin(page, world, "Looking", true);
  await page.reload();
  await openFile(page, "main.ts");
  await expect(editorOf(page).getByRole("button", { name: "TypeScript", exact: true })).toBeVisible({ timeout: READY_MS });
  const viewer = await another({ browser, host: page, world }, "grace", { workspace: id, role: "viewer" });
  await viewer.goto(`${world.url}/w/${id}`);
  await openFile(viewer, "main.ts");
  await explained(viewer);
  await viewer.mouse.move(0, 0);
  await expect(viewer.locator(".cm-tooltip-hover")).toBeHidden();
  await into(viewer, "said");
  await viewer.keyboard.press("F2");
  await expect(modal(viewer)).toHaveCount(0);
  const refused = await viewer.request.post(`${world.url}/api/v1/workspaces/${id}/language-servers/rename`, {
    headers: { origin: world.url },
    data: { path: "main.ts", line: 1, column: 10, new_name: "x" },
  });
  expect(refused.status()).toBe(403);
  await viewer.context().close();
});
