import type { ReactNode } from "react";
import type { GitFileDiff, GitHunk } from "../../api/types";
import { HunkView } from "./HunkView";

interface FileDiffProps {
  file: GitFileDiff;
  split: boolean;
  /** Buttons for one part. */
  hunkActions?: (hunk: GitHunk) => ReactNode;
}

/** Everything that differs in one file. */
export function FileDiff({ file, split, hunkActions }: FileDiffProps) {
  if (file.binary) return <p className="diff-note">A binary file; there are no lines to compare.</p>;
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
    <HunkView key={hunk.id} hunk={hunk} split={split} actions={hunkActions?.(hunk)} />
  ));
}
