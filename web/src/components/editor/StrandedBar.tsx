import { copyText } from "../../live/clipboard";
import type { Unsent } from "../../live/documents/unsent";
import { editorStore } from "../../live/editor-store";
import { notifyFailure } from "../../live/notices";
import type { LiveFile } from "./live-file";

interface StrandedBarProps {
  workspaceId: string;
  file: LiveFile;
  unsent: Unsent;
  comparing?: boolean;
  /** Absent where there is nothing to compare with. */
  onCompare?: () => void;
}

/** Offers text that was typed into a document which is no more. */
export function StrandedBar({ workspaceId, file, unsent, comparing = false, onCompare }: StrandedBarProps) {
  const saveBeside = async () => {
    const path = besidePath(unsent.path);
    try {
      await file.saveAs(path, unsent.text);
      file.forget(unsent);
      editorStore(workspaceId).openFile(path);
    } catch (error) {
      notifyFailure(`${path} was not made`, error);
    }
  };
  return (
    <div className="editor-trouble" role="alert">
      <p>
        <strong>Something you typed here could not be joined with the file.</strong> The file was replaced
        meanwhile; your text is kept in this browser.
      </p>
      <div className="editor-trouble-actions">
        {onCompare !== undefined && (
          <button type="button" className="editor-action" aria-pressed={comparing} onClick={onCompare}>
            Compare
          </button>
        )}
        <button type="button" className="editor-action" onClick={() => void saveBeside()}>
          Save as another file
        </button>
        <button type="button" className="editor-action" onClick={() => void copyText(unsent.text)}>
          Copy
        </button>
        <button type="button" className="editor-action" onClick={() => file.forget(unsent)}>
          Discard
        </button>
      </div>
    </div>
  );
}

/** `notes.md` → `notes (mine 14-05).md`. */
function besidePath(path: string): string {
  const dot = path.lastIndexOf(".");
  const name = path.lastIndexOf("/") + 1;
  const cut = dot <= name ? path.length : dot;
  const now = new Date();
  const two = (value: number) => `${value}`.padStart(2, "0");
  return `${path.slice(0, cut)} (mine ${two(now.getHours())}-${two(now.getMinutes())}-${two(now.getSeconds())})${path.slice(cut)}`;
}
