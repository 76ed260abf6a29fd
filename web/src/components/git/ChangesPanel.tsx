import "./git.css";
import { GitBranchPlus, GitCommitHorizontal } from "lucide-react";
import { git } from "../../api/git";
import { editorStore } from "../../live/editor-store";
import { keyOfView } from "../../live/editor-views";
import { gitStore, groups } from "../../live/git-store";
import type { LayoutStore } from "../../live/layout-store";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { BranchBar } from "./BranchBar";
import { ChangeGroup } from "./ChangeGroup";
import { CommitBox } from "./CommitBox";
import { OperationBanner } from "./OperationBanner";
import { TaskBar } from "./TaskBar";

interface ChangesPanelProps {
  workspaceId: string;
  readOnly: boolean;
  layoutStore: LayoutStore;
}

/** What is not committed, and everything that is done about it. Fills its parent. */
export function ChangesPanel({ workspaceId, readOnly, layoutStore }: ChangesPanelProps) {
  const store = gitStore(workspaceId);
  const { status, error, busy } = useStore(store);
  const open = (key: string) => {
    editorStore(workspaceId).openFile(key);
    layoutStore.showEditor();
  };
  if (status === null) {
    return error === null ? (
      <div className="git" aria-busy="true" />
    ) : (
      <Explain title="Git cannot be asked" actions={<Button onClick={store.refresh}>Try again</Button>}>
        {error}
      </Explain>
    );
  }
  if (!status.repository) {
    return (
      <Explain
        icon={<GitBranchPlus />}
        title="No repository yet"
        actions={
          !readOnly && (
            <Button
              look="ink"
              busy={busy}
              onClick={() => void store.run("The repository was not made", () => git.init(workspaceId))}
            >
              Make this a Git repository
            </Button>
          )
        }
      >
        With one, every step of the work is kept, and can be compared, taken back and shared.
      </Explain>
    );
  }
  const { conflicts, staged, changes } = groups(status.entries);
  const shared = {
    workspaceId,
    readOnly,
    onOpen: (view: Parameters<typeof keyOfView>[0]) => open(keyOfView(view)),
  };
  return (
    <div className="git">
      <BranchBar {...shared} status={status} />
      {status.task !== null && status.task !== undefined && (
        <TaskBar workspaceId={workspaceId} task={status.task} readOnly={readOnly} />
      )}
      {status.operation && (
        <OperationBanner
          workspaceId={workspaceId}
          operation={status.operation}
          conflicts={conflicts.length}
          readOnly={readOnly}
        />
      )}
      {!readOnly && <CommitBox workspaceId={workspaceId} status={status} staged={staged.length} />}
      <div className="git-groups">
        <ChangeGroup {...shared} kind="conflicts" title="Conflicts" entries={conflicts} />
        <ChangeGroup {...shared} kind="staged" title="Staged" entries={staged} />
        <ChangeGroup {...shared} kind="changes" title="Changes" entries={changes} />
        {status.entries.length === 0 && (
          <p className="git-clean">
            <GitCommitHorizontal aria-hidden="true" />
            Everything is committed.
          </p>
        )}
        {status.truncated && <p className="git-note">There are more changes than are listed here.</p>}
      </div>
    </div>
  );
}
