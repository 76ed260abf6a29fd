import { describe, expect, it } from "vitest";
import { codeHighlighter, fencedLanguages } from "./highlight-code";
import { picturesOf, renderMarkdown, resolve } from "./render-markdown";

const page = (text: string, pictures: [string, string][] = []) =>
  renderMarkdown(text, new Map(pictures), { style: "https://x/y.css", dark: false });

describe("a page of Markdown", () => {
  it("has what GitHub's readers expect", () => {
    const html = page(
      "# Title\n\n- [x] done\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~old~~ https://example.org",
    );
    for (const part of [
      "<h1>Title</h1>",
      'type="checkbox"',
      "<table>",
      "<del>old</del>",
      "https://example.org",
    ]) {
      expect(html).toContain(part);
    }
  });

  it("holds no script, no raw HTML and no address that runs", () => {
    const html = page(
      '<script>alert(1)</script><img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) ![b](javascript:x) <iframe src="/">\n\n[c](data:text/html,x)',
    );
    // What was typed as HTML is shown as text.
    expect(html).not.toMatch(/<script|<img|<iframe|href="(javascript|data):/);
  });

  it("has no style attributes, which the page's policy would refuse", () => {
    const html = page("| a | b |\n|:-:|--:|\n| 1 | 2 |");
    expect(html).toContain('<th data-align="center">a</th>');
    expect(html).toContain('<td data-align="right">2</td>');
    expect(html).not.toContain("style=");
  });

  it("takes pictures of the workspace and names the others", () => {
    const html = page("![here](a%20b.png) ![there](https://x/y.png)", [
      ["a%20b.png", "data:image/png;base64,AA"],
    ]);
    expect(html).toContain('<img src="data:image/png;base64,AA" alt="here"/>');
    expect(html).toContain('<span class="missing">there</span>');
  });
});

describe("code in a page of Markdown", () => {
  const shown = async (text: string) =>
    renderMarkdown(text, new Map(), {
      style: "https://x/y.css",
      dark: false,
      highlight: await codeHighlighter(text),
    });

  it("has the colours of its language, and what it says stays text", async () => {
    const html = await shown("```js\nconst a = '<script>';\n```\n\n~~~ python\ndef f(): pass\n~~~\n");
    expect(html).toContain('<span class="tok-keyword">const</span>');
    expect(html).toContain('<span class="tok-string">&#x27;&lt;script&gt;&#x27;</span>');
    expect(html).toContain('<span class="tok-keyword">def</span>');
    expect(html).not.toMatch(/<script/);
  });

  it("is plain in a language that nobody knows, and in none", async () => {
    expect(await shown("```nonsense\nlet x\n```")).toContain("<pre><code>let x\n</code></pre>");
    expect(await shown("```\nlet x\n```")).toContain("<pre><code>let x\n</code></pre>");
    expect(await shown("`let x`")).toContain("<code>let x</code>");
  });

  it("loads the languages that fences name", () => {
    expect(fencedLanguages("```ts\n```\n> ~~~ C++ x\n```\n    x\n```TS\n")).toEqual(["ts", "c++"]);
  });
});

it("finds pictures beside the file", () => {
  expect(picturesOf("![x](../img/a.png) ![y](https://h/b.png) ![z](</c.png>)", "docs/read.md")).toEqual([
    { source: "../img/a.png", file: "img/a.png" },
    { source: "/c.png", file: "c.png" },
  ]);
  expect(resolve("a.md", "../x.png")).toBeNull();
  expect(resolve("a.md", "%zz")).toBeNull();
});
