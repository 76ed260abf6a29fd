import { expect, test } from "vitest";
import { isLoginName, suggestLoginName } from "./LoginNameField";
import { isLongEnough } from "./PasswordField";
import { isProblem, problemWords, providerSearch } from "./provider-words";

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

test("an address names a problem that there is, and nothing else gets onto the page", () => {
  expect(providerSearch({ problem: "clock", provider: "company", linked: 7, other: "x" })).toEqual({
    problem: "clock",
    provider: "company",
  });
  for (const problem of ["", "toString", "__proto__", "<b>", 7, null, ["clock"]]) {
    expect(isProblem(problem)).toBe(false);
    expect(providerSearch({ problem })).toEqual({});
  }
  expect(problemWords("provider_down", undefined).title).toBe("Your provider does not answer as it should");
});
