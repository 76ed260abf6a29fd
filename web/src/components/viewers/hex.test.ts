import { expect, it } from "vitest";
import { indentationOf } from "../editor/file-content";
import { hexLines, kindByContent } from "./hex";

it("shows bytes in lines of sixteen", () => {
  const bytes = new Uint8Array([0x7f, 0x45, 0x4c, 0x46, ...Array(13).fill(0x41)]);
  expect(kindByContent(bytes)).toBe("An ELF program or library");
  expect(hexLines(bytes)).toEqual([
    "00000000  7f 45 4c 46 41 41 41 41 41 41 41 41 41 41 41 41  .ELFAAAAAAAAAAAA",
    `00000010  41${" ".repeat(45)}  A`,
  ]);
  expect(kindByContent(new Uint8Array())).toBeNull();
});

it("sees what a text is indented with", () => {
  expect(indentationOf("a\n    b\n        c\n    d\n")).toBe("    ");
  expect(indentationOf("a {\n\tb\n\t\tc\n}\n")).toBe("\t");
  expect(indentationOf("a:\n  b:\n    c: 1\n  d: 2\n")).toBe("  ");
  expect(indentationOf("a\nb\n")).toBeNull();
});
