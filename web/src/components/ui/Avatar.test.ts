import { expect, test } from "vitest";
import { initials, toneOf } from "./Avatar";

test("a person is one or two letters", () => {
  expect(initials("Ada Lovelace")).toBe("AL");
  expect(initials("  ada  ")).toBe("A");
  expect(initials("Jean le Rond d'Alembert")).toBe("JD");
  expect(initials("李小龍")).toBe("李");
  expect(initials("😀 x")).toBe("😀X");
  expect(initials("")).toBe("?");
});

test("a person has the same tone everywhere", () => {
  expect(toneOf("usr_1")).toBe(toneOf("usr_1"));
  expect(toneOf("usr_1")).toBeLessThan(6);
});
