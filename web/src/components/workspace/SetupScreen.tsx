import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCw, Trash2 } from "lucide-react";
import { setUp } from "../../api/kernel";
import type { RuntimeState, Source, Workspace } from "../../api/types";
import { notifyFailure } from "../../live/notices";
import { workspaceStore } from "../../live/workspace-store";
import { Page } from "../shell/Page";
import { Button } from "../ui/Button";
import { House } from "../ui/House";
import { sourceName } from "../ui/words";
import type { DialogName } from "./Dialogs";
import styles from "./SetupScreen.module.css";

interface SetupScreenProps {
  workspace: Workspace;
  runtime: RuntimeState;
  onDialog: (name: DialogName) => void;
}

/** The workspace is being filled for the first time, or that went wrong. */
export function SetupScreen({ workspace, runtime, onDialog }: SetupScreenProps) {
  const { status, message, percent } = runtime.setup;
  const failed = status === "failed";
  return (
    <Page>
      <section className={styles["setup"]}>
        <House size={44} light={failed ? "alarm" : "waiting"} />
        <h1>{failed ? `${workspace.name} could not be set up` : `Setting up ${workspace.name}`}</h1>
        <p className={styles["from"]}>{sourceName(workspace.source)}</p>
        {!failed && (
          <div
            className={styles["progress"]}
            role="progressbar"
            aria-label="Setup"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent ?? undefined}
            data-unknown={percent === null || undefined}
          >
            <div style={{ inlineSize: `${percent ?? 30}%` }} />
          </div>
        )}
        <p className={styles["message"]} role="status" data-failed={failed || undefined}>
          {message ?? (failed ? "No reason was given." : "Starting…")}
        </p>
        {failed ? (
          <Failed workspace={workspace} onDialog={onDialog} />
        ) : (
          <Link to="/">It goes on without this page: all workspaces</Link>
        )}
      </section>
    </Page>
  );
}

function Failed({ workspace, onDialog }: Pick<SetupScreenProps, "workspace" | "onDialog">) {
  // A repository's address is not part of the list; only what is known can be tried again.
  const source: Source =
    workspace.source === "empty" ? { kind: "empty" } : { kind: "template", id: workspace.source };
  const retry = useMutation({
    mutationFn: () => setUp(workspace.id, source),
    onSuccess: (state) => workspaceStore(workspace.id).answer(state),
    onError: (error) => notifyFailure("The setup did not start again", error),
  });
  const empty = useMutation({
    mutationFn: () => setUp(workspace.id, { kind: "empty" }),
    onSuccess: (state) => workspaceStore(workspace.id).answer(state),
    onError: (error) => notifyFailure("The workspace could not be opened", error),
  });
  return (
    <div className={styles["actions"]}>
      {workspace.role === "owner" && (
        <Button icon={<Trash2 />} onClick={() => onDialog("delete")}>
          Delete
        </Button>
      )}
      <Button busy={empty.isPending} onClick={() => empty.mutate()}>
        Open it empty
      </Button>
      {workspace.source !== "git" && (
        <Button look="ink" icon={<RotateCw />} busy={retry.isPending} onClick={() => retry.mutate()}>
          Try again
        </Button>
      )}
    </div>
  );
}
