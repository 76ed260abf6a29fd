/** Live documents: several people and programs in one file. */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { accessible, another, expect, openTerminal, put, screen, test, type } from "./world";

/** A member's browser: smaller, so that two of them show different parts of a text. */
const SMALLER = { viewport: { width: 1200, height: 800 } };

function onDisk(page: Page, id: string, path: string): Promise<string> {
  return page.evaluate(
    async ([it, where]) => (await fetch(`/api/v1/workspaces/${it}/files/${where}`)).text(),
    [id, path],
  );
}

/** The text that an editor shows, as far as it is on the screen. */
async function shown(page: Page): Promise<string> {
  return (await page.locator(".editor-text .cm-line").allTextContents()).join("\n");
}

const saved = (page: Page) => page.locator(".editor-foot").getByText("Saved", { exact: true }).first();

async function open(page: Page, path: string) {
  await page.getByRole("treeitem", { name: path }).click();
  const editor = page.getByRole("textbox", { name: `Text of ${path}` });
  await expect(editor).toBeVisible();
  await editor.click();
  return editor;
}

// covers: S0.30, S0.39, S0.42
test("two people and a program write one file at once, and nothing is lost", async ({
  signedIn: page,
  browser,
  world,
}) => {
  const id = await world.create("Together");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "notes.txt": "ada:\n\ncount 0\n\nbea:\n" });
  const bea = await another({ browser, host: page, world }, "bea", { workspace: id, role: "editor" }, SMALLER);
  await bea.goto(`${world.url}/w/${id}`);
  await openTerminal(page);
  await open(page, "notes.txt");
  await open(bea, "notes.txt");
  await type(
    page,
    "for i in $(seq 1 25); do sed \"s/^count.*/count $i/\" notes.txt > .n && mv .n notes.txt; sleep 0.1; done; echo all-''done",
  );
  const words = Array.from({ length: 30 }, (_, index) => `w${index}`).join(" ");
  await page.getByRole("textbox", { name: "Text of notes.txt" }).click();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("End");
  await bea.keyboard.press("ControlOrMeta+End");
  await Promise.all([
    page.keyboard.type(` ${words}`, { delay: 20 }),
    bea.keyboard.type(`bea ${words}`, { delay: 20 }),
  ]);
  await expect(screen(page)).toContainText("all-done");
  const whole = `ada: ${words}\n\ncount 25\n\nbea:\nbea ${words}`;
  await expect.poll(() => shown(page)).toBe(whole);
  await expect.poll(() => shown(bea)).toBe(whole);
  await expect.poll(() => onDisk(page, id, "notes.txt")).toBe(whole);
  await expect(saved(page)).toBeVisible();
});

test("what is typed without a network is kept over a reload, and joined", async ({ signedIn: page, world }) => {
  const id = await world.create("Train");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "trip.txt": "one\n" });
  await open(page, "trip.txt");
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.type("zero ");
  await expect(saved(page)).toBeVisible();
  await world.kill();
  await expect(page.getByText("Offline", { exact: true }).first()).toBeVisible();
  await page.keyboard.type("and a half ");
  await expect(page.getByText("Offline — your changes are kept here").first()).toBeVisible();
  await accessible(page);
  await page.goto("about:blank");
  await world.start();
  await page.goto(`${world.url}/w/${id}`);
  await expect(page.getByRole("textbox", { name: "Text of trip.txt" })).toContainText("zero and a half one");
  await expect.poll(() => onDisk(page, id, "trip.txt")).toBe("zero and a half one\n");
  await expect(saved(page)).toBeVisible();
  const kept = await page.evaluate(() => Object.keys(localStorage).filter((it) => it.startsWith("stead.unsent.")));
  expect(kept).toEqual([]);
});

