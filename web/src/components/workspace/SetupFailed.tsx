import { useMutation } from "@tanstack/react-query";
import { RotateCw, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { messageOf } from "../../api/client";
import { setUp } from "../../api/kernel";
import type { Source, Workspace } from "../../api/types";
import { workspaceStore } from "../../live/workspace-store";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import type { DialogName } from "./Dialogs";
import styles from "./SetupScreen.module.css";

interface SetupFailedProps {
  workspace: Workspace;
  /** What went wrong, in the kernel's words. */
  message: string;
  onDialog: (name: DialogName) => void;
}

/** The address that a failure is about, if it names one. */
function addressIn(message: string): string {
  return /https?:\/\/[^\s'"`]+[^\s'"`/.:,]/.exec(message)?.[0] ?? "";
}

/** What can be done about a setup that failed: again, perhaps from elsewhere; without; not at all. */
export function SetupFailed({ workspace, message, onDialog }: SetupFailedProps) {
  const git = workspace.source === "git";
  const [url, setUrl] = useState(addressIn(message));
  const again = useMutation({
    mutationFn: (source: Source) => setUp(workspace.id, source),
    onSuccess: (state) => workspaceStore(workspace.id).answer(state),
  });
  const retry = (event: FormEvent) => {
    event.preventDefault();
    again.mutate(
      git ? { kind: "git", url: url.trim(), branch: null } : { kind: "template", id: workspace.source },
    );
  };
  if (workspace.role !== "owner") return <p>Its owner can try again or delete it.</p>;
  return (
    <form className={styles["failed"]} onSubmit={retry}>
      {git && (
        <Field
          label="Repository"
          mono
          type="url"
          value={url}
          required
          onChange={(event) => setUrl(event.target.value)}
        />
      )}
      {again.isError && <FormError>{messageOf(again.error)}</FormError>}
      <div className={styles["actions"]}>
        <Button icon={<Trash2 />} onClick={() => onDialog("delete")}>
          Delete
        </Button>
        <Button disabled={again.isPending} onClick={() => again.mutate({ kind: "empty" })}>
          Open it empty
        </Button>
        <Button look="ink" type="submit" icon={<RotateCw />} busy={again.isPending}>
          Try again
        </Button>
      </div>
    </form>
  );
}
