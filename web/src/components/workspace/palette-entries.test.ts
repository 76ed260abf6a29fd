import { expect, test } from "vitest";
import { matches } from "./palette-entries";

test("every typed word has to begin a word of the entry, in any order", () => {
  const entry = { title: "Restart dev server", words: "reload" };
  expect(matches(entry, "")).toBe(true);
  expect(matches(entry, "serv re")).toBe(true);
  expect(matches(entry, "rel")).toBe(true);
  expect(matches(entry, "erver")).toBe(false);
});