test("undo takes back one's own changes only, with the keys of Vim too", async ({ signedIn: page, browser, world }) => {
  const id = await world.create("Undo");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "poem.txt": "roses\nviolets\n" });
  const bea = await another({ browser, host: page, world }, "bea", { workspace: id, role: "editor" }, SMALLER);
  await bea.goto(`${world.url}/w/${id}`);
  await open(page, "poem.txt");
  await open(bea, "poem.txt");
  await page.keyboard.press("ControlOrMeta+Home");
  // In one piece: what a slow machine types letter by letter is undone in several.
  await page.keyboard.insertText("red ");
  await expect.poll(() => shown(bea)).toBe("red roses\nviolets\n");
  await bea.keyboard.press("ControlOrMeta+End");
  await bea.keyboard.type("hers");
  await expect.poll(() => shown(page)).toBe("red roses\nviolets\nhers");
  await page.keyboard.press("ControlOrMeta+z");
  await expect.poll(() => shown(page)).toBe("roses\nviolets\nhers");
  await page.keyboard.press("ControlOrMeta+y");
  await expect.poll(() => shown(bea)).toBe("red roses\nviolets\nhers");

  await bea.evaluate(() => localStorage.setItem("stead.preferences", JSON.stringify({ editorKeys: "vim" })));
  await bea.reload();
  await bea.getByRole("textbox", { name: "Text of poem.txt" }).click();
  await expect(bea.locator(".cm-vim-panel")).toBeVisible();
  await bea.keyboard.type("ggdd");
  await expect.poll(() => shown(page)).toBe("violets\nhers");
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("!");
  await expect.poll(() => shown(bea)).toBe("violets\nhers!");
  await bea.keyboard.type("u");
  await expect.poll(() => shown(page)).toBe("red roses\nviolets\nhers!");
});

// covers: S0.32, U0.14
test("people see one another, and one goes where the other goes", async ({ signedIn: page, browser, world }) => {
  const id = await world.create("Presence");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "short.txt": "one\ntwo\n" });
  await put(page, id, { "long.txt": Array.from({ length: 400 }, (_, index) => `line ${index + 1}`).join("\n") });
  const bea = await another({ browser, host: page, world }, "bea", { workspace: id, role: "viewer" }, SMALLER);
  await bea.goto(`${world.url}/w/${id}`);
  await open(page, "short.txt");
  await page.keyboard.press("ControlOrMeta+Home");
  await open(bea, "short.txt");
  await bea.keyboard.press("ControlOrMeta+End");
  await expect(page.locator(".live-caret-name")).toHaveText("Bea");
  await expect(bea.locator(".live-caret-name")).toHaveText(/Ada|Owner/);
  await expect(page.getByRole("treeitem", { name: /short\.txt.*also here: Bea/ })).toBeVisible();
  await expect(page.getByRole("tab", { name: /short\.txt.*also here: Bea/ })).toBeVisible();
  await accessible(page);

  // Two pages of one person are two cursors.
  const again = await bea.context().newPage();
  await again.goto(`${world.url}/w/${id}`);
  await again.getByRole("textbox", { name: "Text of short.txt" }).click();
  await expect(page.locator(".live-caret-name")).toHaveCount(2);
  await expect(bea.locator(".live-caret-name").filter({ hasText: "You, in another tab" })).toHaveCount(1);
  await again.close();
  await expect(page.locator(".live-caret-name")).toHaveCount(1);

  // A viewer's keys change nothing.
  await bea.keyboard.type("x");
  await expect(bea.locator(".editor-foot").getByText("You can look, not change")).toBeVisible();
  expect(await shown(bea)).toBe("one\ntwo\n");

  await bea.getByRole("button", { name: /^Follow / }).click();
  await expect(bea.getByText(/^Following /)).toBeVisible();
  await accessible(bea);
  await open(page, "long.txt");
  await expect(bea.getByRole("textbox", { name: "Text of long.txt" })).toBeVisible();
  await page.keyboard.press("ControlOrMeta+End");
  await expect(bea.locator(".cm-line").filter({ hasText: "line 399" })).toBeVisible();
  await bea.locator(".editor-text .cm-scroller").hover();
  await bea.mouse.wheel(0, -4_000);
  await expect(bea.getByText(/^Following /)).toBeHidden();
  await page.keyboard.press("ControlOrMeta+Home");
  await expect(page.locator(".cm-line").filter({ hasText: /^line 1$/ })).toBeInViewport();
  await expect(bea.locator(".cm-line").filter({ hasText: /^line 190$/ })).toBeInViewport();
});

