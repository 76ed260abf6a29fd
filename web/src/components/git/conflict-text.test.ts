import { describe, expect, it } from "vitest";
import { partsOf, resolved } from "./conflict-text";

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

  it("is left alone without marks that close", () => {
    expect(partsOf("a\nb\n")).toBeNull();
    expect(partsOf("<<<<<<< HEAD\na\n")).toBeNull();
    expect(partsOf("a <<<<<<< b\n=======\n")).toBeNull();
  });
});
