import { useQuery } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { messageOf } from "../../api/client";
import { createLink } from "../../api/gateway";
import { copyText } from "../../live/clipboard";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { QrCode } from "../ui/QrCode";
import styles from "./DeviceDialog.module.css";

/** A single-use link that signs another device in, as text and as a picture for its camera. */
export function DeviceDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const link = useQuery({
    queryKey: ["link"],
    queryFn: createLink,
    enabled: open,
    // Each link works once: a new one for each time the dialog is opened.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Modal
      open={open}
      onClose={onClose}
      width="s"
      title="Open on another device"
      lead="This link signs one device in as you, once. Your terminals and servers go on; the other device sees them as they are."
    >
      {link.isError && <FormError>{messageOf(link.error)}</FormError>}
      {link.data !== undefined && (
        <div className={styles["link"]}>
          <QrCode text={link.data.url} label="The link as a QR code" />
          <code>{link.data.url}</code>
          <Button icon={<Copy />} onClick={() => void copyText(link.data.url)}>
            Copy link
          </Button>
          <p>
            Valid until{" "}
            {new Date(link.data.expires_at_ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}
            .
          </p>
        </div>
      )}
    </Modal>
  );
}
