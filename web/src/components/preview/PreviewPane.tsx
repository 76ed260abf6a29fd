import type { RuntimeState } from "../../api/types";
import type { LayoutStore } from "../../live/layout-store";
import { previewStore } from "../../live/preview-store";
import { useStore } from "../../live/use-store";
import { PreviewBar } from "./PreviewBar";
import { PreviewFrame } from "./PreviewFrame";
import styles from "./PreviewPane.module.css";
import { PreviewState } from "./PreviewState";

export interface PreviewPaneProps {
  workspaceId: string;
  runtime: RuntimeState;
  stale: boolean;
  readOnly: boolean;
  layoutStore: LayoutStore;
  onSettings: () => void;
  /** Absent for those who may not see shares. */
  onShare: (() => void) | null;
}

/** Whether the app behind `port` accepts connections, as far as the kernel said. */
function listens(runtime: RuntimeState, port: number | null): boolean {
  if (runtime.status !== "running") return false;
  if (port === null) return runtime.preview.status === "running";
  return runtime.ports.some((it) => it.port === port);
}

/** The app of the workspace, or in words why there is none to see. */
export function PreviewPane(props: PreviewPaneProps) {
  const { workspaceId, runtime } = props;
  const store = previewStore(workspaceId);
  const view = useStore(store);
  const there = listens(runtime, view.port);
  // Another process behind the port is another page: the frame starts anew.
  const identity = `${runtime.session_id}:${view.port ?? `main:${runtime.dev_server.pid}`}`;
  return (
    <section className={styles["pane"]} aria-label="Preview" data-panel="preview" tabIndex={-1}>
      <PreviewBar
        runtime={runtime}
        view={view}
        store={store}
        there={there}
        readOnly={props.readOnly}
        onShare={props.onShare}
      />
      <div className={styles["body"]}>
        {there ? (
          <PreviewFrame key={identity} view={view} store={store} />
        ) : (
          <PreviewState {...props} view={view} store={store} />
        )}
      </div>
    </section>
  );
}
