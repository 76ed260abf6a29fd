import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { renameSymbol } from "../../api/language";
import { undoReplace } from "../../api/search";
import type { RenamedSymbol } from "../../api/types";
import { settled } from "../../live/documents/settled";
import { languages, type RenameWish } from "../../live/language/languages";
import { notify, notifyFailure } from "../../live/notices";
import { useStore } from "../../live/use-store";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { counted } from "../ui/words";

interface RenameSymbolDialogProps {
  workspaceId: string;
  path: string;
}

/** Asks for the new name of what the cursor is on, when somebody wants to give it one. */
export function RenameSymbolDialog({ workspaceId, path }: RenameSymbolDialogProps) {
  const { renaming } = languages(workspaceId);
  const wish = useStore(renaming);
  if (wish === null || wish.path !== path) return null;
  return <Asking workspaceId={workspaceId} wish={wish} onClose={() => renaming.set(null)} />;
}

interface AskingProps {
  workspaceId: string;
  wish: RenameWish;
  onClose: () => void;
}

function Asking({ workspaceId, wish, onClose }: AskingProps) {
  const [name, setName] = useState(wish.word);
  const rename = useMutation({
    mutationFn: async () => {
      const { path, line, column } = wish;
      // What is typed counts, in every file.
      await settled(workspaceId);
      return renameSymbol(workspaceId, { path, line, column, new_name: name.trim() });
    },
    onSuccess: (done) => {
      onClose();
      tell(workspaceId, wish.word, name.trim(), done);
    },
  });
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title={`Rename ${wish.word}`}
      lead="In every file of the workspace that means this one. It can be taken back."
      submit="Rename"
      busy={rename.isPending}
      wrong={name.trim() === "" || name.trim() === wish.word}
      error={rename.error}
      onSubmit={() => rename.mutate()}
    >
      <Field
        label="New name"
        mono
        value={name}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setName(event.target.value)}
      />
    </FormModal>
  );
}

function tell(workspaceId: string, word: string, name: string, { files, undo }: RenamedSymbol): void {
  const done = files.filter((it) => it.left == null);
  const left = files.filter((it) => it.left != null);
  const places = done.reduce((sum, it) => sum + it.edits, 0);
  notify({
    key: "renamed",
    tone: left.length === 0 ? "good" : "bad",
    title: `${word} is ${name} now`,
    detail:
      left.length === 0
        ? `${counted(places, "place")} in ${counted(done.length, "file")}.`
        : `${counted(left.length, "file")} stayed as it was: ${left.map((it) => `${it.path} (${it.left})`).join(", ")}`,
    ...(undo == null ? {} : { action: { label: "Undo", run: () => void takeBack(workspaceId, undo) } }),
  });
}

async function takeBack(workspaceId: string, undo: string): Promise<void> {
  const kept: string[] = [];
  try {
    await undoReplace(workspaceId, undo, (line) => {
      if (line.type === "file" && line.outcome.left != null) kept.push(line.outcome.path);
    });
    if (kept.length === 0) notify({ key: "renamed", tone: "good", title: "The names are back" });
    else
      notify({
        key: "renamed",
        tone: "bad",
        title: "Some files have changed since and stay as they are",
        detail: kept.join(", "),
      });
  } catch (error) {
    notifyFailure("The renaming was not taken back", error);
  }
}
