/** Shows who wrote what beside a text while somebody wants to see it, and keeps it fresh. */
import type { EditorView } from "@codemirror/view";
import { git } from "../../api/git";
import { blameShown, lineCommit } from "../../live/blame";
import { delivered } from "../../live/documents/settled";
import { editorStore } from "../../live/editor-store";
import { keyOfView } from "../../live/editor-views";
import { gitStore } from "../../live/git-store";
import { notifyFailure } from "../../live/notices";
import { blaming } from "../editor/editor-extensions";
import type { ServedFile } from "../language/attach-language";
import { blame, blameAtCursor, setBlame } from "./blame-extension";

/** After changes it is asked again when nothing changed for this long, in milliseconds. */
const PAUSE_MS = 1_500;
/** How often it is asked again at once because somebody types meanwhile. */
const ATTEMPTS = 3;

/** Adds it to an editor; returns what takes it away. */
export function attachBlame(workspaceId: string, file: ServedFile, view: EditorView): () => void {
  const store = gitStore(workspaceId);
  const openCommit = (id: string) => editorStore(workspaceId).openFile(keyOfView({ kind: "commit", id }));
  const openLine = () => {
    const found = blameAtCursor(view.state)?.commit;
    if (found != null) openCommit(found);
  };
  let alive = true;
  let asked: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let forget: (() => void) | null = null;
  const ask = async () => {
    const { revision } = store.get();
    if (asked === revision) return;
    asked = revision;
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { doc } = view.state;
        await delivered(file.connection.view);
        const groups = await git.blame(workspaceId, file.path);
        if (!alive || !blameShown.get()) return;
        // Who types meanwhile gets the next answer.
        if (!view.state.doc.eq(doc)) continue;
        view.dispatch({ effects: setBlame.of(groups) });
        return;
      }
    } catch (error) {
      if (!alive) return;
      notifyFailure("It is not known who wrote this", error);
    }
  };
  const follow = () => {
    if (blameShown.get() === (forget !== null)) return;
    if (forget === null) {
      view.dispatch({ effects: blaming.reconfigure(blame(openCommit)) });
      asked = null;
      forget = store.subscribe(() => {
        if (asked === store.get().revision) return;
        clearTimeout(timer);
        timer = setTimeout(() => void ask(), PAUSE_MS);
      });
      lineCommit.set(openLine);
      void ask();
    } else {
      forget();
      forget = null;
      lineCommit.set(null);
      view.dispatch({ effects: blaming.reconfigure([]) });
    }
  };
  const forgetShown = blameShown.subscribe(follow);
  follow();
  return () => {
    alive = false;
    clearTimeout(timer);
    forgetShown();
    forget?.();
    lineCommit.update((it) => (it === openLine ? null : it));
  };
}
