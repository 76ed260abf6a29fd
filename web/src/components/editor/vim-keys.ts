import { CodeMirror, Vim, vim } from "@replit/codemirror-vim";
import { save } from "./saving";
import { undoLive } from "./undo";

/** Its own history is that of the editor, which a live document does not have. */
for (const name of ["undo", "redo"] as const) {
  const usual = CodeMirror.commands[name];
  CodeMirror.commands[name] = (cm: CodeMirror) => {
    if (!undoLive(cm.cm6, name === "undo")) usual?.(cm);
  };
}

for (const [name, short] of [
  ["write", "w"],
  ["update", "up"],
] as const)
  Vim.defineEx(name, short, (cm) => save(cm.cm6));

export const vimKeys = vim({ status: true });
