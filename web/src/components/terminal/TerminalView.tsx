import "@xterm/xterm/css/xterm.css";
import "./terminal.css";
import { type RefObject, useEffect, useRef, useState } from "react";
import { darkMode, preferences } from "../../live/preferences";
import { Cell } from "../../live/store";
import { useStore } from "../../live/use-store";
import { ExtraKeys } from "./ExtraKeys";
import { TerminalNotice } from "./TerminalNotice";
import { TerminalSearch } from "./TerminalSearch";
import { type ScreenLook, TerminalScreen } from "./terminal-screen";

export interface TerminalViewProps {
  workspaceId: string;
  /** Name of the terminal; `dev-server` shows the dev server's output. */
  name: string;
  /** Whether it is on screen; a hidden terminal stays attached and is not measured. */
  active: boolean;
  /** Input is refused by the kernel anyway; this also hides what invites it. */
  readOnly?: boolean;
}

/**
 * One attached terminal, filling its parent. It is mounted only while the kernel lists the terminal in
 * `RuntimeState.terminals`; it never opens one by itself.
 */
export function TerminalView({ workspaceId, name, active, readOnly = false }: TerminalViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const screen = useScreen(host, workspaceId, name);
  const [searching, setSearching] = useState(false);
  useEffect(() => {
    if (!active || screen === null) return;
    screen.fit();
    if (matchMedia("(pointer: fine)").matches) screen.focus();
  }, [active, screen]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const wantsSearch =
      event.key.toLowerCase() === "f" && (event.metaKey || (event.ctrlKey && event.shiftKey));
    if (!wantsSearch) return;
    event.preventDefault();
    setSearching(true);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the terminal inside
    <div className="terminal" data-terminal={name} data-active={active} onKeyDown={onKeyDown}>
      <div className="terminal-stage">
        {searching && screen !== null && (
          <TerminalSearch
            search={screen.search}
            onClose={() => {
              setSearching(false);
              screen.search.clearDecorations();
              screen.focus();
            }}
          />
        )}
        <div className="terminal-scroller">
          <div className="terminal-host" ref={host} />
        </div>
        {screen !== null && <TerminalNotice screen={screen} />}
      </div>
      {screen !== null && !readOnly && <ExtraKeys screen={screen} />}
    </div>
  );
}

/** The look of terminals as the person likes it now. */
const look = {
  get: (): ScreenLook => looks.get(),
  subscribe: (listener: () => void) => looks.subscribe(listener),
};
const looks = new Cell<ScreenLook>(currentLook());
darkMode.subscribe(() => {
  const next = currentLook();
  const last = looks.get();
  const same =
    next.dark === last.dark && next.fontSize === last.fontSize && next.screenReader === last.screenReader;
  if (!same) looks.set(next);
});

function currentLook(): ScreenLook {
  const { terminalFontSize, terminalScreenReader } = preferences.get();
  return { fontSize: terminalFontSize, dark: darkMode.get(), screenReader: terminalScreenReader };
}

/** Owns the screen that lives in `host`. */
function useScreen(
  host: RefObject<HTMLDivElement | null>,
  workspaceId: string,
  name: string,
): TerminalScreen | null {
  const [screen, setScreen] = useState<TerminalScreen | null>(null);
  const wanted = useStore(look);
  useEffect(() => {
    if (host.current === null) return;
    const made = new TerminalScreen(host.current, workspaceId, name, looks.get());
    setScreen(made);
    return () => {
      setScreen(null);
      made.dispose();
    };
  }, [host, workspaceId, name]);
  useEffect(() => screen?.restyle(wanted), [screen, wanted]);
  return screen;
}
