/** The complaints of builds and of language servers as one list. */
import type { BuildError } from "../../api/types";
import type { Problem } from "../../live/language/languages";

/** Shown at once; whoever has more has one cause. */
const SHOWN_MAX = 500;

export interface Complaint {
  file: string;
  line: number;
  column: number;
  message: string;
  isError: boolean;
  source: string;
}

/** Errors before warnings, builds before language servers; a complaint that both have is shown once. */
export function complaintsOf(errors: readonly BuildError[], found: readonly Problem[]): Complaint[] {
  const ofBuild = errors.map(
    ({ file, line, column, message }): Complaint => ({
      file,
      line,
      column,
      message,
      isError: true,
      source: "",
    }),
  );
  const isKnown = (it: Problem) =>
    ofBuild.some(
      (known) => known.file === it.path && known.line === it.line && known.message.includes(it.message),
    );
  const ofServers = found
    .filter((it) => !isKnown(it))
    .map(({ path, ...rest }): Complaint => ({ file: path, ...rest }));
  const worst = [...ofBuild, ...ofServers].toSorted((a, b) => Number(b.isError) - Number(a.isError));
  return worst.slice(0, SHOWN_MAX);
}

/** How many of them are errors. */
export function errorCount(errors: readonly BuildError[], found: readonly Problem[]): number {
  return complaintsOf(errors, found).filter((it) => it.isError).length;
}
