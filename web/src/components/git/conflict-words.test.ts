import { expect, it } from "vitest";
import { filesIn } from "../../api/git";
import { isOther } from "./conflict-words";

it("offers the file as it is only where that is neither side", () => {
  expect(isOther({ current: "mine", ours: "a", theirs: "b" })).toBe(true);
  expect(isOther({ current: "a", ours: "a", theirs: null })).toBe(false);
  expect(isOther({ current: "b", ours: null, theirs: "b" })).toBe(false);
  // A file that is no text, and one that is not there.
  expect(isOther({ current: null, ours: null, theirs: null })).toBe(false);
});

it("finds the files that Git names", () => {
  const said = "In the way (Git: error: these would be overwritten:\n\ta.txt\n\tsrc/b c.ts\nAborting)";
  expect(filesIn(said)).toBe("a.txt\nsrc/b c.ts");
  expect(filesIn("Something else")).toBe("Something else");
});
