import { expect, test } from "vitest";
import type { Person } from "../../api/types";
import { othersOf } from "./WhoIsHere";

const person = (connection: string, principal: string): Person => ({
  connection,
  principal,
  name: principal,
  role: "editor",
  operator: "browser",
  looking: null,
  joined_at_ms: 1,
});

test("each other person is shown once, and oneself never", () => {
  const people = [person("c1", "ada"), person("c2", "grace"), person("c3", "ada"), person("c4", "grace")];
  expect(othersOf({ people, self: "c1" }).map((it) => it.connection)).toEqual(["c2"]);
  expect(othersOf({ people: [], self: null })).toEqual([]);
});
