/** Break-glass: an administrator in a workspace of somebody else, and what its owner sees of it. */
import { accessible, expect, modal, PASSWORD, stranger, test } from "./world";

const MISSING = "There is no such workspace";
const REASON = "Ticket 4711: the app sends mail in a loop";

test("the glass is broken for a reason, the owner is told at once and ends it", async ({ page, browser, fresh }) => {
  await page.goto(await fresh.link());
  await page.getByRole("textbox", { name: "Your name" }).fill("Ada");
  await page.getByLabel("Password (optional)").fill(PASSWORD);
  await page.getByRole("button", { name: "Begin" }).click();
  await page.waitForURL(`${fresh.url}/`);
  const invitation = await page.evaluate(async () => {
    const body = JSON.stringify({});
    const headers = { "content-type": "application/json" };
    const made = await fetch("/api/v1/invitations", { method: "POST", body, headers });
    return ((await made.json()) as { url: string }).url;
  });

  const bea = await stranger(browser);
  await bea.goto(invitation);
  await bea.getByRole("textbox", { name: "Your name" }).fill("Bea");
  await bea.getByRole("textbox", { name: "Log-in name" }).fill("bea");
  await bea.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await bea.getByRole("button", { name: "Create the account and join" }).click();
  await expect(bea.getByRole("button", { name: "Account of Bea" })).toBeVisible();
  const id = await bea.evaluate(async () => {
    const body = JSON.stringify({ name: "Quiet", source: { kind: "empty" } });
    const headers = { "content-type": "application/json" };
    const made = await fetch("/api/v1/workspaces", { method: "POST", body, headers });
    return ((await made.json()) as { id: string }).id;
  });
  await bea.goto(`${fresh.url}/w/${id}`);
  await expect(bea.getByText("Quiet").first()).toBeVisible();
  await expect(bea.getByRole("complementary", { name: "Break-glass access" })).toBeHidden();

  await page.goto(`${fresh.url}/w/${id}`);
  await expect(page.getByText(MISSING)).toBeVisible();
  await page.goto(`${fresh.url}/settings/break-glass`);
  await expect(page.getByText("Nobody has broken the glass")).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Enter a workspace" }).click();
  await page.getByLabel("The workspace’s address").fill(`${fresh.url}/w/${id}`);
  await page.getByLabel("Why? The owners read this.").fill(REASON);
  await page.getByLabel("Your password").fill("wrong horse battery");
  await page.getByRole("button", { name: "Break the glass" }).click();
  await expect(page.getByRole("alert")).toContainText("not your password");
  await accessible(page);
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Break the glass" }).click();
  await page.waitForURL(`${fresh.url}/w/${id}`);
  const own = page.getByRole("complementary", { name: "Break-glass access" });
  await expect(own).toContainText("You are here by break-glass, as viewer");
  await accessible(page);

  // The owner's page, which was open all the time.
  const told = bea.getByRole("complementary", { name: "Break-glass access" });
  await expect(told).toContainText("Ada, an administrator, has access to this workspace");
  await expect(told).toContainText(REASON);
  await accessible(bea);
  await bea.getByRole("button", { name: "End it now" }).click();
  await expect(told).toContainText("had access to this workspace");
  await expect(own).toBeHidden();
  await expect(page.getByText("You can no longer see Quiet")).toBeVisible();

  // It stays until it was seen, and among the workspace's people for good.
  await bea.reload();
  await expect(told).toContainText("ended by Bea");
  await bea.getByRole("button", { name: "I have seen it" }).click();
  await expect(told).toBeHidden();
  await bea.goto(`${fresh.url}/w/${id}/manage/people`);
  await expect(bea.getByRole("list", { name: "Break-glass accesses" })).toContainText(REASON);
  await accessible(bea);
  await page.goto(`${fresh.url}/settings/break-glass`);
  await expect(page.getByRole("list", { name: "Break-glass accesses" })).toContainText("Ada in Quiet");
  await accessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Enter a workspace" }).click();
  await expect(modal(page)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await bea.evaluate((it) => fetch(`/api/v1/workspaces/${it}`, { method: "DELETE" }), id);
});
