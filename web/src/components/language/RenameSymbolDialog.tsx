import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { renameSymbol } from "../../api/language";
import { settled } from "../../live/documents/settled";
import { languages, type RenameWish } from "../../live/language/languages";
import { useStore } from "../../live/use-store";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { tellOfEdit } from "./tell-of-edit";

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
      const title = `${wish.word} is ${name.trim()} now`;
      tellOfEdit(workspaceId, { title, undone: "The names are back" }, done);
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
