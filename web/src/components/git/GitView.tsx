import "./git.css";
import type { EditorView } from "../../live/editor-views";
import { CommitTab } from "./CommitTab";
import { ConflictTab } from "./ConflictTab";
import { DiffTab } from "./DiffTab";
import { HistoryTab } from "./HistoryTab";

interface GitViewProps {
  workspaceId: string;
  view: Exclude<EditorView, { kind: "file" }>;
  readOnly: boolean;
}

/** What a tab of the editor shows that is about the repository. */
export function GitView({ workspaceId, view, readOnly }: GitViewProps) {
  switch (view.kind) {
    case "diff":
      return <DiffTab workspaceId={workspaceId} path={view.path} staged={view.staged} readOnly={readOnly} />;
    case "commit":
      return <CommitTab workspaceId={workspaceId} id={view.id} />;
    case "history":
      return <HistoryTab workspaceId={workspaceId} path={view.path} />;
    case "conflict":
      return <ConflictTab workspaceId={workspaceId} path={view.path} readOnly={readOnly} />;
  }
}
