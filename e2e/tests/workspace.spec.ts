/** What a person does in a workspace, in a real browser. */
import { accessible, expect, modal, openTerminal, preview, put, readable, screen, signIn, stranger, test, type } from "./world";

test("the first link makes the owner, and works once", async ({ page, world, browser }) => {
  const link = await world.link();
  await signIn(page, link);
  await expect(page.getByRole("heading", { name: /workspaces/i }).first()).toBeVisible();
  const other = await stranger(browser);
  await other.goto(link);
  await other.getByRole("button", { name: /continue|begin|start/i }).click();
  await expect(other.getByText("This link no longer works")).toBeVisible();
});

// covers: S1.32, S1.35, S1.38, S1.39, S1.43, S1.44, S1.74, S1.76, S1.82, S0.8, S0.26, S0.80
test("a page from a template runs, shows, follows its files, and survives a reload", async ({
  signedIn: page,
}) => {
  await page.getByRole("button", { name: /new workspace/i }).first().click();
  const dialog = modal(page);
  await dialog.getByText("Static page").click();
  await dialog.getByRole("textbox", { name: "Name" }).fill("Garden");
  await dialog.getByRole("button", { name: /create/i }).click();
  await page.waitForURL(/\/w\//);

  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  await expect(preview(page).locator("h1")).toBeVisible();

  await page.getByRole("treeitem", { name: "index.html" }).click();
  const editor = page.getByRole("textbox", { name: "Text of index.html" });
  await editor.click();
  await page.keyboard.press("ControlOrMeta+f");
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText("<!doctype html><title>Garden</title><h1>Tomatoes</h1>\n");
  await page.keyboard.press("ControlOrMeta+s");
  await page.getByRole("button", { name: "Reload the preview" }).click();
  await expect(preview(page).locator("h1")).toHaveText("Tomatoes");

  await page.reload();
  await expect(preview(page).locator("h1")).toHaveText("Tomatoes");
});

// covers: S1.16, S1.18, S1.25, S1.27, S1.31, S1.75, S1.89
test("a terminal is the same after a reload: shell, variables, screen", async ({ signedIn: page, world }) => {
  const id = await world.create("Shell");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await openTerminal(page);
  await type(page, "answer=42; echo pid=$$ | tee pid.txt");
  await expect(screen(page)).toContainText(/pid=\d+/);
  const before = /pid=(\d+)/.exec(await screen(page).innerText())?.[1];
  await page.reload();
  await expect(screen(page)).toContainText(`pid=${before}`);
  await type(page, "echo again=$$ answer=$answer");
  await expect(screen(page)).toContainText(`again=${before} answer=42`);
});

// covers: S1.2, S1.51, S1.82, S1.83, S0.36, S0.87, S0.88
test("a killed server takes nothing with it, and the page comes back by itself", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Continuity");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await openTerminal(page);
  await type(page, "echo pid=$$");
  await expect(screen(page)).toContainText(/pid=\d+/);
  const pid = /pid=(\d+)/.exec(await screen(page).innerText())?.[1];
  await type(page, "for i in $(seq 1 200); do echo line-$i-; sleep 0.05; done; echo all-''done");
  // Any line: a certain one may have scrolled away between two looks at the screen.
  await expect(screen(page)).toContainText(/line-\d+-/);
  await expect(screen(page)).not.toContainText("all-done");
  await world.kill();
  await expect(page.getByText(/reconnecting/i).first()).toBeVisible();
  await world.start();
  await expect(screen(page)).toContainText("all-done", { timeout: 30_000 });
  await type(page, "clear; echo same=$$");
  await expect(screen(page)).toContainText(`same=${pid}`);
});

// covers: S1.9, S1.42, S1.45, S1.46, S1.47, S1.52, S1.72, S1.77, S1.78, S1.88
test("stop ends everything, and the page says so and starts nothing by itself", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Stopping", "--template", "static");
  await page.goto(`${world.url}/w/${id}`);
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  await expect(preview(page).locator("h1")).toBeVisible();
  await openTerminal(page);
  await type(page, "setsid sleep 1000 & disown; echo started");
  await expect(screen(page)).toContainText("started");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByText("stopped", { exact: true }).first()).toBeVisible();
  await page.reload();
  await expect(page.getByText("Nothing runs here")).toBeVisible();
  const processes = () =>
    page.evaluate(async (it) => (await fetch(`/api/v1/workspaces/${it}/processes`)).json(), id);
  await expect.poll(processes).toEqual([]);
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  await expect(preview(page).locator("h1")).toBeVisible();
});

// covers: S1.57, S1.83
test("a dev server that breaks is shown with its exit code and last lines", async ({ signedIn: page, world }) => {
  const id = await world.create("Broken");
  await page.goto(`${world.url}/w/${id}`);
  await page.evaluate(async (it) => {
    const json = { command: "echo the soup is burnt; exit 3", restart: "never" };
    await fetch(`/api/v1/workspaces/${it}/settings`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ viewers_see_terminals: false, terminal_clipboard: true, ...json }),
    });
  }, id);
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  const pane = page.getByRole("region", { name: "Preview" });
  await expect(pane).toContainText("The dev server failed");
  await expect(pane).toContainText(/\b3\b/);
  await expect(pane).toContainText("the soup is burnt");
});

