/** What the sides of a conflict are called, and what there is to decide. */
import type { GitConflict, GitStatus } from "../../api/types";

export interface SideNames {
  /** Above each side. */
  ours: string;
  theirs: string;
  /** On the buttons that take one of them for one place. */
  our: string;
  their: string;
  /** On the buttons that take one of them for the file. */
  allOurs: string;
  allTheirs: string;
}

/** In a rebase "ours" and "theirs" are the other way round for people, so they are called otherwise. */
export function namesOf(
  { our_name, their_name }: Pick<GitConflict, "our_name" | "their_name">,
  operation: GitStatus["operation"] | undefined,
): SideNames {
  if (operation === "rebase") {
    return {
      ours: `Already there: ${our_name}`,
      theirs: `The commit: ${their_name}`,
      our: "What is there",
      their: "The commit",
      allOurs: "All that is there",
      allTheirs: "All of the commit",
    };
  }
  return {
    ours: `Ours: ${our_name}`,
    theirs: `Theirs: ${their_name}`,
    our: "Ours",
    their: "Theirs",
    allOurs: "All ours",
    allTheirs: "All theirs",
  };
}

/** Whether a side does not have the file. */
export function lacks({ kind }: Pick<GitConflict, "kind">, side: "ours" | "theirs"): boolean {
  return side === "ours"
    ? kind === "deleted_by_us" || kind === "added_by_them" || kind === "both_deleted"
    : kind === "deleted_by_them" || kind === "added_by_us" || kind === "both_deleted";
}

/** What the button says that takes a side for the whole file. */
export function wholeChoice(
  conflict: Pick<GitConflict, "kind">,
  side: "ours" | "theirs",
  names: SideNames,
): string {
  if (lacks(conflict, side)) return "Delete it";
  if (lacks(conflict, side === "ours" ? "theirs" : "ours")) return "Keep it";
  return side === "ours" ? names.allOurs : names.allTheirs;
}

/** Whether the file is something that neither side has. */
export function isOther({
  current,
  ours,
  theirs,
}: Pick<GitConflict, "current" | "ours" | "theirs">): boolean {
  return current != null && current !== ours && current !== theirs;
}

/** What there is to decide where the file is taken as a whole. */
export function wholeWords(conflict: Pick<GitConflict, "kind" | "binary">): string {
  const [ours, theirs] = [lacks(conflict, "ours"), lacks(conflict, "theirs")];
  if (ours && theirs) return "Both sides moved or deleted this file.";
  if (ours || theirs) return "One side deleted this file, the other changed it: keep it, or delete it.";
  if (conflict.binary) return "This is no text, so one side is taken as a whole.";
  return "The file has no marks of Git any more: take it as it is, or one side as a whole.";
}
