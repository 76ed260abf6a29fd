import type { ConnectionStatus, TerminalSize } from "../../live/terminal-connection";
import { useStore } from "../../live/use-store";
import type { TerminalScreen } from "./terminal-screen";

/** What lies over a terminal that is not simply live. */
export function TerminalNotice({ screen }: { screen: TerminalScreen }) {
  const status = useStore(screen.connection.status);
  const foreign = useStore(screen.foreignSize);
  const ringing = useStore(screen.ringing);
  const text = describe(status, foreign);
  const over = status.kind === "ended" || (status.kind === "refused" && status.forbidden !== true);
  return (
    <>
      {ringing && <div className="terminal-bell" aria-hidden="true" />}
      <output className="terminal-notice" data-kind={status.kind} hidden={text === null}>
        {text}
        {over && (
          <button type="button" className="terminal-notice-action" onClick={() => screen.connection.reopen()}>
            {status.kind === "ended" ? "Open a new shell" : "Try again"}
          </button>
        )}
      </output>
    </>
  );
}

function describe(status: ConnectionStatus, foreign: TerminalSize | null): string | null {
  switch (status.kind) {
    case "connecting":
      return "Connecting…";
    case "reconnecting":
      return "Reconnecting… the shell goes on, nothing is lost.";
    case "refused":
      return status.message;
    case "ended":
      return status.exit === null ? "This terminal was closed." : `The process ended ${ending(status.exit)}.`;
    case "live":
      if (status.readOnly) return "Read only";
      return foreign === null
        ? null
        : `Sized ${foreign.cols} × ${foreign.rows} by another window; type to take over.`;
  }
}

function ending(exit: { code: number | null; signal: number | null }): string {
  return exit.signal === null ? `with exit code ${exit.code ?? 0}` : `by signal ${exit.signal}`;
}
