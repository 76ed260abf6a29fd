import { redo, undo } from "@codemirror/commands";
import { EmacsHandler, emacs } from "@replit/codemirror-emacs";
import { save } from "./saving";
import { undoLive } from "./undo";

/** Its own history is that of the editor, which a live document does not have. */
EmacsHandler.addCommands({
  undo: ({ view }: EmacsHandler) => undoLive(view, true) || undo(view),
  save: ({ view }: EmacsHandler) => save(view),
  redo: ({ view }: EmacsHandler) => undoLive(view, false) || redo(view),
});
EmacsHandler.bindKey("C-/|C-x u|S-C--|C-z", "undo");
EmacsHandler.bindKey("S-C-/|S-C-x u|C--|S-C-z", "redo");

EmacsHandler.bindKey("C-x C-s", "save");

export const emacsKeys = emacs();
