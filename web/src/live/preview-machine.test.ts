import { expect, test } from "vitest";
import { cleanPath, looked, START, travelled } from "./preview-machine";

test("whatever is typed becomes a path of the app", () => {
  expect(cleanPath("about?x=1")).toBe("/about?x=1");
  expect(cleanPath(" /a/b ")).toBe("/a/b");
  expect(cleanPath("http://elsewhere.example/a")).toBe("/a");
  expect(cleanPath("//elsewhere.example/a")).toBe("/elsewhere.example/a");
  expect(cleanPath("\\\\elsewhere.example")).toBe("/elsewhere.example");
  expect(cleanPath("")).toBe("/");
});

test("back never leaves the page that holds the frame", () => {
  const fresh = { ...START, seen: 7 };
  expect(travelled(fresh, -1)).toBeNull();
  const moved = looked(fresh, 9);
  expect(moved.behind).toBe(2);
  const back = travelled(moved, -1);
  expect(back).toMatchObject({ behind: 1, ahead: 1 });
  expect(back && travelled(back, 1)).toMatchObject({ behind: 2, ahead: 0 });
});

test("a page that is opened after going back leaves nothing ahead", () => {
  expect(looked({ ...START, seen: 5, behind: 1, ahead: 2 }, 6)).toMatchObject({ behind: 2, ahead: 0 });
});
