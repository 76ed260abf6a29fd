import { Bot, Plus, SquareTerminal } from "lucide-react";
import { createTerminal } from "../../live/terminal-actions";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import type { DockProps } from "./Dock";
import { RunButton } from "./RunControls";

/** Why there is no terminal or log to see, and what would bring one. */
export function DockExplain({
  workspaceId,
  runtime,
  stale,
  readOnly,
  onAgent,
  what,
}: DockProps & { what: "terminal" | "log" }) {
  const { status } = runtime;
  const icon = <SquareTerminal />;
  if (status === "starting" || status === "stopping")
    return <Explain icon={icon} title={`The session is ${status}`} />;
  if (status !== "running") {
    return (
      <Explain
        icon={icon}
        title="No session runs"
        actions={!readOnly && <RunButton workspaceId={workspaceId} disabled={stale} />}
      >
        {what === "terminal" ? "Terminals" : "The dev server and its log"} live in a session. Nothing is
        running in this workspace now; its files are all here.
      </Explain>
    );
  }
  if (what === "log") {
    return (
      <Explain icon={icon} title="The dev server has said nothing yet">
        {runtime.dev_server.reason ??
          (readOnly ? "It is not running." : "It is not running. Start it from the menu beside Stop.")}
      </Explain>
    );
  }
  if (readOnly) {
    return (
      <Explain icon={icon} title="There is no terminal to see">
        Nobody has one open, or the owner keeps terminals from viewers.
      </Explain>
    );
  }
  return (
    <Explain
      icon={icon}
      title="No terminal is open"
      actions={
        <>
          <Button icon={<Plus />} onClick={() => void createTerminal(workspaceId)}>
            Open a terminal
          </Button>
          <Button icon={<Bot />} onClick={onAgent}>
            Run an agent
          </Button>
        </>
      }
    >
      A terminal stays open when you leave; it ends with its shell or with the session. So does one in which a
      coding agent works.
    </Explain>
  );
}
