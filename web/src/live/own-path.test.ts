import { expect, test } from "vitest";
import { ownPath } from "./own-path";

test.each(["/", "/w/ws_1", "/settings?x=//evil.org", "/preview/enter?host=a&path=%2F"])(
  "%s is ours",
  (path) => {
    expect(ownPath(path)).toBe(path);
  },
);

test.each([
  "",
  "w",
  "//evil.org",
  "/\\evil.org",
  "\\/evil.org",
  "/\t/evil.org",
  "/\n/evil.org",
  "https://evil.org",
  "javascript:alert(1)",
  "/a\\b",
  7,
  undefined,
])("%j leads elsewhere", (path) => {
  expect(ownPath(path)).toBe("/");
});
