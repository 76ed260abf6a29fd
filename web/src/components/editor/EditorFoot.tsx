import { blameShown } from "../../live/blame";
import type { DocumentView } from "../../live/documents/document-connection";
import { peopleOf } from "../../live/documents/peers";
import { gitStore } from "../../live/git-store";
import { useStore } from "../../live/use-store";
import { LanguageChip } from "../language/LanguageChip";
import { Faces } from "../ui/Faces";
import { authorName } from "./author-name";
import type { LiveFile } from "./live-file";

interface EditorFootProps {
  workspaceId: string;
  file: LiveFile;
  view: DocumentView;
  looksBack: boolean;
  onLookBack: (on: boolean) => void;
}

/** The line below a document: is it saved, who changed it, who else is here. */
export function EditorFoot({ workspaceId, file, view, looksBack, onLookBack }: EditorFootProps) {
  const peers = useStore(file.peers);
  const asked = useStore(file.asked);
  const place = useStore(file.place);
  const isRepository = useStore(gitStore(workspaceId)).status?.repository === true;
  const blames = useStore(blameShown);
  const { state, words } = standing(view);
  const { changed } = view;
  // Saving is told to screen readers when somebody asked, or when it does not work; not at every key.
  const told = asked > 0 || state === "away" || state === "bad" ? words : "";
  const faces = peopleOf(peers).map((it) => ({
    key: `${it.client}`,
    principal: it.principal,
    name: it.name,
  }));
  return (
    <footer className="editor-foot">
      <span className="editor-foot-state" data-state={state}>
        {words}
      </span>
      <output className="sr-only">{told}</output>
      {changed !== null && (
        <span
          key={changed.at}
          className="editor-foot-changed"
          title={`${changed.added} bytes added, ${changed.removed} removed`}
        >
          Changed by {authorName(changed.author)}
        </span>
      )}
      <span className="editor-foot-gap" />
      <Faces faces={faces} className="editor-foot-people" words="Also in this file:" />
      {!looksBack && (
        <button type="button" className="editor-foot-place" title="Go to a line" onClick={file.goToLine}>
          {place}
        </button>
      )}
      <LanguageChip workspaceId={workspaceId} path={file.path} readOnly={view.readOnly !== null} />
      {isRepository && !looksBack && (
        <button type="button" aria-pressed={blames} onClick={() => blameShown.set(!blames)}>
          Blame
        </button>
      )}
      <button type="button" aria-pressed={looksBack} onClick={() => onLookBack(!looksBack)}>
        Timeline
      </button>
    </footer>
  );
}

type Standing = "saved" | "saving" | "away" | "bad" | "locked";

function standing(view: DocumentView): { state: Standing; words: string } {
  const { phase, unsent, saving, writing, readOnly, end } = view;
  if (end === "deleted") return { state: "bad", words: "Deleted" };
  if (phase === "away") {
    return { state: "away", words: unsent ? "Offline — your changes are kept here" : "Offline" };
  }
  if (saving === "storage_full") return { state: "bad", words: "Kept, not in the file: the disk is full" };
  if (saving === "failed") return { state: "bad", words: "Kept, not in the file yet" };
  if (unsent || saving === "pending" || writing === "asked") return { state: "saving", words: "Saving…" };
  switch (readOnly) {
    case "viewer":
      return { state: "locked", words: "You can look, not change" };
    case "permissions":
      return { state: "locked", words: "Nobody may write this file" };
    case "encoding":
      return { state: "locked", words: `Read only, in ${view.encoding}` };
    case null:
      return { state: "saved", words: writing === "done" ? "Written to the file" : "Saved" };
  }
}
