import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { copyText } from "../../live/clipboard";
import { Button } from "./Button";
import { Modal } from "./Modal";
import styles from "./SecretOnce.module.css";

interface SecretOnceProps {
  title: string;
  lead: ReactNode;
  /** What the text is, for those who do not see it. */
  label: string;
  text: string;
  onClose: () => void;
}

/** A dialog with something that is shown this once: a link, a token. */
export function SecretOnce({ title, lead, label, text, onClose }: SecretOnceProps) {
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title={title}
      lead={lead}
      actions={
        <>
          <Button onClick={onClose}>Done</Button>
          <Button look="ink" icon={<Copy />} onClick={() => void copyText(text)}>
            Copy
          </Button>
        </>
      }
    >
      <output className={styles["secret"]} aria-label={label}>
        <code>{text}</code>
      </output>
    </Modal>
  );
}
