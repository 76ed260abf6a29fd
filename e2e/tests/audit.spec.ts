/** The audit log in the page: filters, rows that come, one row in full, and a chain that is whole or not. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { accessible, another, call, expect, test as base, type World } from "./world";

const run = promisify(execFile);

/** A log of its own for each test: what is done to it here cannot be undone. */
const test = base.extend<{ admin: Page }>({
  admin: async ({ page, fresh }, use) => {
    await page.goto(await fresh.link());
    await page.getByRole("textbox", { name: "Your name" }).fill("Ada");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.waitForURL((url) => url.pathname === "/");
    await use(page);
  },
});

/** Does something to the database behind the server’s back. */
async function tamper(world: World, statements: string): Promise<void> {
  const script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=20); c.executescript(sys.argv[2])";
  await run("python3", ["-c", script, `${world.data}/stead.db`, statements]);
}

const rows = (page: Page) => page.getByRole("region", { name: "Rows" }).locator("button:has(time)");

// covers: S0.52
test("rows are filtered by the address, read in full, and come by themselves", async ({
  admin: page,
  fresh: own,
  browser,
}) => {
  const id = await own.create("Audited");
  const bea = await another({ browser, host: page, world: own }, "bea", { workspace: id, role: "viewer" });
  const denied = await bea.context().request.delete(`${own.url}/api/v1/workspaces/${id}`, { headers: { origin: own.url } });
  expect(denied.status()).toBe(403);
  await page.goto(`${own.url}/settings/audit`);
  await expect(rows(page).first()).toContainText("Bea was not allowed to delete the workspace");
  await accessible(page);

  await page.getByRole("combobox", { name: "Outcome" }).selectOption("Not allowed");
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("combobox", { name: "Who" }).selectOption("Ada");
  await expect(page.getByText("No row is like that")).toBeVisible();
  expect(new URL(page.url()).searchParams.get("outcome")).toBe("denied");
  await page.goBack();
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("button", { name: "No filters" }).click();
  await page.getByRole("combobox", { name: "What" }).selectOption("Workspaces: all");
  await expect(rows(page)).toHaveCount(2);

  // One row in full, and from there to others like it.
  await rows(page).first().click();
  const panel = page.getByRole("dialog", { name: /^Row / });
  await expect(panel).toContainText("The role or the rights were not enough. Nothing was changed.");
  await expect(panel).toContainText("127.0.0.1");
  await accessible(page);
  await panel.getByRole("button", { name: "Only by Bea" }).click();
  await expect(panel).toBeHidden();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("button", { name: "No filters" }).click();

  // What happens now stands above, without a reload; whoever reads a row is not moved.
  await call(page, "PATCH", `/workspaces/${id}`, { name: "Renamed" });
  await expect(rows(page).first()).toContainText("named the workspace Renamed");
  await rows(page).first().click();
  await call(page, "PATCH", `/workspaces/${id}`, { name: "Again" });
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  await expect(rows(page).first()).toContainText("Renamed");
  await page.getByRole("button", { name: "1 new" }).click();
  await expect(rows(page).first()).toContainText("named the workspace Again");
  await page.keyboard.press("Escape");

  // The rows that the filters leave, as a file.
  await page.getByRole("searchbox", { name: "Text" }).fill("renamed");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Export" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "As a table (CSV)" }).click();
  const text = await (await (await download).createReadStream()).toArray();
  const lines = Buffer.concat(text as Buffer[]).toString().trim().split("\n");
  expect(lines[0]).toMatch(/^seq,time,/);
  expect(lines.slice(1).every((it) => /renamed/i.test(it))).toBe(true);

  // The owner’s page of the workspace has no addresses, and hers alone.
  await page.goto(`${own.url}/w/${id}/manage/audit?outcome=denied`);
  await expect(rows(page)).toHaveCount(1);
  await rows(page).first().click();
  await expect(panel).toContainText("Bea");
  await expect(panel).not.toContainText("127.0.0.1");
  await bea.goto(`${own.url}/w/${id}/manage/audit`);
  await expect(bea.getByRole("heading", { name: "People" })).toBeVisible();
  await bea.goto(`${own.url}/settings/audit`);
  await expect(bea.getByText("This is for administrators of this Stead").first()).toBeVisible();
});

