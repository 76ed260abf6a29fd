import { expect, test } from "vitest";
import { markdownOf, pathOfUri, uriOfPath } from "./lsp";

const WORKSPACE = "file:///work%20space";

test("a path and its address lead to one another, however the server writes it", () => {
  for (const path of ["a.ts", "größe/[id] #1%.ts", "a+b@c.ts"])
    expect(pathOfUri(WORKSPACE, uriOfPath(WORKSPACE, path))).toBe(path);
  expect(pathOfUri(WORKSPACE, "file:///work%20space/a%40b.ts")).toBe("a@b.ts");
});

test("what is outside of the workspace has no path", () => {
  for (const uri of ["file:///usr/lib/lib.d.ts", "file:///work%20space2/a.ts", "file:///work%20space", "x:%"])
    expect(pathOfUri(WORKSPACE, uri)).toBeNull();
});

test("every shape of a hover becomes markdown", () => {
  expect(markdownOf(undefined)).toBe("");
  expect(markdownOf({ kind: "plaintext", value: "*a*" })).toBe("```\n*a*\n```");
  expect(markdownOf(["**a**", { language: "rust", value: "fn a()" }])).toBe("**a**\n\n```rust\nfn a()\n```");
});