test("a place that two changed at once shows both, and one of them is kept by a key", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Conflict");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "a.txt": "first\nthe colour is green today\nlast\n" });
  await open(page, "a.txt");
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.type("at ");
  await page.getByText("green").click();
  await page.keyboard.press("Home");
  for (let word = 0; word < 3; word += 1) await page.keyboard.press("ControlOrMeta+ArrowRight");
  await page.keyboard.press("ControlOrMeta+Shift+ArrowRight");
  await page.keyboard.type(" mine");
  await expect.poll(() => shown(page)).toBe("at first\nthe colour is mine today\nlast\n");
  await expect(saved(page)).toBeVisible();
  // A program that had read the file before.
  await put(page, id, { "a.txt": "first\nthe colour is theirs today\nlast\n" });
  const bar = page.getByText("One place was changed by two at once.");
  await expect(bar).toBeVisible();
  const whole = "at first\nthe colour is mine today\nthe colour is theirs today\nlast\n";
  await expect.poll(() => shown(page)).toBe(whole);
  await accessible(page);
  await page.getByRole("button", { name: "Show", exact: true }).press("Enter");
  const head = page.getByRole("group", { name: /at the same time/ });
  await expect(head.getByRole("button", { name: "Keep mine" })).toBeFocused();
  await head.getByRole("button", { name: "Compare" }).click();
  await expect(page.locator(".editor-compare")).toContainText("theirs");
  await page.getByRole("button", { name: "Back to the text" }).click();
  await expect(page.getByRole("textbox", { name: "Text of a.txt" })).toBeFocused();
  await page.keyboard.press("F8");
  await head.getByRole("button", { name: "Keep theirs" }).press("Enter");
  await expect(bar).toBeHidden();
  await expect.poll(() => shown(page)).toBe("at first\nthe colour is theirs today\nlast\n");
  await expect.poll(() => onDisk(page, id, "a.txt")).toBe("at first\nthe colour is theirs today\nlast\n");
});

// covers: S0.34, S0.35
test("an open file is renamed, deleted and made again under its reader's eyes", async ({ signedIn: page, world }) => {
  const id = await world.create("Moves");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "old.txt": "text\n" });
  await openTerminal(page);
  await open(page, "old.txt");
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.insertText("typed");
  await expect(saved(page)).toBeVisible();
  await type(page, "mv old.txt new.txt");
  await expect(page.getByRole("tab", { name: /^new\.txt/ })).toBeVisible();
  await page.getByRole("textbox", { name: /Text of/ }).click();
  await page.keyboard.press("ControlOrMeta+z");
  await expect.poll(() => onDisk(page, id, "new.txt")).toBe("text\n");
  await type(page, "rm new.txt");
  await expect(page.getByText("The file was deleted.")).toBeVisible();
  await expect.poll(() => shown(page)).toBe("text\n");
  await page.getByRole("button", { name: "Create it again" }).click();
  await expect(page.getByText("The file was deleted.")).toBeHidden();
  await expect.poll(() => onDisk(page, id, "new.txt")).toBe("text\n");
  // A deletion ends a document only where one is open.
  await expect(saved(page)).toBeVisible();
  await type(page, "rm new.txt");
  await expect(page.getByText("The file was deleted.")).toBeVisible();
  await type(page, "echo reborn > new.txt");
  await expect.poll(() => shown(page)).toBe("reborn\n");
});

test("what was typed offline into a file that was replaced meanwhile is offered", async ({ signedIn: page, world }) => {
  const id = await world.create("Stranded");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "plan.txt": "old\n" });
  await put(page, id, { "other.txt": "new\n" });
  await open(page, "other.txt");
  await open(page, "plan.txt");
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("tea ");
  await expect(saved(page)).toBeVisible();
  await world.kill();
  await expect(page.getByText("Offline", { exact: true }).first()).toBeVisible();
  await page.keyboard.type("and cake");
  await expect(page.getByText("Offline — your changes are kept here").first()).toBeVisible();
  // The page is away, and somebody puts the other document in the place of this one.
  await page.goto("about:blank");
  const files = join(world.data, "workspaces", id.replace(/^ws_/, ""), "files");
  await rename(join(files, "other.txt"), join(files, "plan.txt"));
  await world.start();
  await page.goto(`${world.url}/w/${id}`);
  await expect(page.getByText("Something you typed here could not be joined with the file.")).toBeVisible();
  await expect.poll(() => shown(page)).toBe("new\n");
  await accessible(page);
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page.locator(".editor-compare")).toContainText("tea and cake");
  await page.getByRole("button", { name: "Save as another file" }).click();
  await expect(page.getByRole("tab", { name: /^plan \(mine/ })).toBeVisible();
  await expect.poll(() => shown(page)).toBe("old\ntea and cake");
  await page.getByRole("tab", { name: /^plan\.txt/ }).click();
  await expect.poll(() => shown(page)).toBe("new\n");
  await expect(page.getByText("Something you typed here")).toBeHidden();
});

