import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { cancelSetUp } from "../../api/kernel";
import type { RuntimeState, Workspace } from "../../api/types";
import { notifyFailure } from "../../live/notices";
import { CredentialWords } from "../environment/CredentialWords";
import { Page } from "../shell/Page";
import { Button } from "../ui/Button";
import { House } from "../ui/House";
import { sourceName } from "../ui/words";
import type { DialogName } from "./Dialogs";
import { SetupFailed } from "./SetupFailed";
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
  const cancel = useMutation({
    mutationFn: () => cancelSetUp(workspace.id),
    onError: (error) => notifyFailure("It was not cancelled", error),
  });
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
          <CredentialWords text={message ?? (failed ? "No reason was given." : "Starting…")} />
        </p>
        {failed ? (
          <SetupFailed workspace={workspace} message={message ?? ""} onDialog={onDialog} />
        ) : (
          <>
            {workspace.source === "git" && workspace.role === "owner" && (
              <Button size="s" busy={cancel.isPending} onClick={() => cancel.mutate()}>
                Cancel
              </Button>
            )}
            <Link to="/">It goes on without this page: all workspaces</Link>
          </>
        )}
      </section>
    </Page>
  );
}
