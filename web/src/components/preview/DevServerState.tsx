import { CircleAlert, Moon, Play, ScrollText, Settings2, Sprout } from "lucide-react";
import type { BuildError } from "../../api/types";
import { ask, pendingVerb } from "../../live/session-actions";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { House } from "../ui/House";
import { Prose } from "../ui/Prose";
import { nothingToRun } from "../workspace/DevServerChip";
import { Failure } from "./Failure";
import type { PreviewPaneProps } from "./PreviewPane";

/** Errors of a build that are told in place of the app; all of them are among the problems. */
const SHOWN_ERRORS_MAX = 5;

/** The session runs and the app is not there: what its dev server does instead. */
export function DevServerState({
  workspaceId,
  runtime,
  stale,
  readOnly,
  layoutStore,
  onSettings,
}: PreviewPaneProps) {
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
      // A watcher that lives on after its program has fallen says nothing else.
      if (runtime.build.status === "failed") {
        return (
          <Failure
            title="The build failed, and nothing listens yet"
            reason="The dev server goes on. The app appears here as soon as it listens."
            lines={runtime.build.errors.slice(0, SHOWN_ERRORS_MAX).map(errorLine)}
            actions={
              <>
                {log}
                <Button icon={<CircleAlert />} onClick={() => layoutStore.showDock("problems")}>
                  Show the problems
                </Button>
              </>
            }
          />
        );
      }
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
      if (nothingToRun(server)) {
        return (
          <Explain
            icon={<Sprout />}
            title="No app yet"
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

/** Where it is and what it says, as compilers put it. */
function errorLine({ file, line, message }: BuildError): string {
  const place = line === 0 ? file : `${file}:${line}`;
  return place === "" ? message : `${place}: ${message}`;
}

function startingWords(phase: "installing" | "launching" | null, status: "starting" | "ready"): string {
  if (status === "ready") return "The app is about to appear";
  return phase === "installing" ? "Installing dependencies" : "Waiting for the app to listen";
}
