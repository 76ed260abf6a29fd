import { Link } from "@tanstack/react-router";
import { Link2 } from "lucide-react";
import { messageOf } from "../../api/client";
import type { Workspace } from "../../api/types";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { LinkBox } from "./LinkBox";
import styles from "./Shares.module.css";
import { useChangeShares, useShares } from "./use-shares";

interface ShareDialogProps {
  workspace: Workspace;
  onClose: () => void;
}

/** One click to a link, and a picture of it for the phone in the room. */
export function ShareDialog({ workspace, onClose }: ShareDialogProps) {
  const shares = useShares(workspace.id);
  const change = useChangeShares(workspace.id);
  const share = shares.data?.find((it) => it.mode === "link" && !it.expired);
  const manages = workspace.role === "owner";
  const create = () => change.mutate({ kind: "create", body: { mode: "link" } });
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title="Share the app"
      lead={lead(manages, share !== undefined)}
      actions={
        <Link
          to="/w/$workspaceId/manage/{-$section}"
          params={{ workspaceId: workspace.id, section: "shares" }}
          className={styles["more"]}
        >
          {manages ? "Passwords, people, names, ends…" : "All shares"}
        </Link>
      }
    >
      {shares.isError && <FormError>{messageOf(shares.error)}</FormError>}
      {change.isError && <FormError>{messageOf(change.error)}</FormError>}
      {share !== undefined && <LinkBox key={share.id} url={share.slug_url ?? share.url} large />}
      {share === undefined && shares.data !== undefined && manages && (
        <Button look="ink" size="l" icon={<Link2 />} busy={change.isPending} onClick={create}>
          Make a link
        </Button>
      )}
    </Modal>
  );
}

function lead(manages: boolean, exists: boolean): string {
  if (exists) return "Whoever has this link sees the running app, and nothing else of the workspace.";
  if (manages)
    return "A link shows the running app to whoever has it, and nothing else of the workspace. You can end it at any time.";
  return "There is no link to the app yet. An owner of the workspace can make one.";
}
