import { describe, expect, it } from "vitest";
import type { AuditEntry, Verb } from "../../api/audit";
import { auditSearch, deedOf, fill, queryOf, verbGroups, whoOf } from "./audit-words";

const ADA = `usr_${"0".repeat(25)}1`;
const NAMES = { people: { [ADA]: "Ada" }, workspaces: {} };
const VERB: Verb = {
  name: "file.rename",
  area: "files",
  done: "renamed {object}[ to {to}]",
  tried: "rename {object}[ to {to}]",
};

function entry(more: Partial<Record<keyof AuditEntry, unknown>>): AuditEntry {
  return {
    principal: ADA,
    object: "a",
    outcome: "ok",
    details: {},
    verb: "file.rename",
    ...more,
  } as AuditEntry;
}

describe("sentences of the audit log", () => {
  it("fill in what is known and leave out what is not", () => {
    expect(deedOf(entry({ details: { to: "b" } }), VERB, NAMES)).toBe("renamed a to b");
    expect(deedOf(entry({}), VERB, NAMES)).toBe("renamed a");
    expect(deedOf(entry({ outcome: "denied" }), VERB, NAMES)).toBe("was not allowed to rename a");
    expect(deedOf(entry({ outcome: "failed", object: null }), VERB, NAMES)).toBe(
      "tried to rename something, which failed",
    );
    expect(deedOf(entry({ verb: "later.verb" }), undefined, NAMES)).toBe("later.verb a");
  });

  it("call people by their names, and nobody by a wrong one", () => {
    expect(fill("removed {object}", entry({ object: `${ADA} viewer` }), NAMES)).toBe("removed Ada viewer");
    const left = entry({ object: "main", details: { duration_ms: 8_365, typed_bytes: 0 } });
    expect(fill("left {object}[ after {duration_ms}][, having typed {typed_bytes}]", left, NAMES)).toBe(
      "left main after 8 seconds, having typed 0 B",
    );
    expect(whoOf(entry({}), NAMES)).toBe("Ada");
    expect(whoOf(entry({ principal: null, request_id: "1" }), NAMES)).toBe("Somebody who is not signed in");
    expect(whoOf(entry({ principal: null, request_id: null }), NAMES)).toBe("Stead itself");
  });

  it("offer areas and their verbs", () => {
    expect(verbGroups([VERB])).toEqual([
      {
        label: "Files",
        options: [
          { value: "files", label: "Files: all" },
          { value: "file.rename", label: "Rename …" },
        ],
      },
    ]);
  });
});

describe("filters in the address", () => {
  it("are those that make sense", () => {
    expect(
      auditSearch({ who: ADA, verb: "files", text: 42, from: "2026-11-21", until: "tomorrow", x: 1 }),
    ).toEqual({
      who: ADA,
      verb: "files",
      text: "42",
      from: "2026-11-21",
    });
  });

  it("become a question in which the last day counts whole", () => {
    const query = queryOf({ from: "2026-11-21", until: "2026-11-21", text: "a" });
    expect((query.until_ms ?? 0) - (query.from_ms ?? 0)).toBe(86_400_000);
    expect(query.text).toBe("a");
  });
});
