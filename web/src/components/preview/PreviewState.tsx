import { Moon, Play, ScrollText, Settings2, Sprout } from "lucide-react";
import type { PreviewView } from "../../live/preview-machine";
import type { PreviewStore } from "../../live/preview-store";
import { ask, pendingVerb } from "../../live/session-actions";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { House } from "../ui/House";
import { Prose } from "../ui/Prose";
import { StartButton } from "../workspace/RunControls";
import { Failure } from "./Failure";
import type { PreviewPaneProps } from "./PreviewPane";

interface PreviewStateProps extends PreviewPaneProps {
  view: PreviewView;
  store: PreviewStore;
}

/** No app to see: why, from the kernel's state alone, and what can be done. */
export function PreviewState(props: PreviewStateProps) {
  const { workspaceId, runtime, stale, readOnly, view, store } = props;
  const start = !readOnly && <StartButton workspaceId={workspaceId} disabled={stale} look="run" />;
  switch (runtime.status) {
    case "crashed":
      return (
        <Failure
          title="The session crashed"
          reason={runtime.reason}
          lines={runtime.dev_server.last_lines}
          actions={start}
        >
          Its programs are gone. Your files are as they were.
        </Failure>
      );
    case "idle":
    case "stopped":
      return (
        <Explain icon={<Moon />} title="Nothing runs here" actions={start}>
          {runtime.status === "idle"
            ? "Start the session, and the app appears here as soon as it listens."
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

function DevServerState({
  workspaceId,
  runtime,
  stale,
  readOnly,
  layoutStore,
  onSettings,
}: PreviewStateProps) {
  const verb = useStore(pendingVerb(workspaceId));
  const server = runtime.dev_server;
  const log = (
    <Button icon={<ScrollText />} onClick={() => layoutStore.showDock("log")}>
      Show the log
    </Button>
  );
  const start = !readOnly && (
    <Button
      look="run"
      icon={<Play />}
      busy={verb !== null}
      disabled={stale}
      onClick={() => void ask(workspaceId, "dev-start")}
    >
      Start the dev server
    </Button>
  );
  switch (server.status) {
    case "failed":
      // Nothing was found to run: no program failed.
      if (server.command === null) {
        return (
          <Explain
            icon={<Sprout />}
            title="There is no app yet"
            actions={
              !readOnly && (
                <>
                  <Button icon={<Settings2 />} onClick={onSettings}>
                    Set a command
                  </Button>
                  {start}
                </>
              )
            }
          >
            <Prose text={server.reason ?? ""} />
          </Explain>
        );
      }
      return (
        <Failure
          title="The dev server failed"
          reason={server.reason}
          exit={server.exit}
          lines={server.last_lines}
          retryAtMs={server.retry_at_ms}
          actions={
            <>
              {log}
              {start}
            </>
          }
        />
      );
    case "starting":
    case "ready":
      return (
        <Explain
          icon={<House size={40} light="waiting" />}
          title={startingWords(server.phase, server.status)}
          actions={log}
        >
          {server.command !== null && <code>{server.command}</code>}
        </Explain>
      );
    case "stopping":
      return <Explain icon={<House size={40} light="waiting" />} title="The dev server is stopping" />;
    case "stopped":
      return (
        <Explain
          icon={server.reason === null ? <Moon /> : <Settings2 />}
          title="The dev server is stopped"
          actions={start}
        >
          <Prose text={server.reason ?? "Terminals go on; the app can be started again at any time."} />
        </Explain>
      );
  }
}

function startingWords(phase: "installing" | "launching" | null, status: "starting" | "ready"): string {
  if (status === "ready") return "The app is about to appear";
  return phase === "installing" ? "Installing dependencies" : "Waiting for the app to listen";
}
