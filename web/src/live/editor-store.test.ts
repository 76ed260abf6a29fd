import { expect, test } from "vitest";
import { closed, type EditorState, opened, renamed } from "./editor-store";

const EMPTY: EditorState = { tabs: [], active: null, reveal: null };
const paths = (state: EditorState) => state.tabs.map((tab) => tab.path);

test("a file is opened once and shown every time", () => {
  const two = opened(opened(EMPTY, "a.ts", null), "b.ts", null);
  const again = opened(two, "a.ts", { line: 3, column: 1 });
  expect(paths(again)).toEqual(["a.ts", "b.ts"]);
  expect(again.active).toBe("a.ts");
  expect(again.reveal).toMatchObject({ path: "a.ts", line: 3 });
});

test("the same place can be asked for twice", () => {
  const once = opened(EMPTY, "a.ts", { line: 3, column: 1 });
  const twice = opened(once, "a.ts", { line: 3, column: 1 });
  expect(twice.reveal?.token).not.toBe(once.reveal?.token);
});

test("closing the shown file shows its neighbour", () => {
  const three = ["a", "b", "c"].reduce((state, path) => opened(state, path, null), EMPTY);
  expect(closed(three, "c").active).toBe("b");
  expect(closed({ ...three, active: "b" }, "b").active).toBe("c");
  expect(closed(opened(EMPTY, "a", null), "a").active).toBeNull();
});

test("a renamed directory carries its open files along", () => {
  const state = opened(opened(EMPTY, "src/a.ts", null), "srcs.ts", null);
  expect(paths(renamed(state, "src", "lib"))).toEqual(["lib/a.ts", "srcs.ts"]);
});

test("a file that is moved over another open one takes its tab", () => {
  const both = opened(opened({ tabs: [], active: null, reveal: null }, "a", null), "b", null);
  expect(renamed(both, "a", "b")).toMatchObject({ tabs: [{ path: "b" }], active: "b" });
  expect(renamed(both, "c", "b").tabs).toHaveLength(2);
});