// covers: S0.53
test("the chain is checked, a broken one is told, and a closed log too", async ({ admin: page, fresh: own }) => {
  // Twice the page has to look, and the database to wait as long as it does for another program.
  test.setTimeout(180_000);
  const id = await own.create("Chained");
  await page.goto(`${own.url}/settings/audit`);
  await expect(page.getByText("Not checked since this server started")).toBeVisible();
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("The chain is whole")).toBeVisible();
  await expect(page.getByText(/Verified up to row \d+, just now/)).toBeVisible();
  await tamper(own, "UPDATE audit SET object = 'somebody else' WHERE seq = 2;");
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("The chain breaks at row 2")).toBeVisible();
  await expect(page.getByRole("heading", { name: "What to do" })).toBeVisible();
  await accessible(page);

  // Another program holds the database: nothing can be written down, so nothing is done.
  const holder = run("python3", [
    "-c",
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE'); sys.stdin.read()",
    `${own.data}/stead.db`,
  ]);
  try {
    await expect(page.getByText("The log cannot be written to")).toBeVisible({ timeout: 40_000 });
    await accessible(page);
    const refused = await page.context().request.patch(`${own.url}/api/v1/workspaces/${id}`, {
      headers: { origin: own.url },
      data: { name: "Not written down" },
    });
    expect(refused.status()).toBe(503);
  } finally {
    holder.child.stdin?.end();
    await holder;
  }
  await expect(page.getByText("The log cannot be written to")).toBeHidden({ timeout: 40_000 });
  await call(page, "PATCH", `/workspaces/${id}`, { name: "Written down" });
});

test("a million rows are there at once and are scrolled through", async ({ admin: page, fresh: own }) => {
  test.setTimeout(180_000);
  await page.goto(`${own.url}/settings/audit`);
  await expect(rows(page).first()).toBeVisible();
  // Rows as they would be, but for the hashes: what is measured is reading.
  await tamper(
    own,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
     INSERT INTO audit (seq, time_ms, principal, operator, verb, object, outcome, hash)
     SELECT 1000 + i, 1700000000000 + i * 1000, (SELECT principal FROM audit WHERE principal IS NOT NULL LIMIT 1),
            'browser', CASE i % 500 WHEN 0 THEN 'share.create' ELSE 'file.write' END, 'src/' || i || '.ts',
            CASE i % 1000 WHEN 7 THEN 'failed' ELSE 'ok' END, 'x' FROM n;`,
  );
  const timed = async (what: () => Promise<unknown>, shown: string) => {
    const start = Date.now();
    await what();
    await expect(rows(page).filter({ hasText: shown }).first()).toBeVisible();
    return Date.now() - start;
  };
  const times = {
    open: await timed(() => page.goto(`${own.url}/settings/audit`), "signed in"),
    outcome: await timed(() => page.goto(`${own.url}/settings/audit?outcome=failed`), "which failed"),
    verb: await timed(() => page.goto(`${own.url}/settings/audit?verb=share.create`), "made share"),
    text: await timed(() => page.goto(`${own.url}/settings/audit?text=src/999123.ts`), "src/999123.ts"),
  };
  console.log("a million rows, in ms:", JSON.stringify(times));

  await page.goto(`${own.url}/settings/audit?verb=file.write`);
  await expect(rows(page).first()).toBeVisible();
  for (let step = 0; step < 12; step += 1) {
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }));
    await expect(page.getByText("The newest")).toContainText(`${((step + 2) * 200).toLocaleString("en")};`);
  }
  // However many were read, few are there.
  expect(await rows(page).count()).toBeLessThan(120);
});
