import { X } from "lucide-react";
import { useState } from "react";
import { git } from "../../api/git";
import type { GitTask } from "../../api/types";
import { gitStore } from "../../live/git-store";
import { notifyFailure } from "../../live/notices";
import { CredentialWords } from "../environment/CredentialWords";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";

const WORDS = { fetch: "Fetch", pull: "Pull", push: "Push" } as const;

interface TaskBarProps {
  workspaceId: string;
  task: GitTask;
  readOnly: boolean;
}

/** The fetch, pull or push that runs, or how the last one ended. */
export function TaskBar({ workspaceId, task, readOnly }: TaskBarProps) {
  const [hidden, setHidden] = useState(0);
  if (hidden === task.id && task.status !== "running") return null;
  const running = task.status === "running";
  const cancel = () =>
    git.cancelTask(workspaceId, task.id).catch((error) => notifyFailure("It was not cancelled", error));
  const again = (kind: GitTask["kind"]) =>
    git
      .startTask(workspaceId, { kind })
      .then(gitStore(workspaceId).refresh)
      .catch((error) => notifyFailure(`The ${kind} did not begin`, error));
  const isRejected = task.reason === "rejected";
  return (
    <div className="git-task" data-state={task.status} role={task.status === "failed" ? "alert" : "status"}>
      <div className="git-task-head">
        <strong>
          {WORDS[task.kind]} {running ? "" : task.status}
        </strong>
        {running && task.percent !== null && task.percent !== undefined && <span>{task.percent}%</span>}
        {(!running || !readOnly) && (
          <IconButton
            label={running ? `Cancel the ${task.kind}` : "Hide"}
            icon={<X />}
            onClick={() => (running ? void cancel() : setHidden(task.id))}
          />
        )}
      </div>
      {running && (
        <progress
          max={100}
          {...(task.percent == null ? {} : { value: task.percent })}
          aria-label={WORDS[task.kind]}
        />
      )}
      {task.status !== "succeeded" && (
        <p>
          <CredentialWords text={task.message} />
        </p>
      )}
      {task.status === "failed" && !readOnly && (
        <div className="git-task-next">
          {isRejected && (
            <Button size="s" look="ink" onClick={() => void again("pull")}>
              Pull now
            </Button>
          )}
          {!isRejected && (
            <Button size="s" onClick={() => void again(task.kind)}>
              Try again
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
