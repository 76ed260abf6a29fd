import { git } from "../../api/git";
import type { GitStatus } from "../../api/types";
import { gitStore } from "../../live/git-store";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";

interface OperationBannerProps {
  workspaceId: string;
  operation: NonNullable<GitStatus["operation"]>;
  conflicts: number;
  readOnly: boolean;
}

const WORDS = {
  merge: "A merge",
  rebase: "A rebase",
  cherry_pick: "A cherry-pick",
  revert: "A revert",
} as const;

const FAILURES = {
  continue: "It cannot go on yet",
  skip: "The commit was not left out",
  abort: "It was not taken back",
} as const;

/** A merge or the like that waits for people: what is left to do, go on, take back. */
export function OperationBanner({ workspaceId, operation, conflicts, readOnly }: OperationBannerProps) {
  const store = gitStore(workspaceId);
  const { busy } = useStore(store);
  const act = (action: keyof typeof FAILURES) =>
    void store.run(FAILURES[action], () => git.operate(workspaceId, action));
  return (
    <div className="git-operation" role="status">
      <p>
        <strong>{WORDS[operation]} is under way.</strong>{" "}
        {conflicts === 0
          ? "Every conflict is resolved."
          : conflicts === 1
            ? "One file has a conflict: open it and decide."
            : `${conflicts} files have conflicts: open each and decide.`}
      </p>
      {!readOnly && (
        <div>
          <Button size="s" busy={busy} onClick={() => act("abort")}>
            Take it back
          </Button>
          {operation !== "merge" && (
            <Button size="s" busy={busy} onClick={() => act("skip")}>
              Leave out this commit
            </Button>
          )}
          <Button look="ink" size="s" busy={busy} disabled={conflicts > 0} onClick={() => act("continue")}>
            {operation === "rebase" ? "Go on" : "Finish"}
          </Button>
        </div>
      )}
    </div>
  );
}
