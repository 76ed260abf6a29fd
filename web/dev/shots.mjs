/**
 * Takes pictures of pages, wide and on a phone, light and dark: `node dev/shots.mjs DIRECTORY [name…]`.
 * Against `STEAD_PAGE` (the vite server by default).
 */
import { mkdir } from "node:fs/promises";
import { chromium } from "playwright-core";

const base = process.env.STEAD_PAGE ?? "http://localhost:5180";
const [directory = "shots", ...wanted] = process.argv.slice(2);
const click = (name) => async (page) => page.getByRole("button", { name, exact: true }).first().click();
const PAGES = {
  home: ["/"],
  create: ["/", click("New workspace")],
  menu: ["/", async (page) => page.getByRole("button", { name: /^Account/ }).click()],
  device: [
    "/",
    async (page) => {
      await page.getByRole("button", { name: /^Account/ }).click();
      await page.getByRole("menuitem", { name: /another device/ }).click();
    },
  ],
  first: ["/enter/abc?first"],
  enter: ["/enter/abc"],
  expired: ["/enter/old", click("Continue")],
  running: ["/w/ws_running"],
  editing: [
    "/w/ws_running",
    async (page, phone) => {
      if (phone) await page.getByRole("tab", { name: "Files" }).click();
      await page.getByRole("treeitem", { name: /package.json/ }).click();
      await page.waitForTimeout(700);
    },
  ],
  failed: ["/w/ws_failed"],
  setup: ["/w/ws_setup"],
  "setup-failed": ["/w/ws_setup-failed"],
  stopped: ["/w/ws_stopped"],
  crashed: ["/w/ws_crashed"],
  missing: ["/w/ws_nothing"],
  palette: ["/w/ws_running", async (page) => page.keyboard.press("Control+k")],
  keys: ["/w/ws_running", async (page) => page.keyboard.press("?")],
  settings: [
    "/w/ws_running",
    async (page, phone) => {
      if (phone) await page.getByRole("tab", { name: "More" }).click();
      else await page.getByRole("button", { name: /workspace menu/ }).click();
      await page.getByRole(phone ? "button" : "menuitem", { name: /^Settings/ }).click();
    },
  ],
};
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

await mkdir(directory, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const sizes = (process.env.SIZES ?? "wide,phone").split(",");
const schemes = (process.env.SCHEMES ?? "light,dark").split(",");
for (const name of wanted.length > 0 ? wanted : Object.keys(PAGES)) {
  const [path, prepare] = PAGES[name];
  for (const size of sizes) {
    for (const colorScheme of schemes) {
      const phone = size === "phone";
      const context = await browser.newContext({
        viewport: SIZES[size],
        colorScheme,
        hasTouch: phone,
        isMobile: phone,
      });
      const page = await context.newPage();
      page.on("console", (message) => message.type() === "error" && console.log(name, size, message.text()));
      page.on("pageerror", (error) => console.log(name, size, error.message));
      await page.goto(base + path);
      await page.waitForTimeout(900);
      await prepare?.(page, phone).catch((error) => console.log(name, size, error.message.split("\n")[0]));
      await page.waitForTimeout(500);
      await page.screenshot({ path: `${directory}/${name}-${size}-${colorScheme}.png` });
      await context.close();
    }
  }
}
await browser.close();
