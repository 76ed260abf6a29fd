import { expect, test } from "vitest";
import { nameFromUrl } from "./CreateDialog";

test("a workspace is called like the repository it is cloned from", () => {
  expect(nameFromUrl("https://github.com/ada/engine.git")).toBe("engine");
  expect(nameFromUrl("https://github.com/ada/engine/")).toBe("engine");
  expect(nameFromUrl("https://github.com")).toBe("");
});