// covers: S1.55
test("a watcher that outlives its broken program is not waited for in silence", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Watched", "--template", "node");
  const path = `/workspaces/${id}/files/server.mjs`;
  const good = await (await world.request(path)).text();
  await world.request(path, { method: "PUT", body: "throw new Error('burnt on purpose');\n" });
  await page.goto(`${world.url}/w/${id}`);
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  const pane = page.getByRole("region", { name: "Preview" });
  await expect(pane).toContainText("The build failed, and nothing listens yet");
  await expect(pane).toContainText(/server\.mjs.*burnt on purpose/);
  const message = page.getByRole("alertdialog", { name: "Build failed" });
  // It waits as long as somebody is there.
  await message.hover();
  await accessible(page);
  await message.getByRole("button", { name: "Dismiss" }).click();
  await pane.getByRole("button", { name: "Show the problems" }).click();
  await expect(page.getByRole("tab", { name: /problems/i })).toHaveAttribute("aria-selected", "true");
  await world.request(path, { method: "PUT", body: good });
  await expect(preview(page).locator("h1")).toBeVisible();
  // What was told of the app is no news any more when it is stopped.
  await world.request(path, { method: "PUT", body: "throw new Error('burnt again');\n" });
  await message.hover();
  await world.stead("stop", id);
  await expect(message).toHaveCount(0);
  await expect(pane).toContainText("Nothing runs here");
  await pane.getByRole("button", { name: "Run", exact: true }).click();
  await expect(pane).toContainText("The build failed, and nothing listens yet");
});

test("the page knows that cookies of an app's scripts are lost in its frame, and opens a tab that keeps them", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Cookies", "--template", "static");
  await world.request(`/workspaces/${id}/files/index.html`, {
    method: "PUT",
    body: "<h1></h1><script>document.cookie = 'own=1'; document.querySelector('h1').textContent = document.cookie || 'none';</script>",
  });
  await page.goto(`${world.url}/w/${id}`);
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  await expect(preview(page).locator("h1")).toHaveText("none");
  await page.getByRole("button", { name: "Device and more" }).click();
  const item = page.getByRole("menuitem", { name: /Cookies set by scripts are lost here/ });
  await expect(item).toBeVisible();
  await accessible(page);
  const opened = page.context().waitForEvent("page");
  await item.click();
  await expect((await opened).locator("h1")).toHaveText("own=1");
});

// covers: S1.26, S1.85
test("two windows share one shell, and its size follows the one that types", async ({
  signedIn: page,
  world,
  browser,
}) => {
  const id = await world.create("Together");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await openTerminal(page);
  const context = await browser.newContext({ viewport: { width: 700, height: 600 } });
  const other = await context.newPage();
  await readable(other);
  await signIn(other, await world.link());
  await other.goto(`${world.url}/w/${id}`);
  await other.getByRole("tab", { name: /terminal/i }).first().click();
  await expect(screen(other)).toContainText("$");
  await type(other, "echo from-the-other");
  await expect(screen(page)).toContainText("from-the-other");
  await type(page, "stty size");
  await expect(screen(page)).toContainText(/\d+ 1\d\d/);
});

test("files are made, renamed, uploaded and deleted in the tree", async ({ signedIn: page, world }) => {
  const id = await world.create("Files");
  await page.goto(`${world.url}/w/${id}`);
  await page.getByRole("button", { name: "New folder" }).click();
  await page.getByRole("textbox", { name: "Name of the new folder" }).fill("notes");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("treeitem", { name: "notes" })).toBeVisible();
  await page.getByRole("button", { name: "New file" }).click();
  await page.getByRole("textbox", { name: "Name of the new file" }).fill("a.txt");
  await page.keyboard.press("Enter");
  const file = page.getByRole("treeitem", { name: "a.txt" });
  await expect(file).toBeVisible();
  await file.click();
  await page.getByRole("textbox", { name: "Text of a.txt" }).click();
  await page.keyboard.type("hello");
  await page.keyboard.press("ControlOrMeta+s");
  await expect(page.getByText("Written to the file").first()).toBeVisible();
  await file.focus();
  await page.keyboard.press("F2");
  const name = page.getByRole("textbox", { name: "New name" });
  await name.fill("b.txt");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("treeitem", { name: "b.txt" })).toBeVisible();
  await page.locator('.files input[type="file"]').setInputFiles({
    name: "up.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("uploaded"),
  });
  await expect(page.getByRole("treeitem", { name: "up.txt" })).toBeVisible();
  await page.getByRole("treeitem", { name: "up.txt" }).focus();
  await page.keyboard.press("Delete");
  await modal(page).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("treeitem", { name: "up.txt" })).toBeHidden();
});

test("a text too large to be shared parts from the disk, and its person settles it", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Conflict");
  await page.goto(`${world.url}/w/${id}`);
  const write = (text: string) => put(page, id, { "a.txt": text });
  const rest = "x".repeat(79).concat("\n").repeat(60_000);
  await write(`one\n${rest}`);
  await page.getByRole("treeitem", { name: "a.txt" }).click();
  const editor = page.getByRole("textbox", { name: "Text of a.txt" });
  await expect(editor).toContainText("one");
  await expect(page.getByText("This file is too large to be edited together.")).toBeVisible();
  await editor.click();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.type("mine ");
  await write("theirs\n");
  await expect(page.getByText("The file changed on disk while you were editing.")).toBeVisible();
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page.getByText("theirs")).toBeVisible();
  await page.getByRole("button", { name: "Save mine" }).click();
  await expect(page.getByText("The file changed on disk while you were editing.")).toBeHidden();
  const saved = () =>
    page.evaluate(async (it) => (await fetch(`/api/v1/workspaces/${it}/files/a.txt`)).text(), id);
  expect(await saved()).toBe(`mine one\n${rest}`);
  // Without keys for it, too.
  const save = page.getByRole("button", { name: "Save", exact: true });
  await expect(save).toBeDisabled();
  await editor.click();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.type("all ");
  await save.click();
  await expect(save).toBeDisabled();
  await expect(page.getByText("Unsaved")).toBeHidden();
  expect(await saved()).toBe(`all mine one\n${rest}`);
});
