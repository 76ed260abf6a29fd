import { expect, it } from "vitest";
import { afterKey } from "./use-line-keys";

const press = (key: string, active: number | null, chosen: number[] = [], shift = false, ctrl = false) => {
  const next = afterKey(key, { shift, ctrl }, [2, 3, 7], active, new Set(chosen));
  return next === null ? null : [next.active, ...next.chosen];
};

it("goes from one changed line to the next, and chooses", () => {
  expect(press("ArrowDown", null)).toEqual([2]);
  expect(press("ArrowDown", 3)).toEqual([7]);
  expect(press("ArrowDown", 7)).toBeNull();
  expect(press("ArrowUp", null)).toEqual([7]);
  expect(press("ArrowUp", 2)).toBeNull();
  expect(press(" ", 3)).toEqual([3, 3]);
  expect(press(" ", 3, [3, 7])).toEqual([3, 7]);
  expect(press("ArrowDown", 3, [2], true)).toEqual([7, 2, 3, 7]);
  expect(press("a", null, [], false, true)).toEqual([null, 2, 3, 7]);
  expect(press("Escape", 2, [2])).toEqual([2]);
  // What means nothing here is left to the page.
  expect(press("Escape", 2)).toBeNull();
  expect(press("a", 2)).toBeNull();
  expect(press(" ", null)).toBeNull();
});
