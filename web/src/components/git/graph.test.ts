import { expect, it } from "vitest";
import type { GitCommit } from "../../api/types";
import { graphOf } from "./graph";

const commit = (id: string, ...parents: string[]) => ({ id, parents }) as GitCommit;

it("gives a straight history one lane", () => {
  const rows = graphOf([commit("c", "b"), commit("b", "a"), commit("a")]);
  expect(rows.map((it) => [it.lane, it.lanes])).toEqual([
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
  expect(rows[0]?.strokes).toEqual([{ from: 0, to: 0, half: "bottom" }]);
  expect(rows[2]?.strokes).toEqual([{ from: 0, to: 0, half: "top" }]);
});

it("gives a merged branch a lane of its own until it joins", () => {
  const rows = graphOf([commit("m", "a2", "b1"), commit("b1", "a1"), commit("a2", "a1"), commit("a1")]);
  expect(rows.map((it) => it.lane)).toEqual([0, 1, 0, 0]);
  expect(rows[0]?.strokes).toContainEqual({ from: 0, to: 1, half: "bottom" });
  expect(rows[1]?.strokes).toContainEqual({ from: 0, to: 0, half: "whole" });
  // Both children end in their parent's dot.
  expect(rows[3]?.strokes.filter((it) => it.half === "top").length).toBeGreaterThan(0);
  expect(rows[3]?.lane).toBe(0);
});

it("shows two tips beside each other", () => {
  const rows = graphOf([commit("x", "a"), commit("y", "a"), commit("a")]);
  expect(rows.map((it) => it.lane)).toEqual([0, 1, 0]);
});
