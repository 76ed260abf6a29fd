/** The registry's page: runtimes, hosts and workers, of this installation and of another one. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test as base, World } from "./world";

/** Two installations in which nobody was before. */
const test = base.extend<{ here: World; there: World }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter
  here: async ({}, use) => {
    const world = await World.open();
    await use(world);
    await world.dispose();
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter
  there: async ({}, use) => {
    const world = await World.open();
    await use(world);
    await world.dispose();
  },
});

async function accessible(page: Page): Promise<void> {
  const results = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  expect(results.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target).join(" ")}`)).toEqual([]);
}

async function begin(page: Page, world: World): Promise<void> {
  await page.goto(await world.link());
  await page.getByRole("textbox", { name: "Your name" }).fill("Ada");
  await page.getByRole("button", { name: "Begin" }).click();
  await page.waitForURL(`${world.url}/`);
}

/** Asks a world's API as the page that is signed in there. */
function post(page: Page, path: string, body: unknown): Promise<Record<string, unknown>> {
  return page.evaluate(
    async ({ path, body }) => {
      const headers = { "content-type": "application/json" };
      const made = await fetch(path, { method: "POST", body: JSON.stringify(body), headers });
      return (await made.json()) as Record<string, unknown>;
    },
    { path, body },
  );
}

const COMPANION = {
  intent: { kind: "workspace_companion" },
  acceptance: { kind: "run_accepted", expected_segments: 0 },
};

test("workers are made, spoken to and stopped, and what others do is there by itself", async ({ page, here }) => {
  await begin(page, here);
  await page.goto(`${here.url}/settings/runtimes`);
  await expect(page.getByText("Nobody works yet")).toBeVisible();
  await expect(page.getByRole("list", { name: "Runtimes" }).getByRole("listitem")).toHaveCount(2);
  await accessible(page);
  await page.getByRole("button", { name: "New worker" }).click();
  await page.getByLabel("What for").selectOption("coder");
  await page.getByLabel("The ticket").fill("T-7");
  await accessible(page);
  await page.getByRole("button", { name: "Make the worker" }).click();
  const workers = page.getByRole("list", { name: "Workers" }).getByRole("listitem");
  await expect(workers).toHaveCount(1);
  await expect(workers.first()).toContainText("Coder");

  await page.getByRole("button", { name: "Read worker-00000001" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Nothing was said to it yet.");
  await page.getByLabel("Say something to it").fill("Look at the parser");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("list", { name: "Transcript" })).toContainText("Look at the parser");
  // Somebody else says something while the dialog is open.
  await post(page, "/api/v1/runtimes/embedded-worker-runtime/workers/worker-00000001/input", { content: "And at the lexer" });
  await expect(dialog).toContainText("And at the lexer");
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await post(page, "/api/v1/runtimes/embedded-worker-runtime/workers", COMPANION);
  await expect(workers).toHaveCount(2);
  await page.getByRole("button", { name: "Stop worker-00000001" }).click();
  await expect(workers.last()).toContainText("stopped");
});

test("another installation is added, heard of and removed", async ({ page, browser, here, there }) => {
  const other = await (await browser.newContext()).newPage();
  await begin(other, there);
  const token = (await post(other, "/api/v1/tokens", { name: "here" }))["secret"] as string;
  await begin(page, here);
  await page.goto(`${here.url}/settings/runtimes`);
  await page.getByRole("button", { name: "Add an installation" }).click();
  await page.getByLabel("What is it called here?").fill("The big machine");
  await page.getByLabel("Its address").fill("http://example.org");
  await page.getByLabel("A token of its administrator").fill(token);
  await page.getByRole("button", { name: "Add it" }).click();
  await expect(page.getByRole("alert")).toContainText("must begin with https://");
  await accessible(page);
  await page.getByLabel("Its address").fill(there.url);
  await page.getByRole("button", { name: "Add it" }).click();
  const runtimes = page.getByRole("list", { name: "Runtimes" }).getByRole("listitem");
  const row = runtimes.filter({ hasText: "The big machine" });
  await expect(row).toContainText("running");

  await post(other, "/api/v1/runtimes/embedded-worker-runtime/workers", COMPANION);
  const workers = page.getByRole("list", { name: "Workers" });
  await expect(workers).toContainText("The big machine");
  await accessible(page);
  await there.kill();
  await expect(row).toContainText("unavailable");
  await expect(row).toContainText("cannot be reached");
  await accessible(page);
  await page.getByRole("button", { name: "Remove The big machine" }).click();
  await expect(runtimes).toHaveCount(2);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await there.start();
});
