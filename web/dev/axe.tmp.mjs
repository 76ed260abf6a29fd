import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const axe = readFileSync("/tmp/axe/node_modules/axe-core/axe.min.js", "utf8");
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const base = process.env.STEAD_PAGE ?? "http://localhost:5180";
for (const path of process.argv.slice(2))
  for (const colorScheme of ["light", "dark"])
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 360, height: 740 },
    ]) {
      const c = await browser.newContext({ colorScheme, viewport, bypassCSP: true, reducedMotion: "reduce" });
      const p = await c.newPage();
      await p.goto(base + path);
      await p.waitForTimeout(1800);
      await p.evaluate(axe);
      const r = await p.evaluate(() =>
        axe.run(document, {
          iframes: false,
          runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
        }),
      );
      const wide = await p.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      console.log(
        path,
        colorScheme,
        viewport.width,
        wide ? "OVERFLOWS" : "",
        r.violations
          .map(
            (v) =>
              v.id +
              " x" +
              v.nodes.length +
              ": " +
              v.nodes
                .slice(0, 2)
                .map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? ""))
                .join(" | "),
          )
          .join("\n   ") || "clean",
      );
      await c.close();
    }
await browser.close();
