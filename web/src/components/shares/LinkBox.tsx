import { Copy, QrCode as QrIcon, SquareArrowOutUpRight } from "lucide-react";
import { useState } from "react";
import { copyText } from "../../live/clipboard";
import { IconButton } from "../ui/IconButton";
import { QrCode } from "../ui/QrCode";
import styles from "./Shares.module.css";
import { isLocal } from "./share-words";

/** An address of a share: to read, copy, open, and hold up to a camera. */
export function LinkBox({ url, large = false }: { url: string; large?: boolean }) {
  const [shown, setShown] = useState(large);
  return (
    <div className={styles["link"]}>
      <div className={styles["line"]}>
        <code>{url.replace(/^https?:\/\//, "")}</code>
        <IconButton label="Copy the link" icon={<Copy />} onClick={() => void copyText(url)} />
        {!large && (
          <IconButton
            label="QR code"
            icon={<QrIcon />}
            aria-expanded={shown}
            onClick={() => setShown(!shown)}
          />
        )}
        <IconButton
          label="Open in a new tab"
          icon={<SquareArrowOutUpRight />}
          onClick={() => window.open(url, "_blank", "noopener")}
        />
      </div>
      {shown && (
        <div className={styles["code"]}>
          <QrCode text={url} label={`QR code of ${url}`} />
          {isLocal(url) && (
            <p>
              This address is of this computer only. For other devices open Stead by its address in your
              network, or start it with <code className={styles["flag"]}>--public-url</code>.
            </p>
          )}
        </div>
      )}
    </div>
  );
}
