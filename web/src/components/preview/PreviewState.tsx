import { Moon } from "lucide-react";
import type { PreviewView } from "../../live/preview-machine";
import type { PreviewStore } from "../../live/preview-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { House } from "../ui/House";
import { RunButton } from "../workspace/RunControls";
import { DevServerState } from "./DevServerState";
import { Failure } from "./Failure";
import type { PreviewPaneProps } from "./PreviewPane";

interface PreviewStateProps extends PreviewPaneProps {
  view: PreviewView;
  store: PreviewStore;
}

/** No app to see: why, from the kernel's state alone, and what can be done. */
export function PreviewState(props: PreviewStateProps) {
  const { workspaceId, runtime, stale, readOnly, view, store } = props;
  const run = !readOnly && <RunButton workspaceId={workspaceId} disabled={stale} look="run" />;
  switch (runtime.status) {
    case "crashed":
      return (
        <Failure
          title={runtime.disk?.full ? "The session was ended: its disk is full" : "The session crashed"}
          reason={runtime.reason}
          lines={runtime.dev_server.last_lines}
          actions={run}
        >
          Its programs are gone. Your files are as they were.
        </Failure>
      );
    case "idle":
    case "stopped":
      return (
        <Explain icon={<Moon />} title="Nothing runs here" actions={run}>
          {runtime.status === "idle"
            ? readOnly
              ? "The app appears here when somebody who may change this workspace starts it."
              : "Run it, and the app appears here as soon as it listens."
            : "The session was stopped; its programs ended and its ports are free."}
        </Explain>
      );
    case "starting":
    case "stopping":
      return (
        <Explain icon={<House size={40} light="waiting" />} title={`The session is ${runtime.status}`} />
      );
    case "running":
      break;
  }
  if (view.port !== null) {
    return (
      <Explain
        icon={<Moon />}
        title={`Nothing listens on port ${view.port}`}
        actions={<Button onClick={() => store.choosePort(null)}>Show the app</Button>}
      >
        It appears here by itself when a program of this workspace opens the port again.
      </Explain>
    );
  }
  return <DevServerState {...props} />;
}
