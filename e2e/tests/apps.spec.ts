/** Stock apps through the preview: real installs, hot reload, sockets. */
import type { Page } from "@playwright/test";
import { expect, INSTALL_MS, preview, put, test } from "./world";

async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
}

// covers: S0.26, S0.27, S1.36, S1.39, S1.53, S1.54, S1.55, S2.17
test("a stock Vite and React app installs, hot-reloads without losing its state, and reports its errors", async ({
  signedIn: page,
  world,
}) => {
  test.setTimeout(INSTALL_MS + 120_000);
  const id = await world.create("Vite", "--template", "vite-react");
  await page.goto(`${world.url}/w/${id}`);
  await run(page);
  await expect(page.getByText(/installing/i).first()).toBeVisible();
  const app = preview(page);
  const button = app.getByRole("button").first();
  await expect(button).toBeVisible({ timeout: INSTALL_MS });

  const counter = `import { useState } from "react";
export function App() {
  const [count, setCount] = useState(0);
  return <main><h1>LABEL</h1><button onClick={() => setCount(count + 1)}>count {count}</button></main>;
}
`;
  await put(page, id, { "src/App.tsx": counter.replace("LABEL", "First") });
  await expect(app.getByRole("heading")).toHaveText("First");
  await app.getByRole("button").click();
  await expect(app.getByRole("button")).toHaveText("count 1");
  // Hot replacement keeps the state; a reload of the page would lose it.
  await put(page, id, { "src/App.tsx": counter.replace("LABEL", "Second") });
  await expect(app.getByRole("heading")).toHaveText("Second");
  await expect(app.getByRole("button")).toHaveText("count 1");

  await put(page, id, { "src/App.tsx": counter.replace("<main>", "<main") });
  await page.getByRole("tab", { name: /problems/i }).click();
  await expect(page.getByRole("region", { name: "Terminals and log" })).toContainText("src/App.tsx");
  await put(page, id, { "src/App.tsx": counter.replace("LABEL", "Third") });
  await expect(app.getByRole("heading")).toHaveText("Third");
});

for (const template of ["node", "python", "rust"]) {
  test(`the ${template} template runs`, async ({ signedIn: page, world }) => {
    test.setTimeout(INSTALL_MS + 120_000);
    const id = await world.create(`Template ${template}`, "--template", template);
    await page.goto(`${world.url}/w/${id}`);
    await run(page);
    await expect(preview(page).locator("h1")).toBeVisible({ timeout: INSTALL_MS });
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(page.getByText("Nothing runs here")).toBeVisible();
  });
}

// covers: S0.40, S0.81, S1.37
test("a preview without an app says so and comes back by itself", async ({ signedIn: page, world }) => {
  const id = await world.create("Late");
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, {
    "late.mjs": `import { createServer } from "node:http";
import { existsSync, watch } from "node:fs";
const serve = () => createServer((_, answer) => {
  answer.setHeader("content-type", "text/html");
  answer.end("<h1>Here at last</h1>");
}).listen(Number(process.env.PORT), "127.0.0.1");
if (existsSync("go")) serve();
else { const watcher = watch(".", () => existsSync("go") && (watcher.close(), serve())); }
`,
    ".stead.toml": '[dev]\ncommand = "node late.mjs"\nport = 4567\n',
  });
  await run(page);
  const { url } = await page.evaluate(async (it) => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ port: 4567 });
    const answer = await fetch(`/api/v1/workspaces/${it}/preview/grant`, { method: "POST", headers, body });
    return (await answer.json()) as { url: string };
  }, id);
  const tab = await page.context().newPage();
  const answer = await tab.goto(url);
  expect(answer?.status()).toBe(502);
  await expect(tab.locator("body")).toContainText(/4567/);
  await put(page, id, { "go": "" });
  await expect(tab.locator("h1")).toHaveText("Here at last");
  await expect(preview(page).locator("h1")).toHaveText("Here at last");
});
