/** What variables are, in words. */
import type { Owner, Use, Variable } from "../../api/environment";
import type { RuntimeState } from "../../api/types";

/** Processes that a variable may be given to, in the server's order. */
export const USES: readonly { value: Use; label: string; word: string }[] = [
  { value: "terminals", label: "Terminals", word: "terminals" },
  { value: "dev_server", label: "The dev server", word: "the dev server" },
  { value: "agents", label: "Agents", word: "agents" },
  { value: "setup", label: "Setup and Git", word: "setup and Git" },
];

/** A person's own variables are never given to what everybody shares. */
const PERSONAL: readonly Use[] = ["terminals", "agents"];

/** What the variables of an owner can be given to. */
export function usesOf(owner: Owner): typeof USES {
  return owner === null ? USES.filter((it) => PERSONAL.includes(it.value)) : USES;
}

/** “terminals and agents”, “everything that starts here”. */
export function usesText(owner: Owner, uses: readonly Use[]): string {
  const all = usesOf(owner);
  const chosen = all.filter((it) => uses.includes(it.value)).map((it) => it.word);
  if (chosen.length === all.length) return owner === null ? list(chosen) : "everything that starts here";
  return chosen.length === 0 ? "nothing" : list(chosen);
}

/** “a, b and c”. */
export function list(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** What is wrong with a name, as far as a page can tell; the server knows the reserved ones. */
export function nameTrouble(name: string): string | undefined {
  if (name === "") return undefined;
  if (/^[0-9]/.test(name)) return "A name does not start with a digit.";
  const odd = /[^A-Za-z0-9_]/.exec(name)?.[0];
  if (odd !== undefined) {
    return odd === " "
      ? "A name has no spaces; use _ instead."
      : `“${odd}” cannot be in a name; letters A to Z, digits and _ can.`;
  }
  return name.length > 128 ? "A name is at most 128 long." : undefined;
}

/** Whether a person's own variable takes the place of the workspace's somewhere. */
export function isOverruled(variable: Variable, own: readonly Variable[]): boolean {
  const mine = own.find((it) => it.name === variable.name);
  return mine !== undefined && PERSONAL.some((it) => variable.uses.includes(it) && mine.uses.includes(it));
}

/** What runs with what was in force before the last change. */
export interface Behind {
  devServer: boolean;
  terminals: string[];
}

export function behind(runtime: RuntimeState, changedAtMs: number): Behind {
  const { dev_server, terminals } = runtime;
  const runs = dev_server.status === "starting" || dev_server.status === "ready";
  return {
    devServer: runs && dev_server.started_at_ms !== null && dev_server.started_at_ms < changedAtMs,
    terminals: terminals
      .filter((it) => it.kind !== "dev_server" && it.created_at_ms < changedAtMs)
      .map((it) => it.name),
  };
}
