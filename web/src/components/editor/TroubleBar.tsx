import type { FileDocument, Trouble } from "./file-document";

interface TroubleBarProps {
  document: FileDocument;
  trouble: Trouble;
  comparing: boolean;
  onCompare: () => void;
}

/** Says that text and disk parted, what was kept, and what can be done. */
export function TroubleBar({ document, trouble, comparing, onCompare }: TroubleBarProps) {
  switch (trouble.kind) {
    case "conflict":
      return (
        <div className="editor-trouble" role="alert">
          <p>
            <strong>The file changed on disk while you were editing.</strong> Nothing was overwritten: your
            text is here, the other is on disk.
          </p>
          <div className="editor-trouble-actions">
            <button type="button" className="editor-action" aria-pressed={comparing} onClick={onCompare}>
              {comparing ? "Back to editing" : "Compare"}
            </button>
            <button type="button" className="editor-action" onClick={() => void document.settle("mine")}>
              Save mine
            </button>
            <button type="button" className="editor-action" onClick={() => void document.settle("disk")}>
              Take the disk’s
            </button>
          </div>
        </div>
      );
    case "deleted":
      return (
        <div className="editor-trouble" role="alert">
          <p>
            <strong>The file was deleted on disk.</strong> Its text is still here; saving creates it again.
          </p>
          <div className="editor-trouble-actions">
            <button type="button" className="editor-action" onClick={() => void document.save()}>
              Create it again
            </button>
          </div>
        </div>
      );
    case "failed":
      return (
        <div className="editor-trouble" role="alert">
          <p>
            <strong>Not saved.</strong> {trouble.message} Your text is kept here.
          </p>
          <div className="editor-trouble-actions">
            <button type="button" className="editor-action" onClick={() => void document.save()}>
              Save again
            </button>
          </div>
        </div>
      );
  }
}
