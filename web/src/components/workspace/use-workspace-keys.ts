import type { RuntimeState } from "../../api/types";
import type { LayoutStore } from "../../live/layout-store";
import { type KeyMap, preferences } from "../../live/preferences";
import { searchFiles } from "../../live/search-store";
import { ask } from "../../live/session-actions";
import { useHotkeys } from "../../live/use-hotkeys";
import { type DialogName, PALETTES } from "./Dialogs";
import { keepEarlyKey } from "./early-keys";

/** Order in which F6 walks through the panels. */
const PANELS = ["sidebar", "editor", "preview", "dock"];
/** Keys with Ctrl that belong to the text where somebody wants the keys of another editor. */
const TAKEN: Record<KeyMap, string> = { usual: "", vim: "bjt", emacs: "bjkt" };
const STARTABLE = ["idle", "stopped", "crashed"];

interface Keys {
  workspaceId: string;
  runtime: RuntimeState | null;
  readOnly: boolean;
  layout: LayoutStore;
  dialog: DialogName | null;
  onDialog: (name: DialogName) => void;
}

/** The keys of the workspace. In a terminal, Ctrl belongs to the program that runs there. */
export function useWorkspaceKeys(keys: Keys): void {
  useHotkeys((event) => {
    if (keys.dialog !== null && keys.dialog in PALETTES) keepEarlyKey(event);
    if (keys.dialog !== null || event.defaultPrevented || event.isComposing) return;
    const handler = handlerFor(event, keys);
    if (handler === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    handler();
  });
}

function handlerFor(event: KeyboardEvent, keys: Keys): (() => void) | undefined {
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  const inTerminal = target.closest(".xterm") !== null;
  const { key, shiftKey } = event;
  if (event.ctrlKey && key === "`") return () => toTerminalAndBack(target, inTerminal, keys.layout);
  if (key === "F1") return () => keys.onDialog("palette");
  if (key === "F6" && !inTerminal) return () => nextPanel(target, shiftKey ? -1 : 1);
  if (event.metaKey || (event.ctrlKey && !inTerminal)) return withModifier(event, target, keys);
  const typing = inTerminal || target.isContentEditable || target.matches("input, textarea, select");
  if (key === "?" && !typing) return () => keys.onDialog("keys");
  return undefined;
}

function withModifier(event: KeyboardEvent, target: HTMLElement, keys: Keys): (() => void) | undefined {
  if (event.altKey || isOfEditor(event, target)) return undefined;
  const { layout, runtime, workspaceId } = keys;
  switch (event.key.toLowerCase()) {
    case "k":
      return event.shiftKey ? undefined : () => keys.onDialog("palette");
    case ",":
      return () => keys.onDialog("settings");
    case "b":
      return () => layout.toggle("sidebar");
    case "f":
    case "h":
      // In a terminal this key searches what was printed there.
      if (!event.shiftKey || target.closest(".xterm") !== null) return undefined;
      return () => searchFiles(workspaceId, layout, event.key.toLowerCase() === "h" && !keys.readOnly);
    case "o":
      return event.shiftKey ? () => keys.onDialog("symbols") : undefined;
    case "t":
      // Most browsers open a tab by this key and tell nobody; an installed application gets it.
      return event.shiftKey ? undefined : () => keys.onDialog("all-symbols");
    case "j":
      return () => layout.toggle("dock");
    case "enter":
      if (keys.readOnly || runtime === null) return undefined;
      if (event.shiftKey)
        return runtime.status === "running" ? () => void ask(workspaceId, "dev-restart") : undefined;
      return STARTABLE.includes(runtime.status) ? () => void ask(workspaceId, "run") : undefined;
    default:
      return undefined;
  }
}

function isOfEditor(event: KeyboardEvent, target: HTMLElement): boolean {
  if (event.metaKey || event.shiftKey || target.closest(".cm-content") === null) return false;
  return TAKEN[preferences.get().editorKeys].includes(event.key.toLowerCase());
}

/** Where the keyboard was before it went to the terminal. */
let before: HTMLElement | null = null;

function toTerminalAndBack(target: HTMLElement, inTerminal: boolean, layout: LayoutStore): void {
  if (inTerminal) {
    const back =
      before?.isConnected === true ? before : document.querySelector<HTMLElement>('[data-panel="editor"]');
    back?.focus();
    return;
  }
  before = target;
  const { dockTab } = layout.get();
  layout.showDock(dockTab.startsWith("terminal:") ? dockTab : "terminal:main");
  // The terminal is on screen after the next paint.
  requestAnimationFrame(() => requestAnimationFrame(focusTerminal));
}

function focusTerminal(): void {
  const dock = document.querySelector<HTMLElement>('[data-panel="dock"]');
  const input = dock?.querySelector<HTMLElement>("[data-shown] .xterm-helper-textarea");
  (input ?? dock)?.focus();
}

function nextPanel(target: HTMLElement, direction: 1 | -1): void {
  const present = PANELS.map((it) => document.querySelector<HTMLElement>(`[data-panel="${it}"]`)).filter(
    (it) => it !== null,
  );
  const at = present.findIndex((it) => it.contains(target));
  const from = at < 0 && direction < 0 ? 0 : at;
  present[(from + direction + present.length) % present.length]?.focus();
}
