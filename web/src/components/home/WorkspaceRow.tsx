import { Link } from "@tanstack/react-router";
import { Ellipsis, PenLine, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Workspace } from "../../api/types";
import { UnreachableWords } from "../machines/Unreachable";
import { DeleteDialog } from "../shell/DeleteDialog";
import { RenameDialog } from "../shell/RenameDialog";
import { House } from "../ui/House";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem } from "../ui/Menu";
import { ago, sourceName, standing } from "../ui/words";
import styles from "./WorkspaceRow.module.css";

/** One workspace of the list: its house, its light, what it is, when somebody last was there. */
export function WorkspaceRow({ workspace, now }: { workspace: Workspace; now: number }) {
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  const { word, light } = standing(workspace);
  return (
    <li className={styles["row"]}>
      <House size={26} light={light} />
      <div className={styles["what"]}>
        <Link to="/w/$workspaceId" params={{ workspaceId: workspace.id }} className={styles["name"]}>
          {workspace.name}
        </Link>
        <span className={styles["source"]}>
          {workspace.unreachable ? <UnreachableWords workspace={workspace} /> : sourceName(workspace.source)}
        </span>
      </div>
      <span className={styles["status"]} data-light={light}>
        {word}
      </span>
      <time className={styles["when"]} dateTime={new Date(workspace.opened_at_ms).toISOString()}>
        {ago(workspace.opened_at_ms, now)}
      </time>
      {workspace.role === "owner" ? (
        <Menu
          trigger={
            <IconButton label={`More for ${workspace.name}`} icon={<Ellipsis />} className={styles["more"]} />
          }
        >
          <MenuItem icon={<PenLine />} onSelect={() => setDialog("rename")}>
            Rename…
          </MenuItem>
          <MenuItem icon={<Trash2 />} danger onSelect={() => setDialog("delete")}>
            Delete…
          </MenuItem>
        </Menu>
      ) : (
        <span />
      )}
      {dialog === "rename" && <RenameDialog workspace={workspace} onClose={() => setDialog(null)} />}
      {dialog === "delete" && <DeleteDialog workspace={workspace} open onClose={() => setDialog(null)} />}
    </li>
  );
}
