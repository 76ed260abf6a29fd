import { redo, undo } from "@codemirror/commands";
import { EmacsHandler, emacs } from "@replit/codemirror-emacs";
import { undoLive } from "./undo";

/** Its own history is that of the editor, which a live document does not have. */
EmacsHandler.addCommands({
  undo: ({ view }: EmacsHandler) => undoLive(view, true) || undo(view),
  redo: ({ view }: EmacsHandler) => undoLive(view, false) || redo(view),
});
EmacsHandler.bindKey("C-/|C-x u|S-C--|C-z", "undo");
EmacsHandler.bindKey("S-C-/|S-C-x u|C--|S-C-z", "redo");

export const emacsKeys = emacs();
