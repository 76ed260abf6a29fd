import { clsx } from "clsx";
import { CookingPot, SquareArrowOutUpRight } from "lucide-react";
import { DEVICES, type PreviewView } from "../../live/preview-machine";
import type { PreviewStore } from "../../live/preview-store";
import { useSize } from "../../live/use-size";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import styles from "./PreviewFrame.module.css";

/** Camera, microphone and place are refused by this page's policy; an app gets them in a tab of its own. */
const FEATURES = "clipboard-read; clipboard-write; fullscreen; gamepad; autoplay";
/** Room around a device, in pixels. */
const MARGIN = 24;

interface PreviewFrameProps {
  view: PreviewView;
  store: PreviewStore;
}

export function PreviewFrame({ view, store }: PreviewFrameProps) {
  const [ref, room] = useSize();
  const device = view.device === "fill" ? null : DEVICES[view.device];
  const size = device !== null && view.rotated ? { width: device.height, height: device.width } : device;
  const scale =
    size === null
      ? 1
      : Math.min(1, (room.width - MARGIN * 2) / size.width, (room.height - MARGIN * 2) / size.height);
  const address = store.address();
  return (
    <div ref={ref} className={clsx(styles["stage"], size !== null && styles["bench"])}>
      <div className={styles["progress"]} data-loading={(view.loading && view.error === null) || undefined} />
      <div
        className={styles["device"]}
        style={size === null ? undefined : { inlineSize: size.width * scale, blockSize: size.height * scale }}
      >
        <iframe
          ref={store.attach}
          title="Preview of the app"
          className={styles["frame"]}
          allow={FEATURES}
          style={
            size === null
              ? undefined
              : { inlineSize: size.width, blockSize: size.height, scale: String(scale) }
          }
        />
      </div>
      {view.confined && (
        <p className={styles["note"]}>
          This address has no name for previews, so the app runs without cookies and storage. Open Stead as
          “localhost”, or start it with <code>--preview-domain</code>.
        </p>
      )}
      {size !== null && (
        <output className={styles["size"]}>
          {size.width} × {size.height}
          {scale < 1 && ` at ${Math.round(scale * 100)}%`}
        </output>
      )}
      {view.error !== null && (
        <div className={styles["cover"]}>
          <Explain
            icon={<CookingPot />}
            title="The preview cannot be shown here"
            actions={
              <>
                <Button onClick={() => store.go()}>Try again</Button>
                {address !== null && (
                  <Button
                    icon={<SquareArrowOutUpRight />}
                    onClick={() => window.open(address, "_blank", "noopener")}
                  >
                    Open in a new tab
                  </Button>
                )}
              </>
            }
          >
            {view.error}
          </Explain>
        </div>
      )}
    </div>
  );
}
