import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { IconButton } from "./IconButton";
import styles from "./Modal.module.css";

export interface ModalProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** One sentence below the title. */
  lead?: ReactNode;
  /** Buttons at the end, the main one last. */
  actions?: ReactNode;
  width?: "s" | "m" | "l";
  children?: ReactNode;
}

/** A dialog; on a phone it rises from the bottom and fills the width. */
export function Modal({ open, onClose, title, lead, actions, width = "m", children }: ModalProps) {
  const popup = useRef<HTMLDivElement>(null);
  // The first thing to fill in, rather than the button that closes.
  const first = () =>
    popup.current?.querySelector<HTMLElement>(
      "input:not(:disabled, [aria-hidden]), textarea, [role=radio][tabindex='0']",
    ) ?? popup.current;
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles["backdrop"]} />
        <Dialog.Viewport className={styles["viewport"]}>
          <Dialog.Popup ref={popup} initialFocus={first} className={styles["popup"]} data-width={width}>
            <header className={styles["header"]}>
              <Dialog.Title className={styles["title"]}>{title}</Dialog.Title>
              <Dialog.Close render={<IconButton label="Close" icon={<X />} />} />
            </header>
            <div className={styles["body"]}>
              {lead !== undefined && (
                <Dialog.Description className={styles["lead"]}>{lead}</Dialog.Description>
              )}
              {children}
            </div>
            {actions !== undefined && <footer className={styles["actions"]}>{actions}</footer>}
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
