/** Says what a language server's edit of files did, and takes it back. */
import { undoReplace } from "../../api/search";
import type { LanguageEdit } from "../../api/types";
import { notify, notifyFailure } from "../../live/notices";
import { counted } from "../ui/words";

interface Words {
  title: string;
  /** When it was taken back. */
  undone: string;
}

export function tellOfEdit(workspaceId: string, words: Words, { files, undo }: LanguageEdit): void {
  const done = files.filter((it) => it.left == null);
  const left = files.filter((it) => it.left != null);
  const places = done.reduce((sum, it) => sum + it.edits, 0);
  notify({
    key: "edited",
    tone: left.length === 0 ? "good" : "bad",
    title: words.title,
    detail:
      left.length === 0
        ? `${places === 0 ? "" : `${counted(places, "place")} in `}${counted(done.length, "file")}.`
        : `${counted(left.length, "file")} stayed as it was: ${left.map((it) => `${it.path} (${it.left})`).join(", ")}`,
    ...(undo == null
      ? {}
      : { action: { label: "Undo", run: () => void takeBack(workspaceId, words, undo) } }),
  });
}

async function takeBack(workspaceId: string, { undone }: Words, undo: string): Promise<void> {
  const kept: string[] = [];
  try {
    await undoReplace(workspaceId, undo, (line) => {
      if (line.type === "file" && line.outcome.left != null) kept.push(line.outcome.path);
    });
    if (kept.length === 0) notify({ key: "edited", tone: "good", title: undone });
    else
      notify({
        key: "edited",
        tone: "bad",
        title: "Some files have changed since and stay as they are",
        detail: kept.join(", "),
      });
  } catch (error) {
    notifyFailure("It was not taken back", error);
  }
}
