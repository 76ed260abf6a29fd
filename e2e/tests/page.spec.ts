/** The page itself: keys, phone, themes, accessibility. */
import { accessible, expect, modal, openTerminal, preview, screen, signIn, test, type } from "./world";

for (const colorScheme of ["light", "dark"] as const) {
  test(`every page reads well for everyone, in ${colorScheme}`, async ({ signedIn: page, world }) => {
    await page.emulateMedia({ colorScheme });
    const id = await world.create(`Axe ${colorScheme}`, "--template", "static");
    await page.goto(world.url);
    await expect(page.getByText(`Axe ${colorScheme}`)).toBeVisible();
    await accessible(page);
    await page.getByRole("button", { name: /new workspace/i }).first().click();
    await expect(modal(page)).toBeVisible();
    await accessible(page);
    await world.stead("start", id);
    await page.goto(`${world.url}/w/${id}`);
    await expect(preview(page).locator("h1")).toBeVisible();
    await openTerminal(page);
    await page.getByRole("treeitem", { name: "index.html" }).click();
    await expect(page.getByRole("textbox", { name: "Text of index.html" })).toBeVisible();
    await accessible(page);
  });
}

test("the palette finds files and commands, and ? lists the keys", async ({ signedIn: page, world }) => {
  const id = await world.create("Palette", "--template", "static");
  await page.goto(`${world.url}/w/${id}`);
  await expect(page.getByRole("treeitem", { name: "index.html" })).toBeVisible();
  // What is typed before the palette is loaded is meant for it, and not for the text.
  await page.getByRole("treeitem", { name: "style.css" }).click();
  const style = page.locator(".cm-content");
  await expect(style).toContainText("{");
  const before = await style.innerText();
  await style.click();
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type("index");
  await expect(page.getByRole("combobox", { name: "Find a file or a command" })).toHaveValue("index");
  expect(await style.innerText()).toBe(before);
  await expect(page.getByRole("option", { name: /index\.html/ }).first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Text of index.html" })).toBeVisible();
  await page.getByRole("treeitem", { name: "index.html" }).focus();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  // covers: S1.89
  test("one pane at a time, with the keys that a phone lacks", async ({ page, world }) => {
    await page.addInitScript(() =>
      localStorage.setItem("stead.preferences", JSON.stringify({ terminalScreenReader: true })),
    );
    await signIn(page, await world.link());
    const id = await world.create("Phone", "--template", "static");
    await world.stead("start", id);
    await page.goto(`${world.url}/w/${id}`);
    await page.getByRole("tab", { name: "Preview" }).tap();
    await expect(preview(page).locator("h1")).toBeVisible();
    await page.getByRole("tab", { name: "Terminal" }).tap();
    await openTerminal(page);
    await type(page, "sleep 1000; echo interrupted");
    await page.getByRole("button", { name: "ctrl" }).tap();
    await page.keyboard.type("c");
    await type(page, "echo ba''ck");
    await expect(screen(page)).toContainText("back");
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.getByRole("tab", { name: "Files" }).tap();
    await page.getByRole("treeitem", { name: "index.html" }).tap();
    await page.getByRole("tab", { name: "Editor" }).tap();
    await expect(page.getByRole("textbox", { name: "Text of index.html" })).toBeVisible();
  });
});
