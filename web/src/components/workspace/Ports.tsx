import { Cable, Eye, SquareArrowOutUpRight } from "lucide-react";
import type { RuntimeState } from "../../api/types";
import type { LayoutStore } from "../../live/layout-store";
import { previewStore } from "../../live/preview-store";
import { Explain } from "../ui/Explain";
import { IconButton } from "../ui/IconButton";
import styles from "./Lists.module.css";

interface PortsProps {
  workspaceId: string;
  runtime: RuntimeState;
  layoutStore: LayoutStore;
  /** Viewers see the port that the preview shows, and no other. */
  readOnly: boolean;
}

/** Who listens in this workspace, and the way to look at it. */
export function Ports({ workspaceId, runtime, layoutStore, readOnly }: PortsProps) {
  if (runtime.ports.length === 0) {
    return (
      <Explain icon={<Cable />} title="Nothing listens">
        A program of this workspace that opens a port appears here at once, with an address of its own.
      </Explain>
    );
  }
  const preview = (port: number, primary: boolean) => {
    previewStore(workspaceId).choosePort(primary ? null : port);
    layoutStore.showPreview();
  };
  return (
    <ul className={styles["list"]}>
      {runtime.ports.map(({ port, process, primary, url }) => (
        <li key={port} className={styles["row"]}>
          <code className={styles["port"]}>{port}</code>
          <span className={styles["message"]}>
            {process}
            {primary && <span className={styles["tag"]}>preview</span>}
          </span>
          {(primary || !readOnly) && (
            <IconButton
              label={`Show port ${port} in the preview`}
              icon={<Eye />}
              onClick={() => preview(port, primary)}
            />
          )}
          {(primary || !readOnly) && url !== null && url !== undefined && (
            <IconButton
              label={`Open port ${port} in a new tab`}
              icon={<SquareArrowOutUpRight />}
              onClick={() => window.open(url, "_blank", "noopener")}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
