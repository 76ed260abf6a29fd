import { useNavigate } from "@tanstack/react-router";
import { Suspense } from "react";
import type { Workspace } from "../../api/types";
import { ShareDialog } from "../shares/ShareDialog";
import { DeleteDialog } from "../shell/DeleteDialog";
import { DeviceDialog } from "../shell/DeviceDialog";
import { RenameDialog } from "../shell/RenameDialog";
import { lazyPart } from "../ui/lazy-part";
import { AgentDialog } from "./AgentDialog";
import { KeySheet } from "./KeySheet";
import { SettingsDialog } from "./SettingsDialog";

const CommandPalette = lazyPart(() =>
  import("./CommandPalette").then((it) => ({ default: it.CommandPalette })),
);

/** What the palette begins with, by the name of the wish: symbols of the file, or of the project. */
export const PALETTES = { palette: "", symbols: "@", "all-symbols": "#" } as const;

export type DialogName =
  | keyof typeof PALETTES
  | "keys"
  | "settings"
  | "agent"
  | "rename"
  | "delete"
  | "device"
  | "share";

interface DialogsProps {
  workspace: Workspace;
  open: DialogName | null;
  readOnly: boolean;
  onDialog: (name: DialogName | null) => void;
}

/** Everything that opens above the workspace; one at a time. */
export function Dialogs({ workspace, open, readOnly, onDialog }: DialogsProps) {
  const navigate = useNavigate();
  const close = () => onDialog(null);
  switch (open) {
    case "palette":
    case "symbols":
    case "all-symbols":
      return (
        <Suspense>
          <CommandPalette
            workspace={workspace}
            readOnly={readOnly}
            start={PALETTES[open]}
            onClose={close}
            onDialog={onDialog}
          />
        </Suspense>
      );
    case "keys":
      return <KeySheet onClose={close} />;
    case "settings":
      return <SettingsDialog workspaceId={workspace.id} readOnly={readOnly} onClose={close} />;
    case "agent":
      return <AgentDialog workspaceId={workspace.id} onClose={close} />;
    case "rename":
      return <RenameDialog workspace={workspace} onClose={close} />;
    case "delete":
      return (
        <DeleteDialog
          workspace={workspace}
          open
          onClose={close}
          onDeleted={() => void navigate({ to: "/" })}
        />
      );
    case "share":
      return <ShareDialog workspace={workspace} onClose={close} />;
    case "device":
      return <DeviceDialog open onClose={close} />;
    case null:
      return null;
  }
}
