import type { GitConflict } from "../../api/types";
import { lacks, type SideNames } from "./conflict-words";

interface ConflictWholeProps {
  conflict: GitConflict;
  names: SideNames;
}

/** Both sides of a file that cannot be decided place by place. */
export function ConflictWhole({ conflict, names }: ConflictWholeProps) {
  return (
    <div className="conflict-part">
      <div className="conflict-sides">
        <Side name={names.ours} conflict={conflict} side="ours" />
        <Side name={names.theirs} conflict={conflict} side="theirs" />
      </div>
    </div>
  );
}

function Side({ name, conflict, side }: { name: string; conflict: GitConflict; side: "ours" | "theirs" }) {
  const text = conflict[side];
  return (
    <section className="conflict-side" aria-label={name} data-short={text == null || undefined}>
      <h4>{name}</h4>
      {lacks(conflict, side) ? (
        <p className="diff-note">The file is deleted here.</p>
      ) : text == null ? (
        <p className="diff-note">A file that is no text.</p>
      ) : (
        <pre>{text === "" ? <em>empty</em> : text}</pre>
      )}
    </section>
  );
}
