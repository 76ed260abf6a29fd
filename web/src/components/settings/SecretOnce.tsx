import { Copy } from "lucide-react";
import { copyText } from "../../live/clipboard";
import { Button } from "../ui/Button";
import styles from "./SecretOnce.module.css";

/** Something that is shown this once. */
export function SecretOnce({ label, text }: { label: string; text: string }) {
  return (
    <div className={styles["secret"]}>
      <output aria-label={label}>
        <code>{text}</code>
      </output>
      <Button icon={<Copy />} onClick={() => void copyText(text)}>
        Copy
      </Button>
    </div>
  );
}
