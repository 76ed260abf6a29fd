import { ArrowDown, ArrowUp, Ellipsis, GitBranch, RefreshCw } from "lucide-react";
import { useState } from "react";
import { git } from "../../api/git";
import type { GitStatus, GitTaskKind } from "../../api/types";
import type { EditorView } from "../../live/editor-views";
import { gitStore } from "../../live/git-store";
import { notifyFailure } from "../../live/notices";
import { useStore } from "../../live/use-store";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import { BranchDialog } from "./BranchDialog";
import { RemoteDialog } from "./RemoteDialog";
import { StashDialog } from "./StashDialog";

interface BranchBarProps {
  workspaceId: string;
  status: GitStatus;
  readOnly: boolean;
  onOpen: (view: EditorView) => void;
}

/** Where the work is: the branch, how far it is from the remote, and the way to others. */
export function BranchBar({ workspaceId, status, readOnly, onOpen }: BranchBarProps) {
  const store = gitStore(workspaceId);
  const [dialog, setDialog] = useState<"branches" | "stashes" | "remote" | null>(null);
  const { busy } = useStore(store);
  // What is begun now would be in the way of what is under way.
  const running = busy || status.task?.status === "running";
  const hasRemote = status.remotes.length > 0;
  const { ahead = 0, behind = 0 } = status.upstream ?? {};
  const name = status.branch ?? status.head?.slice(0, 8) ?? "no commit yet";
  const start = (kind: GitTaskKind, more: { rebase?: boolean; force?: boolean } = {}) => {
    if (!hasRemote) return setDialog("remote");
    git
      .startTask(workspaceId, { kind, ...more })
      .then(store.refresh)
      .catch((error) => notifyFailure(`The ${kind} did not begin`, error));
  };
  return (
    <div className="git-bar" role="toolbar" aria-label="Repository">
      <button
        type="button"
        className="git-branch"
        disabled={readOnly}
        title={`${status.upstream ? `follows ${status.upstream.name}` : "follows no remote branch"}${readOnly ? "; editors switch branches" : ""}`}
        onClick={() => setDialog("branches")}
      >
        <GitBranch aria-hidden="true" />
        <span>{name}</span>
        {status.branch === null && status.head !== null && <em>detached</em>}
      </button>
      {!readOnly && (
        <>
          <IconButton
            label={behind ? `Pull ${behind} ${behind === 1 ? "commit" : "commits"}` : "Pull"}
            icon={<Counted icon={<ArrowDown />} count={behind ?? 0} />}
            disabled={running}
            onClick={() => start("pull")}
          />
          <IconButton
            label={ahead ? `Push ${ahead} ${ahead === 1 ? "commit" : "commits"}` : "Push"}
            icon={<Counted icon={<ArrowUp />} count={ahead ?? 0} />}
            disabled={running}
            onClick={() => start("push")}
          />
        </>
      )}
      <Menu
        trigger={
          <button type="button" className="git-more" aria-label="More about the repository">
            <Ellipsis />
          </button>
        }
      >
        <MenuItem onSelect={() => onOpen({ kind: "history" })}>History</MenuItem>
        {!readOnly && (
          <>
            <MenuItem
              onSelect={() => setDialog("stashes")}
              hint={status.stashes > 0 ? status.stashes : undefined}
            >
              Changes put aside…
            </MenuItem>
            <MenuLine />
            <MenuItem icon={<RefreshCw />} disabled={running} onSelect={() => start("fetch")}>
              Fetch
            </MenuItem>
            <MenuItem disabled={running} onSelect={() => start("pull", { rebase: true })}>
              Pull, own commits on top
            </MenuItem>
            <MenuItem danger disabled={running} onSelect={() => start("push", { force: true })}>
              Push, replacing what is there
            </MenuItem>
            <MenuLine />
            <MenuItem onSelect={() => setDialog("remote")}>Remote…</MenuItem>
          </>
        )}
      </Menu>
      {dialog === "branches" && (
        <BranchDialog workspaceId={workspaceId} status={status} onClose={() => setDialog(null)} />
      )}
      {dialog === "stashes" && (
        <StashDialog workspaceId={workspaceId} status={status} onClose={() => setDialog(null)} />
      )}
      {dialog === "remote" && (
        <RemoteDialog workspaceId={workspaceId} status={status} onClose={() => setDialog(null)} />
      )}
    </div>
  );
}

function Counted({ icon, count }: { icon: React.ReactNode; count: number }) {
  return (
    <span className="git-counted">
      {icon}
      {count > 0 && <span>{count}</span>}
    </span>
  );
}
