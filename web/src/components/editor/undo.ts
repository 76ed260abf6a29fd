/** Undo: in a live document one's own changes only, whatever the others write meanwhile. */
import { history, historyKeymap } from "@codemirror/commands";
import { type Extension, Facet } from "@codemirror/state";
import { type Command, type EditorView, type KeyBinding, keymap } from "@codemirror/view";
import type { UndoManager } from "yjs";

/** The history of a live document; absent in files that are saved by hand. */
export const liveUndo = Facet.define<UndoManager, UndoManager | null>({
  combine: (given) => given[0] ?? null,
});

/** Takes back or repeats the last change here. `false`: it is no live document. */
export function undoLive(view: EditorView, back: boolean): boolean {
  const undo = view.state.facet(liveUndo);
  if (undo === null) return false;
  if (view.state.readOnly) return true;
  if (back) undo.undo();
  else undo.redo();
  return true;
}

const undo: Command = (view) => undoLive(view, true);
const redo: Command = (view) => undoLive(view, false);

const undoKeys: readonly KeyBinding[] = [
  { key: "Mod-z", run: undo, preventDefault: true },
  { key: "Mod-y", mac: "Mod-Shift-z", run: redo, preventDefault: true },
  { key: "Mod-Shift-z", run: redo, preventDefault: true },
];

export const historyOfDocument = (manager: UndoManager): Extension => [
  liveUndo.of(manager),
  keymap.of(undoKeys),
];

/** The history of a text that nobody else writes. */
export const historyOfEditor: Extension = [history(), keymap.of(historyKeymap)];
