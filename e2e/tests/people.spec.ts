/** Accounts: first start, passwords, invitations, tokens, sign-ins. */
import type { Page } from "@playwright/test";
import { accessible, expect, modal, PASSWORD, stranger, test, type World } from "./world";

/** The first one here, with a password. */
async function begin(page: Page, world: World): Promise<void> {
  await page.goto(await world.link());
  await page.getByRole("textbox", { name: "Your name" }).fill("Ada Lovelace");
  await expect(page.getByRole("textbox", { name: "Log-in name" })).toHaveValue("ada-lovelace");
  await page.getByLabel("Password (optional)").fill(PASSWORD);
  await accessible(page);
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(page.getByRole("button", { name: "Account of Ada Lovelace" })).toBeVisible();
}

async function signIn(page: Page, world: World, name: string): Promise<void> {
  await page.goto(world.url);
  await page.getByRole("textbox", { name: "Log-in name" }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("the first one sets a password, signs out, and signs in with it", async ({ page, fresh }) => {
  await page.goto(fresh.url);
  await expect(page.getByText("Nobody has been here yet")).toBeVisible();
  await begin(page, fresh);
  await page.getByRole("button", { name: "Account of Ada Lovelace" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in to Stead" })).toBeVisible();
  await accessible(page);
  await page.getByRole("textbox", { name: "Log-in name" }).fill("ada-lovelace");
  await page.getByLabel("Password", { exact: true }).fill("wrong password");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("do not go together");
  await signIn(page, fresh, "Ada-Lovelace");
  await expect(page.getByRole("button", { name: "Account of Ada Lovelace" })).toBeVisible();
  // A link that leads elsewhere after signing in leads nowhere else.
  await page.goto(`${fresh.url}/sign-in?next=${encodeURIComponent("//evil.example/")}`);
  await page.getByRole("textbox", { name: "Log-in name" }).fill("ada-lovelace");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${fresh.url}/`);
});

test("an invitation, a token, and a sign-in that is ended from another browser", async ({ page, browser, fresh }) => {
  await begin(page, fresh);
  await page.goto(`${fresh.url}/settings/invitations`);
  await accessible(page);
  await page.getByRole("button", { name: "Invite people" }).click();
  await page.getByRole("textbox", { name: "For whom?" }).fill("Bea");
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByRole("status", { name: "The invitation" }).innerText();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("used by 0 of 1")).toBeVisible();

  const bea = await stranger(browser);
  await bea.goto(link);
  await expect(bea.getByText("Ada Lovelace invites you to this Stead")).toBeVisible();
  await accessible(bea);
  await bea.getByRole("textbox", { name: "Your name" }).fill("Bea");
  await bea.getByRole("textbox", { name: "Log-in name" }).fill("bea");
  await bea.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await bea.getByRole("button", { name: "Create the account and join" }).click();
  await expect(bea.getByRole("button", { name: "Account of Bea" })).toBeVisible();
  await page.goto(`${fresh.url}/settings/accounts`);
  await expect(page.getByRole("listitem").filter({ hasText: "Bea" })).toContainText("bea, last here");
  await accessible(page);

  await bea.goto(`${fresh.url}/settings/tokens`);
  await bea.getByRole("button", { name: "New token" }).click();
  await bea.getByRole("textbox", { name: "What is it for?" }).fill("Nightly build");
  await bea.getByRole("button", { name: "Make the token" }).click();
  const token = await bea.getByRole("status", { name: "The token" }).innerText();
  await bea.getByRole("button", { name: "Done" }).click();
  const ask = () => fetch(`${fresh.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask()).status).toBe(200);
  await bea.getByRole("button", { name: "Revoke Nightly build" }).click();
  await expect(bea.getByText("No program acts for you")).toBeVisible();
  expect((await ask()).status).toBe(401);

  // One for another Stead reaches the registry and nothing else, and is only for administrators to make.
  await bea.getByRole("button", { name: "New token" }).click();
  const reaches = (on: typeof page) => modal(on).getByRole("combobox", { name: "Reaches" });
  await expect(reaches(bea)).not.toContainText("The registry");
  await bea.keyboard.press("Escape");
  await page.goto(`${fresh.url}/settings/tokens`);
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByRole("textbox", { name: "What is it for?" }).fill("The other house");
  await reaches(page).selectOption("The registry, for another Stead");
  await accessible(page);
  await page.getByRole("button", { name: "Make the token" }).click();
  const registry = await page.getByRole("status", { name: "The token" }).innerText();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "The other house" })).toContainText("Registry only");
  const reach = async (path: string) =>
    (await fetch(`${fresh.url}${path}`, { headers: { authorization: `Bearer ${registry}` } })).status;
  expect([await reach("/v1/runtime"), await reach("/api/v1/workspaces")]).toEqual([200, 403]);

  // Bea looks at a workspace in one browser and ends that sign-in from the other.
  const second = await stranger(browser);
  await signIn(second, fresh, "bea");
  await second.getByRole("button", { name: /new workspace|create/i }).first().click();
  await modal(second).getByRole("radio", { name: /Empty/ }).click();
  await modal(second).getByRole("textbox").first().fill("Quiet");
  await modal(second).getByRole("button", { name: /create/i }).click();
  await second.waitForURL(/\/w\//);
  await bea.goto(`${fresh.url}/settings/sign-ins`);
  await accessible(bea);
  await bea.getByRole("listitem").filter({ hasNotText: "This one" }).getByRole("button", { name: /Sign out/ }).click();
  await expect(second.getByRole("heading", { name: "You were signed out" })).toBeVisible();
  await expect(bea.getByText("This one")).toBeVisible();
  // The account is deleted only once the workspace is somebody else's.
  await page.goto(`${fresh.url}/settings/accounts`);
  await page.getByRole("button", { name: "More for Bea" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByRole("alert")).toContainText("Quiet");
  await bea.goto(fresh.url);
  const made = await bea.evaluate(async () => (await (await fetch("/api/v1/workspaces")).json()) as { id: string }[]);
  for (const { id } of made) await bea.evaluate((it) => fetch(`/api/v1/workspaces/${it}`, { method: "DELETE" }), id);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("the settings are a list and its pages", async ({ signedIn: page, world }) => {
    await page.goto(`${world.url}/settings`);
    for (const name of ["Profile", "Sign-ins", "Tokens", "Environment", "Accounts", "Invitations", "Audit"]) {
      await page.getByRole("link", { name }).tap();
      await expect(page.getByRole("heading", { name, level: 2 })).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      await accessible(page);
      await page.getByRole("link", { name: "Settings" }).tap();
    }
  });
});
