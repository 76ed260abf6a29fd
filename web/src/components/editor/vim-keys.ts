import { ViewPlugin } from "@codemirror/view";
import { CodeMirror, getCM, Vim, vim } from "@replit/codemirror-vim";
import { save } from "./saving";
import { liveUndo, undoLive } from "./undo";

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

/** One command is taken back at a time, however quickly the next one followed. */
const steps = ViewPlugin.define((view) => {
  const cm = getCM(view);
  const done = () => {
    if (cm?.state.vim?.insertMode !== true) view.state.facet(liveUndo)?.stopCapturing();
  };
  cm?.on("vim-command-done", done);
  return { destroy: () => cm?.off("vim-command-done", done) };
});

export const vimKeys = [vim({ status: true }), steps];
