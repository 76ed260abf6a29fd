import { useState } from "react";
import type { DocumentView } from "../../live/documents/document-connection";
import type { End } from "../../live/documents/document-machine";
import type { Reveal } from "../../live/editor-store";
import type { Store } from "../../live/store";
import { useStore } from "../../live/use-store";
import { CodeActionMenu } from "../language/CodeActionMenu";
import { RenameSymbolDialog } from "../language/RenameSymbolDialog";
import { hasPreview } from "../viewers/file-kinds";
import { TextPreview } from "../viewers/TextPreview";
import { authorName } from "./author-name";
import { CompareView } from "./CompareView";
import { EditorFoot } from "./EditorFoot";
import { LiveTrouble } from "./LiveTrouble";
import type { LiveFile } from "./live-file";
import { ReadingSwitch } from "./ReadingSwitch";
import { StrandedBar } from "./StrandedBar";
import { TextEditor } from "./TextEditor";
import { Timeline } from "./Timeline";
import { Unavailable } from "./Unavailable";

/** Attempts after which a person is told that the server does not answer. */
const PATIENCE = 2;

interface LiveFileViewProps {
  workspaceId: string;
  file: LiveFile;
  reveal: Reveal | null;
  readOnly: boolean;
}

/** A text that is written together, and what there is to say about it. */
export function LiveFileView({ workspaceId, file, reveal, readOnly }: LiveFileViewProps) {
  const view = useStore(file.connection.view);
  const edition = useStore(file.edition);
  const comparing = useStore(file.comparing);
  const [reading, setReading] = useState(false);
  const [beside, setBeside] = useState<string | null>(null);
  const [looksBack, setLooksBack] = useState(false);
  const preview = hasPreview(file.path);
  const conflict = view.conflicts.find((it) => it.id === comparing);
  if (view.phase === "ended" && view.end !== "deleted") {
    return <Ended workspaceId={workspaceId} file={file} view={view} />;
  }
  if (edition === 0 || view.phase === "opening") return <Opening file={file} view={view} />;
  const locked = readOnly || view.readOnly !== null || view.end === "deleted";
  return (
    <>
      <LiveTrouble file={file} view={view} readOnly={locked} />
      {view.stranded.map((it) => (
        <StrandedBar
          key={it.key}
          workspaceId={workspaceId}
          file={file}
          unsent={it}
          comparing={beside === it.key}
          onCompare={() => setBeside(beside === it.key ? null : it.key)}
        />
      ))}
      {conflict !== undefined ? (
        <CompareView
          path={file.path}
          mine={conflict.document}
          disk={conflict.disk}
          names={["Here", `By ${authorName(conflict.author)}`]}
        />
      ) : beside !== null ? (
        <BesideText file={file} text={view.stranded.find((it) => it.key === beside)?.text ?? ""} />
      ) : looksBack ? (
        <Timeline
          workspaceId={workspaceId}
          file={file}
          readOnly={locked}
          onClose={() => setLooksBack(false)}
        />
      ) : preview !== null && reading ? (
        <LivePreview workspaceId={workspaceId} path={file.path} text={file.text} kind={preview} />
      ) : (
        <TextEditor
          key={edition}
          document={file}
          reveal={reveal}
          readOnly={locked}
          attach={file.attach(locked)}
        />
      )}
      {preview !== null && !looksBack && (
        <ReadingSwitch kind={preview} reading={reading} onChange={setReading} />
      )}
      <RenameSymbolDialog workspaceId={workspaceId} path={file.path} />
      <CodeActionMenu workspaceId={workspaceId} path={file.path} />
      <EditorFoot
        workspaceId={workspaceId}
        file={file}
        view={view}
        looksBack={looksBack}
        onLookBack={setLooksBack}
      />
    </>
  );
}

function BesideText({ file, text }: { file: LiveFile; text: string }) {
  const now = useStore(file.text);
  return <CompareView path={file.path} mine={text} disk={now} names={["Yours", "The file"]} />;
}

interface LivePreviewProps extends Omit<React.ComponentProps<typeof TextPreview>, "text"> {
  text: Store<string>;
}

/** Follows what is typed by whomever. */
function LivePreview({ text, ...props }: LivePreviewProps) {
  return <TextPreview text={useStore(text)} {...props} />;
}

function Opening({ file, view }: { file: LiveFile; view: DocumentView }) {
  if (view.attempts <= PATIENCE) {
    return (
      <div className="editor-message" aria-busy="true">
        Opening {file.path}…
      </div>
    );
  }
  return (
    <div className="editor-message" role="alert">
      <p>{file.path} cannot be opened at the moment. This page keeps trying.</p>
      {view.reason !== "" && <p>{view.reason}</p>}
    </div>
  );
}

/** Why a document is not shown any more; what cannot be a document is shown by another view. */
const ENDED: Partial<Record<End, string>> = {
  signed_out: "You are signed out. Sign in again to go on.",
  forbidden: "You may not open this file any more.",
  failed: "The document could not be opened.",
};

function Ended({ workspaceId, file, view }: { workspaceId: string; file: LiveFile; view: DocumentView }) {
  const words =
    view.end === "missing" ? `${file.path} does not exist any more.` : ENDED[view.end ?? "failed"];
  return (
    <>
      {view.stranded.map((it) => (
        <StrandedBar key={it.key} workspaceId={workspaceId} file={file} unsent={it} />
      ))}
      <Unavailable
        workspaceId={workspaceId}
        path={file.path}
        words={words}
        onRetry={() => file.connection.reopen(false)}
      />
    </>
  );
}
