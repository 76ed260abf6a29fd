import { redo, undo } from "@codemirror/commands";
import { findNext, findPrevious, gotoLine, openSearchPanel } from "@codemirror/search";
import { EmacsHandler, emacs } from "@replit/codemirror-emacs";
import { save } from "./saving";
import { undoLive } from "./undo";

/** Its own history is that of the editor, which a live document does not have. */
EmacsHandler.addCommands({
  undo: ({ view }: EmacsHandler) => undoLive(view, true) || undo(view),
  save: ({ view }: EmacsHandler) => save(view),
  redo: ({ view }: EmacsHandler) => undoLive(view, false) || redo(view),
  // The package has keys for these and leaves them to the editor.
  gotoline: ({ view }: EmacsHandler) => gotoLine(view),
  findnext: ({ view }: EmacsHandler) => findNext(view),
  findprevious: ({ view }: EmacsHandler) => findPrevious(view),
  replace: ({ view }: EmacsHandler) => openSearchPanel(view),
});
EmacsHandler.bindKey("C-/|C-x u|S-C--|C-z", "undo");
EmacsHandler.bindKey("S-C-/|S-C-x u|C--|S-C-z", "redo");

EmacsHandler.bindKey("C-x C-s", "save");
// Lower case; the package makes upper case of it, too.
EmacsHandler.bindKey("C-x C-l", { command: "changeCase", args: { dir: -1, region: true } });

export const emacsKeys = emacs();
