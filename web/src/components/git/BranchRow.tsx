import { GitMerge, PencilLine, Trash2 } from "lucide-react";
import { useState } from "react";
import type { GitBranch } from "../../api/types";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { IconButton } from "../ui/IconButton";
import { ago } from "../ui/words";

interface BranchRowProps {
  branch: GitBranch;
  /** What it would be merged into. */
  into: string;
  now: number;
  busy: boolean;
  onSwitch: () => void;
  onMerge: () => void;
  /** True when it has the new name. */
  onRename: (to: string) => Promise<boolean>;
  onDelete: () => void;
}

/** One branch, and what can be done with it. */
export function BranchRow({
  branch,
  into,
  now,
  busy,
  onSwitch,
  onMerge,
  onRename,
  onDelete,
}: BranchRowProps) {
  const [name, setName] = useState<string | null>(null);
  if (name !== null) {
    const rename = async () => {
      if (name.trim() === branch.name || (await onRename(name.trim()))) setName(null);
    };
    return (
      <li>
        <form
          className="git-rename"
          onSubmit={(event) => {
            event.preventDefault();
            void rename();
          }}
        >
          <Field
            label={`New name of ${branch.name}`}
            autoFocus
            mono
            value={name}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              // Only the name is given up, not the dialog.
              if (event.key !== "Escape") return;
              event.stopPropagation();
              setName(null);
            }}
          />
          <Button type="submit" look="ink" busy={busy} disabled={name.trim() === ""}>
            Rename
          </Button>
        </form>
      </li>
    );
  }
  return (
    <li data-current={branch.current || undefined}>
      <button type="button" disabled={branch.current || busy} onClick={onSwitch}>
        <span className="git-branch-name">
          {branch.name}
          {branch.current && <em>here</em>}
          {branch.remote && <em>remote</em>}
        </span>
        <span className="git-branch-subject">
          {branch.subject} · {ago(branch.time_ms, now)}
        </span>
      </button>
      {!branch.current && (
        <IconButton
          label={`Merge ${branch.name} into ${into}`}
          icon={<GitMerge />}
          disabled={busy}
          onClick={onMerge}
        />
      )}
      {!branch.remote && (
        <IconButton
          label={`Rename ${branch.name}`}
          icon={<PencilLine />}
          disabled={busy}
          onClick={() => setName(branch.name)}
        />
      )}
      {!branch.current && !branch.remote && (
        <IconButton label={`Delete ${branch.name}`} icon={<Trash2 />} disabled={busy} onClick={onDelete} />
      )}
    </li>
  );
}
