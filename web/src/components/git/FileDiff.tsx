import type { ReactNode } from "react";
import type { GitFileDiff, GitHunk } from "../../api/types";
import { counted } from "../ui/words";
import { HunkView } from "./HunkView";
import type { LineChoice } from "./use-line-keys";

interface FileDiffProps {
  file: GitFileDiff;
  split: boolean;
  /** Buttons for one part. */
  hunkActions?: (hunk: GitHunk) => ReactNode;
  /** How lines of one part are chosen. */
  choiceOf?: (hunk: GitHunk) => LineChoice | undefined;
}

/** Everything that differs in one file. */
export function FileDiff({ file, split, hunkActions, choiceOf }: FileDiffProps) {
  if (file.binary) return <p className="diff-note">A binary file; there are no lines to compare.</p>;
  const lines = file.added + file.removed;
  if (file.hunks.length === 0 && lines > 0) {
    return <p className="diff-note">{counted(lines, "line")} differ: too many to be shown here.</p>;
  }
  if (file.hunks.length === 0) {
    return (
      <p className="diff-note">
        {file.change === "renamed"
          ? "Moved without a change."
          : "No line differs: an empty file, or another mode."}
      </p>
    );
  }
  return file.hunks.map((hunk) => (
    <HunkView
      key={hunk.id}
      hunk={hunk}
      split={split}
      actions={hunkActions?.(hunk)}
      choice={choiceOf?.(hunk)}
    />
  ));
}
