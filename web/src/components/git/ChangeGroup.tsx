import { Minus, Plus, Undo2 } from "lucide-react";
import { git } from "../../api/git";
import type { GitEntry } from "../../api/types";
import type { EditorView } from "../../live/editor-views";
import { gitStore, letterOf } from "../../live/git-store";
import { IconButton } from "../ui/IconButton";

export type GroupKind = "conflicts" | "staged" | "changes";

interface ChangeGroupProps {
  workspaceId: string;
  kind: GroupKind;
  title: string;
  entries: readonly GitEntry[];
  readOnly: boolean;
  onOpen: (view: EditorView) => void;
}

/** Files that are shown at most; more are counted. */
const SHOWN_MAX = 300;

/** One group of changed files, with what can be done to all and to each. */
export function ChangeGroup({ workspaceId, kind, title, entries, readOnly, onOpen }: ChangeGroupProps) {
  if (entries.length === 0) return null;
  const all = entries.map((it) => it.path);
  return (
    <section className="git-group" aria-label={title}>
      <h3>
        {title} <span className="git-count">{entries.length}</span>
        {!readOnly && (
          <span className="git-actions" data-always>
            <Actions workspaceId={workspaceId} kind={kind} paths={all} what="all" />
          </span>
        )}
      </h3>
      <ul>
        {entries.slice(0, SHOWN_MAX).map((entry) => (
          <li key={entry.path} className="git-entry" data-kind={markOf(kind, entry)}>
            <button
              type="button"
              className="git-open"
              title={entry.original_path ? `${entry.original_path} → ${entry.path}` : entry.path}
              onClick={() => onOpen(viewOf(kind, entry.path))}
            >
              <span className="git-name">{entry.path.slice(entry.path.lastIndexOf("/") + 1)}</span>
              <span className="git-folder">
                {entry.path.slice(0, Math.max(entry.path.lastIndexOf("/"), 0))}
              </span>
            </button>
            {!readOnly && (
              <span className="git-actions">
                <Actions workspaceId={workspaceId} kind={kind} paths={[entry.path]} what={entry.path} />
              </span>
            )}
            <span className="git-letter" title={wordOf(kind, entry)}>
              {kind === "conflicts" ? "!" : letterOf(kind === "staged" ? entry.staged : entry.unstaged)}
            </span>
          </li>
        ))}
      </ul>
      {entries.length > SHOWN_MAX && <p className="git-note">and {entries.length - SHOWN_MAX} more</p>}
    </section>
  );
}

function viewOf(kind: GroupKind, path: string): EditorView {
  return kind === "conflicts"
    ? { kind: "conflict", path }
    : { kind: "diff", staged: kind === "staged", path };
}

function markOf(kind: GroupKind, entry: GitEntry): string {
  return kind === "conflicts" ? "conflict" : kind === "staged" ? entry.staged : entry.unstaged;
}

function wordOf(kind: GroupKind, entry: GitEntry): string {
  if (kind === "conflicts") return (entry.conflict ?? "").replaceAll("_", " ");
  return (kind === "staged" ? entry.staged : entry.unstaged).replaceAll("_", " ");
}

interface ActionsProps {
  workspaceId: string;
  kind: GroupKind;
  paths: string[];
  /** What the buttons name: a path, or `all`. */
  what: string;
}

function Actions({ workspaceId, kind, paths, what }: ActionsProps) {
  const store = gitStore(workspaceId);
  if (kind === "staged") {
    const unstage = () => void store.run("It is still staged", () => git.unstage(workspaceId, paths));
    return <IconButton label={`Unstage ${what}`} icon={<Minus />} onClick={unstage} />;
  }
  const [path] = paths;
  const stage = () =>
    kind === "conflicts" && path !== undefined
      ? void store.resolve(path, undefined, async () => undefined)
      : void store.run("It was not staged", () => git.stage(workspaceId, paths));
  const count = paths.length === 1 ? "the changes of one file" : `the changes of ${paths.length} files`;
  const discard = () => void store.discard(`Discarded ${count}`, () => git.discard(workspaceId, paths));
  return (
    <>
      {kind === "changes" && <IconButton label={`Discard ${what}`} icon={<Undo2 />} onClick={discard} />}
      {(kind === "changes" || what !== "all") && (
        <IconButton
          label={kind === "conflicts" ? `Mark ${what} as resolved` : `Stage ${what}`}
          icon={<Plus />}
          onClick={stage}
        />
      )}
    </>
  );
}
