import { Link, useNavigate } from "@tanstack/react-router";
import {
  AppWindow,
  ChevronDown,
  Command,
  FileCode,
  Keyboard,
  PanelBottom,
  PanelLeft,
  PenLine,
  Settings2,
  Trash2,
  UsersRound,
} from "lucide-react";
import type { Me, RuntimeState, Workspace } from "../../api/types";
import type { Layout, LayoutStore } from "../../live/layout-store";
import { useNow } from "../../live/use-now";
import type { WorkspaceView } from "../../live/workspace-machine";
import { AccountMenu } from "../shell/AccountMenu";
import { House } from "../ui/House";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import { standingOf } from "../ui/words";
import { DevServerChip } from "./DevServerChip";
import type { DialogName } from "./Dialogs";
import styles from "./Header.module.css";
import { RunControls } from "./RunControls";
import { SessionPill } from "./SessionPill";
import { WhoIsHere } from "./WhoIsHere";

export interface HeaderProps {
  workspace: Workspace;
  runtime: RuntimeState;
  view: WorkspaceView;
  stale: boolean;
  readOnly: boolean;
  me: Me | undefined;
  layout: Layout;
  layoutStore: LayoutStore;
  onDialog: (name: DialogName) => void;
}

/** Where am I, what runs, what can I do: the top line of a workspace. */
export function Header(props: HeaderProps) {
  const { workspace, runtime, stale, readOnly, me, layout, layoutStore, onDialog } = props;
  const now = useNow();
  const { light } = standingOf(runtime);
  return (
    <header className={styles["header"]}>
      <Link to="/" className={styles["home"]} aria-label="All workspaces" title="All workspaces">
        <House size={20} light={stale ? "off" : light} />
      </Link>
      <Menu
        align="start"
        trigger={
          <button type="button" className={styles["name"]} aria-label={`${workspace.name}: workspace menu`}>
            <span>{workspace.name}</span>
            <ChevronDown />
          </button>
        }
      >
        <WorkspaceMenuItems workspace={workspace} onDialog={onDialog} />
      </Menu>
      <h1 className={styles["hidden"]}>{workspace.name}</h1>
      <SessionPill runtime={runtime} stale={stale} now={now} />
      {readOnly ? (
        <span className={styles["viewing"]}>You can look, not change</span>
      ) : (
        <RunControls workspaceId={workspace.id} runtime={runtime} disabled={stale} />
      )}
      {runtime.status === "running" && (
        <DevServerChip server={runtime.dev_server} onShowLog={() => layoutStore.showDock("log")} />
      )}
      <div className={styles["end"]}>
        <WhoIsHere workspaceId={workspace.id} view={props.view} />
        <IconButton
          label="Files"
          keys="Mod+B"
          icon={<PanelLeft />}
          pressed={layout.sidebar}
          onClick={() => layoutStore.toggle("sidebar")}
        />
        <IconButton
          label="Editor"
          icon={<FileCode />}
          pressed={layout.editor}
          onClick={() => layoutStore.toggle("editor")}
        />
        <IconButton
          label="Preview"
          icon={<AppWindow />}
          pressed={layout.preview}
          onClick={() => layoutStore.toggle("preview")}
        />
        <IconButton
          label="Terminals and log"
          keys="Mod+J"
          icon={<PanelBottom />}
          pressed={layout.dock}
          onClick={() => layoutStore.toggle("dock")}
        />
        <span className={styles["line"]} />
        <IconButton label="Commands" keys="Mod+K" icon={<Command />} onClick={() => onDialog("palette")} />
        {me !== undefined && <AccountMenu me={me} />}
      </div>
    </header>
  );
}

interface WorkspaceMenuItemsProps {
  workspace: Workspace;
  onDialog: (name: DialogName) => void;
}

function WorkspaceMenuItems({ workspace, onDialog }: WorkspaceMenuItemsProps) {
  const navigate = useNavigate();
  const owner = workspace.role === "owner";
  const manage = () =>
    navigate({ to: "/w/$workspaceId/manage/{-$section}", params: { workspaceId: workspace.id } });
  return (
    <>
      <MenuItem icon={<UsersRound />} onSelect={() => void manage()}>
        {owner ? "People and access" : "People"}
      </MenuItem>
      <MenuItem icon={<Settings2 />} keys="Mod+," onSelect={() => onDialog("settings")}>
        Settings…
      </MenuItem>
      <MenuItem icon={<Keyboard />} keys="?" onSelect={() => onDialog("keys")}>
        Keys
      </MenuItem>
      {owner && (
        <>
          <MenuLine />
          <MenuItem icon={<PenLine />} onSelect={() => onDialog("rename")}>
            Rename…
          </MenuItem>
          <MenuItem icon={<Trash2 />} danger onSelect={() => onDialog("delete")}>
            Delete…
          </MenuItem>
        </>
      )}
    </>
  );
}
