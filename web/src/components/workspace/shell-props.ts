import type { Me, RuntimeState, Workspace } from "../../api/types";
import type { LayoutStore } from "../../live/layout-store";
import type { WorkspaceView } from "../../live/workspace-machine";
import type { DialogName } from "./Dialogs";

/** What both shapes of the workspace, wide and phone, are made from. */
export interface ShellProps {
  workspace: Workspace;
  runtime: RuntimeState;
  view: WorkspaceView;
  me: Me | undefined;
  /** The connection is not live: what is shown is the last known state. */
  stale: boolean;
  readOnly: boolean;
  layoutStore: LayoutStore;
  onDialog: (name: DialogName) => void;
}
