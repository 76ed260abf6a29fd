import { expect, test } from "vitest";
import type { Person } from "../api/types";
import { lookersOf, othersOf } from "./people";

const person = (connection: string, principal: string, looking: string | null = null): Person => ({
  connection,
  principal,
  name: principal,
  role: "editor",
  operator: "browser",
  looking,
  joined_at_ms: 1,
});

test("each other person is shown once, and oneself never", () => {
  const people = [person("c1", "ada"), person("c2", "grace"), person("c3", "ada"), person("c4", "grace")];
  expect(othersOf({ people, self: "c1" }).map((it) => it.connection)).toEqual(["c2"]);
  expect(othersOf({ people: [], self: null })).toEqual([]);
});

test("a person with two pages is met in the one that shows a file", () => {
  const people = [person("c1", "ada"), person("c2", "grace"), person("c3", "grace", "a.txt")];
  expect(othersOf({ people, self: "c1" }).map((it) => it.connection)).toEqual(["c3"]);
});

// covers: S0.32
test("a file shows everybody who looks at it once, one's own other page too", () => {
  const people = [
    person("c1", "ada", "a.txt"),
    person("c2", "grace", "a.txt"),
    person("c3", "grace", "a.txt"),
    person("c4", "ada", "b.txt"),
  ];
  const lookers = lookersOf({ people, self: "c1" });
  expect([...lookers].map(([path, list]) => [path, list.map((it) => it.connection)])).toEqual([
    ["a.txt", ["c2"]],
    ["b.txt", ["c4"]],
  ]);
});
