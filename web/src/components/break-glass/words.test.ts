import { expect, test } from "vitest";
import { workspaceIn } from "./words";

test("a workspace is found in its address and in nothing else", () => {
  const id = "ws_01hzy3v7m0qk8t2n5c9d4e6f7g";
  expect(workspaceIn(`https://stead.example.org/w/${id}/manage/people`)).toBe(id);
  expect(workspaceIn(` ${id} `)).toBe(id);
  expect(workspaceIn("https://stead.example.org/w/")).toBeNull();
  expect(workspaceIn(`${id}x`)).toBeNull();
});
