import { expect, it } from "vitest";
import { hasPreview, isMedia, kindOfFile } from "./file-kinds";

it("tells files apart by their names", () => {
  expect(["a.PNG", "a.pdf", "a.mp3", "a.webm", "a.md", "a.tsv", "a.svg", "png"].map(kindOfFile)).toEqual([
    "image",
    "pdf",
    "audio",
    "video",
    "markdown",
    "table",
    "text",
    "text",
  ]);
  expect([isMedia("a.png"), isMedia("a.svg"), isMedia("a.md")]).toEqual([true, false, false]);
  expect([hasPreview("a.svg"), hasPreview("a.csv"), hasPreview("a.md"), hasPreview("a.rs")]).toEqual([
    "picture",
    "table",
    "markdown",
    null,
  ]);
});
