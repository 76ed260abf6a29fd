import type { DocumentView } from "../../live/documents/document-connection";
import { CHOICES } from "./conflict-extension";
import type { LiveFile } from "./live-file";

interface LiveTroubleProps {
  file: LiveFile;
  view: DocumentView;
  readOnly: boolean;
}

/** What is wrong with a document now, what is kept, and what can be done about it. */
export function LiveTrouble({ file, view, readOnly }: LiveTroubleProps) {
  if (view.end === "deleted") {
    return (
      <div className="editor-trouble" role="alert">
        <p>
          <strong>The file was deleted.</strong> Its text is still here until you close the tab.
        </p>
        {view.readOnly !== "viewer" && (
          <div className="editor-trouble-actions">
            <button type="button" className="editor-action" onClick={() => void file.createAgain()}>
              Create it again
            </button>
          </div>
        )}
      </div>
    );
  }
  return (
    <>
      <Disk view={view} />
      <Conflicts file={file} view={view} readOnly={readOnly} />
      {view.readOnly === "encoding" && (
        <div className="editor-trouble" data-tone="calm">
          <p>
            <strong>This file is in {view.encoding}, not in UTF-8.</strong> It can be read here; to edit it,
            convert it.
          </p>
          <div className="editor-trouble-actions">
            <button type="button" className="editor-action" onClick={() => void file.convert()}>
              Convert to UTF-8
            </button>
          </div>
        </div>
      )}
    </>
  );
}

function Disk({ view }: { view: DocumentView }) {
  if (view.atRisk) {
    return (
      <div className="editor-trouble" data-tone="bad" role="alert">
        <p>
          <strong>Keep this page open.</strong> What you type cannot be sent now, and this browser has no room
          to keep it.
        </p>
      </div>
    );
  }
  if (view.saving === "storage_full") {
    return (
      <div className="editor-trouble" data-tone="bad" role="alert">
        <p>
          <strong>The disk of this workspace is full.</strong> Your text is kept, and written to the file when
          there is room. Delete something to make some.
        </p>
      </div>
    );
  }
  if (view.saving !== "failed") return null;
  return (
    <div className="editor-trouble" data-tone="bad" role="alert">
      <p>
        <strong>The file cannot be written at the moment.</strong> Your text is kept; it is tried again every
        second.
      </p>
    </div>
  );
}

function Conflicts({ file, view, readOnly }: LiveTroubleProps) {
  const [first, ...more] = view.conflicts;
  if (first === undefined) return null;
  const comparing = file.comparing.get() !== null;
  const current = view.conflicts.find((it) => it.id === file.comparing.get()) ?? first;
  const count = more.length + 1;
  return (
    <div className="editor-trouble" role="status">
      <p>
        <strong>{count === 1 ? "One place was" : `${count} places were`} changed by two at once.</strong> Both
        versions are in the text, one below the other.
      </p>
      <div className="editor-trouble-actions">
        {comparing ? (
          <button type="button" className="editor-action" onClick={() => file.comparing.set(null)}>
            Back to the text
          </button>
        ) : (
          <button type="button" className="editor-action" onClick={() => file.goToConflict(first)}>
            Show
          </button>
        )}
        {comparing &&
          !readOnly &&
          CHOICES.map(({ keep, label }) => (
            <button
              key={keep}
              type="button"
              className="editor-action"
              onClick={() => void file.decide(current.id, keep)}
            >
              {label}
            </button>
          ))}
      </div>
    </div>
  );
}
