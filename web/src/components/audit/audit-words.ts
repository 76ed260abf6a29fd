/** Rows of the audit log, in words. */
import type { AuditEntry, AuditQuery, AuditResult, Outcome, Verb } from "../../api/audit";
import { bytes, lasting } from "../ui/words";

/** Ids of people and workspaces, wherever they stand. */
const ID = /\b(?:usr|ws)_[0-9a-z]{26}\b/g;

export interface Names {
  people: Record<string, string>;
  workspaces: Record<string, string>;
}

/** A text with names in the place of ids that are known. */
export function withNames(text: string, names: Names): string {
  return text.replace(ID, (id) => names.people[id] ?? names.workspaces[id] ?? id);
}

/** Who did it. */
export function whoOf(entry: AuditEntry, names: Names): string {
  if (entry.principal !== null) return names.people[entry.principal] ?? entry.principal;
  return entry.request_id === null ? "Stead itself" : "Somebody who is not signed in";
}

/** What became of it, after who did it: “wrote a.txt”, “was not allowed to write a.txt”. */
export function deedOf(entry: AuditEntry, verb: Verb | undefined, names: Names): string {
  const tried = fill(verb?.tried ?? `${entry.verb}[ {object}]`, entry, names);
  switch (entry.outcome) {
    case "ok":
    case "forwarded":
      return fill(verb?.done ?? `${entry.verb}[ {object}]`, entry, names);
    case "begun":
      return `began to ${tried}`;
    case "denied":
      return `was not allowed to ${tried}`;
    case "refused":
      return `tried to ${tried}, which was refused`;
    case "failed":
      return `tried to ${tried}, which failed`;
    case "unknown":
      return `set out to ${tried}; how it ended is not known`;
  }
}

/** Puts the object and details in their places; what is in brackets goes when it lacks one. */
export function fill(pattern: string, entry: AuditEntry, names: Names): string {
  const value = (name: string): string | null => {
    const found: unknown =
      name === "object" ? entry.object : (entry.details as Record<string, unknown>)[name];
    if (found === null || found === undefined || found === "") return null;
    // The unit is the end of the name.
    if (typeof found === "number" && name.endsWith("_ms")) return lasting(found);
    if (typeof found === "number" && name.endsWith("_bytes")) return bytes(found);
    return withNames(textOf(found), names);
  };
  const replace = (text: string, missing: string) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => value(name) ?? missing);
  const optional = pattern.replace(/\[([^\]]*)\]/g, (_, part: string) => {
    const needed = [...part.matchAll(/\{(\w+)\}/g)].map((it) => it[1] ?? "");
    return needed.every((it) => value(it) !== null) ? replace(part, "") : "";
  });
  return replace(optional, "something");
}

/** A detail as text. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What an outcome means, in a sentence. */
export const OUTCOMES: Record<Outcome, { word: string; tone: "good" | "wait" | "bad"; meaning: string }> = {
  ok: { word: "Done", tone: "good", meaning: "It was done." },
  begun: { word: "Begun", tone: "wait", meaning: "It goes on; another row will say how it ended." },
  denied: {
    word: "Not allowed",
    tone: "bad",
    meaning: "The role or the rights were not enough. Nothing was changed.",
  },
  refused: {
    word: "Refused",
    tone: "wait",
    meaning: "It was allowed and could not be done as asked. Nothing was changed.",
  },
  failed: { word: "Failed", tone: "bad", meaning: "It broke on the way. What was changed is not known." },
  unknown: { word: "Unknown", tone: "bad", meaning: "Stead ended before it heard how this came out." },
  forwarded: {
    word: "Let through",
    tone: "good",
    meaning: "It was let through by a version that did not write down how it ended.",
  },
};

const AREAS: Record<Verb["area"], string> = {
  accounts: "Signing in and accounts",
  administration: "Administration",
  workspaces: "Workspaces",
  members: "Members",
  shares: "Shares",
  runtime: "Running",
  terminals: "Terminals",
  files: "Files",
  documents: "Documents",
  git: "Git",
  environment: "Environment",
  previews: "Previews",
  agents: "Agents",
  audit: "The audit log",
};

/** Every area with its verbs, as choices of a filter. */
export function verbGroups(verbs: readonly Verb[]) {
  const areas = [...new Set(verbs.map((it) => it.area))];
  return areas.map((area) => ({
    label: AREAS[area],
    options: [
      { value: area as string, label: `${AREAS[area]}: all` },
      ...verbs.filter((it) => it.area === area).map((it) => ({ value: it.name, label: plain(it.tried) })),
    ],
  }));
}

/** A pattern without its places: “Rename a file”. */
function plain(pattern: string): string {
  const text = pattern
    .replace(/\[[^\]]*\]/g, "")
    .replace(/\{\w+\}/g, "…")
    .trim();
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What stands in the address of the page. */
export interface AuditSearch {
  who?: string;
  verb?: string;
  workspace?: string;
  outcome?: string;
  text?: string;
  /** Days, as `2026-11-21`; both belong to it. */
  from?: string;
  until?: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The filters in an address; what is no filter is left out. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const text = (name: string, pattern: RegExp = /./) => {
    const value = search[name];
    const given = typeof value === "number" ? String(value) : value;
    return typeof given === "string" && pattern.test(given) ? { [name]: given.slice(0, 200) } : {};
  };
  return {
    ...text("who", /^usr_[0-9a-z]{26}$/),
    ...text("verb", /^[a-z_.]+$/),
    ...text("workspace", /^ws_[0-9a-z]{26}$/),
    ...text("outcome", /^[a-z,]+$/),
    ...text("text"),
    ...text("from", DAY),
    ...text("until", DAY),
  };
}

/** The question that the filters stand for. */
export function queryOf(search: AuditSearch): AuditQuery {
  const day = (text: string, more: number) => {
    const [year = 0, month = 1, date = 1] = text.split("-").map(Number);
    return new Date(year, month - 1, date + more).getTime();
  };
  return {
    ...(search.who === undefined ? {} : { person: search.who }),
    ...(search.verb === undefined ? {} : { verb: search.verb }),
    ...(search.workspace === undefined ? {} : { workspace: search.workspace }),
    ...(search.outcome === undefined ? {} : { outcome: search.outcome }),
    ...(search.text === undefined ? {} : { text: search.text }),
    ...(search.from === undefined ? {} : { from_ms: day(search.from, 0) }),
    ...(search.until === undefined ? {} : { until_ms: day(search.until, 1) }),
  };
}

/** What a walk over the chain showed, and what to do about it. */
export function resultWords(result: AuditResult): { title: string; text: string } {
  switch (result.kind) {
    case "running":
      return { title: "The chain is being checked", text: "" };
    case "whole":
      return { title: "The chain is whole", text: "Every row is where and what it was written as." };
    case "broken":
      return {
        title: `The chain breaks at row ${result.seq.toLocaleString("en")}`,
        text: "This row is missing, was changed, or follows one that was. Rows after it prove nothing about those before.",
      };
    case "cut":
      return {
        title: "Rows were cut off the end",
        text: `The log once had row ${result.expected.toLocaleString("en")} and ends before it now: rows were removed, or the database was put back from a backup.`,
      };
    case "rewritten":
      return {
        title: "The chain was written anew",
        text: `Up to row ${result.seq.toLocaleString("en")} the hashes are not those that Stead kept outside the database.`,
      };
    case "failed":
      return {
        title: "The check was not finished",
        text: "The database did not answer on the way. Try again.",
      };
  }
}
