import { editorStore } from "../../live/editor-store";

interface UnavailableProps {
  workspaceId: string;
  path: string;
  /** Why. */
  words: string | undefined;
  onRetry: () => void;
}

/** In place of a file that cannot be shown. */
export function Unavailable({ workspaceId, path, words, onRetry }: UnavailableProps) {
  return (
    <div className="editor-message" role="alert">
      <p>{words}</p>
      <button type="button" className="editor-action" onClick={onRetry}>
        Try again
      </button>
      <button
        type="button"
        className="editor-action"
        onClick={() => editorStore(workspaceId).closeFile(path)}
      >
        Close tab
      </button>
    </div>
  );
}
