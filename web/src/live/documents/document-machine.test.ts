import { describe, expect, test } from "vitest";
import type { FromDocument } from "../../api/types";
import { type DocumentState, type Effect, type Input, opening, step } from "./document-machine";

const hello = (id: string): FromDocument => ({
  type: "hello",
  document_id: id,
  path: "a.txt",
  connection: 1,
  read_only: null,
  encoding: null,
  saving: "saved",
  conflicts: [],
});
const said = (message: FromDocument): Input => ({ kind: "said", message });
const closed = (code: number): Input => ({ kind: "closed", code, reason: "" });
const complete: Input = { kind: "complete" };

/** What follows from some inputs, and what the last of them asks for. */
function follow(...inputs: Input[]): [DocumentState, Effect | undefined] {
  let state = opening("a.txt");
  let effect: Effect | undefined;
  for (const input of inputs) [state, effect] = step(state, input);
  return [state, effect];
}

describe("a live document", () => {
  test("is there when its text is complete", () => {
    expect(follow(said(hello("d1")))[0].phase).toBe("opening");
    expect(follow(said(hello("d1")), complete)[0]).toMatchObject({ phase: "live", id: "d1" });
  });

  test("comes back after a lost connection, sooner at first", () => {
    const waits = [1, 2, 3, 8].map((times) => {
      const [state, effect] = follow(said(hello("d1")), complete, ...Array(times).fill(closed(4001)));
      expect(state.phase).toBe("away");
      return effect?.kind === "connect" ? effect.afterMs : null;
    });
    expect(waits).toEqual([0, 300, 1_000, 4_000]);
  });

  test("is begun anew when this replica is of another one, and says which it was of", () => {
    const [state, effect] = follow(said(hello("d1")), complete, closed(4409));
    expect(state).toMatchObject({ phase: "opening", id: null });
    expect(effect).toEqual({ kind: "anew", afterMs: 0, documentId: "d1" });
    expect(follow(said(hello("d1")), complete, closed(1006), said(hello("d2")))[1]).toEqual({
      kind: "anew",
      afterMs: 0,
      documentId: "d1",
    });
  });

  test("is written when its person asks, and says so until more is typed", () => {
    const live = [said(hello("d1")), complete];
    const pending: FromDocument = { type: "saving", saving: "pending" };
    const saved: FromDocument = { type: "saving", saving: "saved" };
    const [asked, effect] = follow(...live, { kind: "save" });
    expect([asked.writing, effect]).toEqual(["asked", { kind: "save" }]);
    const done = [...live, { kind: "save" } as const, said(pending), said(saved), said({ type: "written" })];
    expect(follow(...done)[0].writing).toBe("done");
    expect(follow(...done, said(pending))[0].writing).toBe(null);
    expect(follow(...live, { kind: "save" }, closed(1006))[0].writing).toBe(null);
    // Nobody could hear it.
    expect(follow(...live, closed(1006), { kind: "save" })[1]).toBeUndefined();
  });

  test("that was refused what was typed is begun anew", () => {
    const [, effect] = follow(said(hello("d1")), complete, said({ type: "refused", reason: "no" }));
    expect(effect?.kind).toBe("anew");
  });

  test("does not begin anew for ever", () => {
    const again = [said(hello("d1")), closed(4400)];
    expect(follow(...again, ...again, ...again, ...again)[0]).toMatchObject({
      phase: "ended",
      end: "failed",
    });
  });

  test("says why it ends", () => {
    const fresh = [4400, 4401, 4403, 4404, 4410, 4413, 4415, 4429].map((it) => follow(closed(it))[0].end);
    expect(fresh).toEqual([
      "failed",
      "signed_out",
      "forbidden",
      "missing",
      "deleted",
      "too_large",
      "not_text",
      "too_many",
    ]);
    expect(follow(said(hello("d1")), complete, closed(4404))[0].end).toBe("deleted");
    // What comes after an end changes nothing.
    expect(follow(closed(4404), closed(1006))).toEqual([follow(closed(4404))[0], undefined]);
  });

  test("keeps its conflicts until they are settled", () => {
    const conflict = {
      id: 7,
      at_ms: 1,
      author: { kind: "process" as const, name: null, operator: null, principal: null },
      base: "",
      document: "mine",
      disk: "theirs",
      line: 1,
      from: {},
      to: {},
    };
    const came = said({ type: "conflict", conflict });
    expect(follow(came, came)[0].conflicts).toEqual([conflict]);
    expect(follow(came, said({ type: "conflict_resolved", id: 7 }))[0].conflicts).toEqual([]);
  });
});
