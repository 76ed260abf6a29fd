import { describe, expect, it } from "vitest";
import { partsOf, resolved, withBases } from "./conflict-text";

const TEXT =
  "a\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> side\nb\n<<<<<<< HEAD\n||||||| 1\nold\n=======\nnew\n>>>>>>> side\n";

describe("a file with marks", () => {
  it("is cut into what is same and what is not", () => {
    const parts = partsOf(TEXT);
    expect(parts?.map((it) => it.kind)).toEqual(["same", "conflict", "same", "conflict", "same"]);
    expect(parts?.[3]).toEqual({ kind: "conflict", ours: [], base: ["old"], theirs: ["new"] });
  });

  it("becomes what people choose, with its last line ending", () => {
    const parts = partsOf(TEXT) ?? [];
    expect(resolved(parts, ["ours", "theirs"])).toBe("a\nours\nb\nnew\n");
    expect(resolved(parts, ["both", "ours"])).toBe("a\nours\ntheirs\nb\n");
    expect(resolved(parts, ["neither", "neither"])).toBe("a\nb\n");
  });

  it("gets what both sides started from, where its marks do not say it", () => {
    const bases = (current: string, base: string | null) =>
      withBases(partsOf(current) ?? [], base).map((it) => (it.kind === "same" ? "-" : it.base));
    const marked = (ours: string, theirs: string) => `<<<<<<< HEAD\n${ours}=======\n${theirs}>>>>>>> side\n`;
    expect(bases(`a\n${marked("A\n", "B\n")}c\n`, "a\nb\nc\n")).toEqual(["-", ["b"], "-"]);
    // One side deleted what the other changed.
    expect(bases(`a\n${marked("", "B\n")}c\n`, "a\nb\nc\n")).toEqual(["-", ["b"], "-"]);
    // Both put something where nothing was.
    expect(bases(`a\n${marked("x\n", "y\n")}c\n`, "a\nc\n")).toEqual(["-", [], "-"]);
    // What one side alone changed elsewhere is already in the text, and a person may have edited it.
    const clean = `new\n${marked("A\n", "B\n")}c\nd\n${marked("E\n", "")}typed\n`;
    expect(bases(clean, "a\nc\nd\nold\ne\nf\n")).toEqual(["-", ["a"], "-", ["old", "e", "f"], "-"]);
    expect(bases(`a\n${marked("A\n", "B\n")}c\n`, null)).toEqual(["-", null, "-"]);
    // What the marks hold is left as it is.
    expect(withBases(partsOf(TEXT) ?? [], "x\n")[3]).toEqual({
      kind: "conflict",
      ours: [],
      base: ["old"],
      theirs: ["new"],
    });
  });

  it("is left alone without marks that close", () => {
    expect(partsOf("a\nb\n")).toBeNull();
    expect(partsOf("<<<<<<< HEAD\na\n")).toBeNull();
    expect(partsOf("a <<<<<<< b\n=======\n")).toBeNull();
  });
});
