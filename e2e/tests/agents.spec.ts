/** Agents that run in terminals. */
import { accessible, expect, modal, screen, test, type } from "./world";

test("an agent gets a terminal of its own, is spoken to there, and goes on without the page", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Agents", "--template", "static");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await expect(page.getByText("running", { exact: true }).first()).toBeVisible();
  // Where no terminal is open yet.
  await page.getByRole("button", { name: "Run an agent" }).click();
  await expect(modal(page)).toBeVisible();
  await accessible(page);
  const run = modal(page).getByRole("button", { name: "Run" });
  await expect(run).toBeDisabled();
  const script = 'while echo "$STEAD_AGENT waits"; read task; do echo "did $task"; done';
  await modal(page).getByRole("textbox", { name: "Command" }).fill(script);
  const name = modal(page).getByRole("textbox", { name: "Name" });
  await expect(name).toHaveValue("while");
  await name.fill("No name");
  await expect(modal(page).getByText("Small letters, digits and hyphens")).toBeVisible();
  await expect(run).toBeDisabled();
  await name.fill("helper");
  await run.click();
  const tab = page.getByRole("tab", { name: /Agent helper/ });
  await expect(tab).toHaveAttribute("aria-selected", "true");
  await expect(screen(page, "helper")).toContainText("helper waits");
  await accessible(page);
  await type(page, "tests", "helper");
  await expect(screen(page, "helper")).toContainText("did tests");
  await page.reload();
  await tab.click();
  await expect(screen(page, "helper")).toContainText("did tests");
  await tab.press("Delete");
  await expect(tab).toHaveCount(0);
  // A phone has no palette at hand.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("tab", { name: "More" }).click();
  await expect(page.getByRole("region", { name: "Resources" })).toBeVisible();
  await accessible(page);
  const isWhole = (it: Element) => it.scrollHeight <= it.clientHeight;
  for (const list of await page.locator("main ul").all()) expect(await list.evaluate(isWhole)).toBe(true);
  await page.getByRole("button", { name: "Run an agent" }).click();
  await modal(page).getByRole("textbox", { name: "Command" }).fill("echo from a phone; read it");
  await modal(page).getByRole("button", { name: "Run" }).click();
  await expect(screen(page, "echo")).toContainText("from a phone");
  // However many tabs there are.
  await expect(page.getByRole("button", { name: "Run an agent" })).toBeInViewport({ ratio: 1 });
});
