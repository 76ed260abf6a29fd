import { X } from "lucide-react";
import { useState } from "react";
import { git } from "../../api/git";
import type { GitTask } from "../../api/types";
import { notifyFailure } from "../../live/notices";
import { CredentialWords } from "../environment/CredentialWords";
import { IconButton } from "../ui/IconButton";

const WORDS = { fetch: "Fetch", pull: "Pull", push: "Push" } as const;

/** The fetch, pull or push that runs, or how the last one ended. */
export function TaskBar({ workspaceId, task }: { workspaceId: string; task: GitTask }) {
  const [hidden, setHidden] = useState(0);
  if (hidden === task.id && task.status !== "running") return null;
  const running = task.status === "running";
  const cancel = () =>
    git.cancelTask(workspaceId, task.id).catch((error) => notifyFailure("It was not cancelled", error));
  return (
    <div className="git-task" data-state={task.status} role={task.status === "failed" ? "alert" : "status"}>
      <div className="git-task-head">
        <strong>
          {WORDS[task.kind]} {running ? "" : task.status}
        </strong>
        {running && task.percent !== null && task.percent !== undefined && <span>{task.percent}%</span>}
        <IconButton
          label={running ? "Cancel" : "Hide"}
          icon={<X />}
          onClick={() => (running ? void cancel() : setHidden(task.id))}
        />
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
    </div>
  );
}