test("a file is written at once for who asks, and that is said", async ({ signedIn: page, world }) => {
  const id = await world.create("Save");
  await page.goto(`${world.url}/w/${id}`);
  await write(page, id, "now.txt", "one\n");
  await open(page, "now.txt");
  await page.getByRole("textbox", { name: "Text of now.txt" }).click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("two");
  await page.keyboard.press("ControlOrMeta+s");
  const foot = page.locator(".editor-foot-state");
  await expect(foot).toHaveText("Written to the file");
  expect(await onDisk(page, id, "now.txt")).toBe("one\ntwo");
  await accessible(page);
  await page.keyboard.type("x");
  await expect(foot).toHaveText("Saved");
});

test("a text of another encoding is read, and edited once it is converted", async ({ signedIn: page, world }) => {
  const id = await world.create("Encoding");
  await page.goto(`${world.url}/w/${id}`);
  const file = join(world.data, "workspaces", id.replace(/^ws_/, ""), "files", "latin.txt");
  await writeFile(file, Buffer.from("caf\xe9 au lait, d\xe9j\xe0 vu\n", "latin1"));
  await open(page, "latin.txt");
  await expect.poll(() => shown(page)).toBe("café au lait, déjà vu\n");
  await page.keyboard.type("x");
  await accessible(page);
  expect(await shown(page)).toBe("café au lait, déjà vu\n");
  await page.getByRole("button", { name: "Convert to UTF-8" }).click();
  await expect(saved(page)).toBeVisible();
  await page.getByRole("textbox", { name: "Text of latin.txt" }).click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("oui");
  await expect.poll(() => onDisk(page, id, "latin.txt")).toBe("café au lait, déjà vu\noui");
});

test("what a file went through is looked at, and brought back", async ({ signedIn: page, world }) => {
  const id = await world.create("Diary");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, { "diary.txt": "monday\n" });
  await open(page, "diary.txt");
  await page.getByRole("button", { name: "Timeline", exact: true }).click();
  await expect(page.getByText("Nothing was changed here yet.")).toBeVisible();
  await page.getByRole("button", { name: "Back to the text" }).click();
  await page.getByRole("textbox", { name: "Text of diary.txt" }).click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("tuesday");
  await expect(saved(page)).toBeVisible();
  await page.getByRole("button", { name: "Timeline", exact: true }).click();
  const timeline = page.getByRole("region", { name: "Timeline of diary.txt" });
  await expect(timeline.getByRole("listitem")).toHaveCount(2);
  await expect(timeline.getByRole("listitem").first()).toContainText(/(Ada|Owner).*\+7/);
  await timeline.getByRole("button", { name: /As it was found/ }).click();
  await expect(timeline.locator(".editor-compare")).toContainText("tuesday");
  await accessible(page);
  await timeline.getByRole("button", { name: "Restore this version" }).click();
  await expect(timeline).toBeHidden();
  await expect.poll(() => shown(page)).toBe("monday\n");
  await expect.poll(() => onDisk(page, id, "diary.txt")).toBe("monday\n");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("a document is written, and says so", async ({ signedIn: page, world }) => {
    const id = await world.create("Pocket");
    await page.goto(`${world.url}/w/${id}`);
    await put(page, id, { "pocket.md": "# Pocket\n" });
    await page.getByRole("tab", { name: "Files" }).tap();
    await page.getByRole("treeitem", { name: "pocket.md" }).tap();
    await page.getByRole("tab", { name: "Editor" }).tap();
    await page.getByRole("textbox", { name: "Text of pocket.md" }).tap();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.type("lint");
    await expect.poll(() => onDisk(page, id, "pocket.md")).toBe("# Pocket\nlint");
    await expect(saved(page)).toBeVisible();
    await accessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    // The page of a text follows what is typed.
    await page.getByRole("button", { name: "Read as a page" }).tap();
    await put(page, id, { "pocket.md": "# Pocket\nlint and keys\n" });
    await expect(page.frameLocator('iframe[title="pocket.md as a page"]').getByText("lint and keys")).toBeVisible();
  });
});
