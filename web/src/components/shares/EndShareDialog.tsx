import { messageOf } from "../../api/client";
import type { Share } from "../../api/types";
import { notify } from "../../live/notices";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { useChangeShares } from "./use-shares";

interface EndShareDialogProps {
  workspaceId: string;
  share: Share;
  onClose: () => void;
}

/** Ending a share cannot be undone: another one has another link. */
export function EndShareDialog({ workspaceId, share, onClose }: EndShareDialogProps) {
  const change = useChangeShares(workspaceId);
  const end = () =>
    change.mutate(
      { kind: "end", share: share.id },
      {
        onSuccess: () => {
          notify({ tone: "good", title: "The share has ended", detail: "Whoever was looking is out." });
          onClose();
        },
      },
    );
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title="End this share"
      lead="Whoever is looking at the app by it is out at once, and its addresses lead nowhere from then on. The app goes on, and members see it as before. A new share has a new link."
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={change.isPending} onClick={end}>
            End it
          </Button>
        </>
      }
    >
      {change.isError && <FormError>{messageOf(change.error)}</FormError>}
    </Modal>
  );
}
