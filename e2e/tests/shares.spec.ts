/** Shares: a stranger's browser sees the app, and nothing longer than it may. */
import type { Page } from "@playwright/test";
import { accessible, expect, INSTALL_MS, modal, preview, put, stranger, test } from "./world";

/** The address that the page shows, with its scheme. */
async function shownLink(page: Page): Promise<string> {
  await expect(modal(page).getByRole("img", { name: /QR code/ })).toBeVisible();
  const text = await modal(page).locator("code").first().textContent();
  return `http://${text}`;
}

test("one click makes a link, a stranger sees the app live, and ending it shuts them out", async ({
  signedIn: page,
  browser,
  world,
}) => {
  const id = await world.create("Shared", "--template", "static");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await expect(preview(page).locator("h1")).toBeVisible();
  await page.getByRole("button", { name: "Share the app" }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await shownLink(page);
  await accessible(page);

  const visitor = await stranger(browser);
  await visitor.goto(link);
  await expect(visitor.locator("h1")).toBeVisible();
  expect(new URL(visitor.url()).hostname).toMatch(/^share-[0-9a-z]{26}\.localhost$/);
  // The app's own live reload works for visitors too.
  const before = await page.evaluate(
    async (it) => (await fetch(`/api/v1/workspaces/${it}/files/index.html`)).text(),
    id,
  );
  const changed = before.replace(/<h1>[^<]*<\/h1>/, "<h1>Changed while you look</h1>");
  await put(page, id, { "index.html": changed });
  await expect(visitor.locator("h1")).toHaveText("Changed while you look");
  // A stranger everywhere else.
  const api = await visitor.request.get(`${world.url}/api/v1/workspaces/${id}/state`);
  expect(api.status()).toBe(401);

  await page.goto(`${world.url}/w/${id}/manage/shares`);
  await expect(page.getByText("1 visit, the last just now")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "More for this share" }).click();
  await page.getByRole("menuitem", { name: "End…" }).click();
  await page.getByRole("button", { name: "End it" }).click();
  await expect(page.getByText("Nothing is shared")).toBeVisible();
  await visitor.reload();
  await expect(visitor.getByRole("heading", { name: "This share has ended" })).toBeVisible();
  await accessible(visitor);
});

test("a password is asked for, and a stopped app comes alive by itself", async ({
  signedIn: page,
  browser,
  world,
}) => {
  const id = await world.create("Secret", "--template", "static");
  await page.goto(`${world.url}/w/${id}/manage/shares`);
  await page.getByRole("button", { name: "New share" }).click();
  await page.getByRole("radio", { name: /With a password/ }).click();
  await page.getByRole("textbox", { name: "Password" }).fill("open sesame");
  await accessible(page);
  await page.getByRole("button", { name: "Make the share" }).click();
  await expect(page.getByRole("dialog", { name: "The app is shared" })).toBeVisible();
  const link = await modal(page).locator("code").nth(1).textContent();

  const visitor = await stranger(browser);
  await visitor.goto(`http://${link}`);
  await accessible(visitor);
  await visitor.getByLabel("Password").fill("open sesam");
  await visitor.getByRole("button", { name: "Open the app" }).click();
  await expect(visitor.getByRole("alert")).toHaveText("That is not the password of this share.");
  await accessible(visitor);
  await visitor.getByLabel("Password").fill("open sesame");
  await visitor.getByRole("button", { name: "Open the app" }).click();
  await expect(visitor.getByRole("heading", { name: "The app is not running" })).toBeVisible();
  await accessible(visitor);
  await world.stead("start", id);
  await expect(visitor.locator("h1")).not.toHaveText("The app is not running");

  // Another password: whoever was in is asked again.
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "More for this share" }).click();
  await page.getByRole("menuitem", { name: "Change…" }).click();
  await page.getByRole("textbox", { name: "Password" }).fill("another one");
  await expect(page.getByText("Everybody who is looking now comes in again")).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(modal(page)).toBeHidden();
  await visitor.reload();
  await expect(visitor.getByRole("heading", { name: "This app is shared with a password" })).toBeVisible();
});

// covers: S0.29, S0.75
test("a stranger's page of a stock Vite app is replaced hot, and keeps its state", async ({
  signedIn: page,
  browser,
  world,
}) => {
  test.setTimeout(INSTALL_MS + 120_000);
  const id = await world.create("Shared Vite", "--template", "vite-react");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await expect(preview(page).getByRole("button").first()).toBeVisible({ timeout: INSTALL_MS });
  const counter = `import { useState } from "react";
export function App() {
  const [count, setCount] = useState(0);
  return <main><h1>LABEL</h1><button onClick={() => setCount(count + 1)}>count {count}</button></main>;
}
`;
  const write = (label: string) => put(page, id, { "src/App.tsx": counter.replace("LABEL", label) });
  await write("First");
  await page.getByRole("button", { name: "Share the app" }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await shownLink(page);
  const visitor = await stranger(browser);
  await visitor.goto(link);
  await expect(visitor.getByRole("heading")).toHaveText("First");
  await visitor.getByRole("button").click();
  await expect(visitor.getByRole("button")).toHaveText("count 1");
  // Hot replacement keeps the state; a reload of the page would lose it.
  await write("Second");
  await expect(visitor.getByRole("heading")).toHaveText("Second");
  await expect(visitor.getByRole("button")).toHaveText("count 1");
});
