import type { ReactNode } from "react";
import { Button } from "../ui/Button";
import { Modal } from "../ui/Modal";

interface AskDialogProps {
  title: string;
  lead: ReactNode;
  /** The word on the button that does it. */
  act: string;
  danger?: boolean;
  busy: boolean;
  onAct: () => void;
  onClose: () => void;
  /** Between closing and the main button. */
  others?: ReactNode;
  children?: ReactNode;
}

/** Asks before something that is not easily taken back. */
export function AskDialog({
  title,
  lead,
  act,
  danger,
  busy,
  onAct,
  onClose,
  others,
  children,
}: AskDialogProps) {
  return (
    <Modal
      open
      onClose={onClose}
      title={title}
      width="s"
      lead={lead}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          {others}
          <Button look={danger ? "danger" : "ink"} busy={busy} onClick={onAct}>
            {act}
          </Button>
        </>
      }
    >
      {children}
    </Modal>
  );
}
