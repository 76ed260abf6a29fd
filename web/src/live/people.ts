/** The others in a workspace, and what each of them looks at. */
import type { Person } from "../api/types";
import type { WorkspaceView } from "./workspace-machine";

type Here = Pick<WorkspaceView, "people" | "self">;

/** Each other person once, by the page in which they look at something. */
export function othersOf({ people, self }: Here): Person[] {
  const own = people.find((it) => it.connection === self)?.principal;
  const pages = new Map<string, Person>();
  for (const it of people) {
    const who = it.principal ?? it.connection;
    if (it.connection === self || who === own) continue;
    const known = pages.get(who);
    if (known === undefined || (known.looking == null && it.looking != null)) pages.set(who, it);
  }
  return [...pages.values()];
}

/** Who looks at each file, each person once a file. */
export function lookersOf({ people, self }: Here): Map<string, Person[]> {
  const lookers = new Map<string, Person[]>();
  for (const it of people) {
    if (it.connection === self || it.looking == null) continue;
    const known = lookers.get(it.looking) ?? [];
    if (known.some((other) => other.principal != null && other.principal === it.principal)) continue;
    lookers.set(it.looking, [...known, it]);
  }
  return lookers;
}

export function nameOf(person: Person): string {
  return person.name ?? "Somebody";
}

/** As a face in a list. */
export const faceOf = (it: Person) => ({
  key: it.connection,
  principal: it.principal ?? null,
  name: nameOf(it),
});
