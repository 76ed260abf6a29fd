import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CornerDownLeft, FileText, Search } from "lucide-react";
import { useEffect, useState } from "react";
import { listWorkspaces } from "../../api/gateway";
import { searchNames } from "../../api/kernel";
import type { Workspace } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { layoutStore } from "../../live/layout-store";
import { previewStore } from "../../live/preview-store";
import { createTerminal } from "../../live/terminal-actions";
import { useStore } from "../../live/use-store";
import { workspaceStore } from "../../live/workspace-store";
import { House } from "../ui/House";
import { Keys } from "../ui/Keys";
import { standing } from "../ui/words";
import styles from "./CommandPalette.module.css";
import { commandsFor } from "./commands";
import type { DialogName } from "./Dialogs";
import { takeEarlyKeys } from "./early-keys";
import { type Entry, matches } from "./palette-entries";

const FILES_MAX = 20;

interface CommandPaletteProps {
  workspace: Workspace;
  readOnly: boolean;
  onClose: () => void;
  onDialog: (name: DialogName | null) => void;
}

/** One line to reach any command, file or workspace. */
export function CommandPalette({ workspace, readOnly, onClose, onDialog }: CommandPaletteProps) {
  const [query, setQuery] = useState("");
  useEffect(() => takeEarlyKeys((text) => setQuery((it) => it + text)), []);
  const { runtime } = useStore(workspaceStore(workspace.id));
  const layout = layoutStore(workspace.id);
  const navigate = useNavigate();
  const wanted = query.trim();
  const files = useQuery({
    queryKey: ["names", workspace.id, wanted],
    queryFn: ({ signal }) => searchNames(workspace.id, wanted, FILES_MAX, signal),
    enabled: wanted !== "",
    placeholderData: keepPreviousData,
  });
  const workspaces = useQuery({ queryKey: ["workspaces"], queryFn: listWorkspaces });

  const openFile = (path: string) => {
    layout.showEditor();
    editorStore(workspace.id).openFile(path);
  };
  const commands: Entry[] = commandsFor({
    workspaceId: workspace.id,
    runtime,
    readOnly,
    role: workspace.role,
    layout,
    preview: previewStore(workspace.id),
    newTerminal: () => void createTerminal(workspace.id),
    onDialog,
    onManage: (section) =>
      void navigate({
        to: "/w/$workspaceId/manage/{-$section}",
        params: { workspaceId: workspace.id, section },
      }),
  });
  const others = (workspaces.data ?? [])
    .filter((it) => it.id !== workspace.id)
    .map(
      (it): Entry => ({
        id: it.id,
        title: it.name,
        icon: <House size={15} light={standing(it).light} />,
        run: () => void navigate({ to: "/w/$workspaceId", params: { workspaceId: it.id } }),
      }),
    );
  const paths = wanted === "" ? [] : (files.data?.paths ?? []);
  const groups = [
    {
      value: "Files",
      items: paths.map(
        (path): Entry => ({ id: path, title: path, icon: <FileText />, run: () => openFile(path) }),
      ),
    },
    { value: "Commands", items: commands.filter((it) => matches(it, wanted)) },
    { value: "Workspaces", items: others.filter((it) => matches(it, wanted)) },
  ].filter((group) => group.items.length > 0);
  const choose = (entry: Entry) => {
    onClose();
    entry.run();
  };

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles["backdrop"]} />
        <Dialog.Viewport className={styles["viewport"]}>
          <Dialog.Popup className={styles["popup"]} aria-label="Commands and files">
            <Autocomplete.Root
              open
              inline
              items={groups}
              filter={null}
              autoHighlight="always"
              value={query}
              onValueChange={(value, details) => details.reason !== "item-press" && setQuery(value)}
              itemToStringValue={(entry: Entry) => entry.title}
            >
              <div className={styles["line"]}>
                <Search aria-hidden="true" />
                <Autocomplete.Input
                  className={styles["input"]}
                  placeholder="Find a file or a command"
                  aria-label="Find a file or a command"
                />
              </div>
              <Autocomplete.Empty className={styles["empty"]}>
                {groups.length === 0 ? `Nothing is called “${wanted}”.` : null}
              </Autocomplete.Empty>
              <Autocomplete.List className={styles["results"]}>
                {(group: { value: string; items: Entry[] }) => (
                  <Autocomplete.Group key={group.value} items={group.items}>
                    <Autocomplete.GroupLabel className={styles["label"]}>
                      {group.value}
                    </Autocomplete.GroupLabel>
                    <Autocomplete.Collection>
                      {(entry: Entry) => <Row key={entry.id} entry={entry} onChoose={() => choose(entry)} />}
                    </Autocomplete.Collection>
                  </Autocomplete.Group>
                )}
              </Autocomplete.List>
            </Autocomplete.Root>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Row({ entry, onChoose }: { entry: Entry; onChoose: () => void }) {
  return (
    <Autocomplete.Item value={entry} className={styles["item"]} onClick={onChoose}>
      <span className={styles["icon"]}>{entry.icon ?? <CornerDownLeft />}</span>
      <span className={styles["title"]}>{entry.title}</span>
      {entry.keys !== undefined && <Keys keys={entry.keys} />}
    </Autocomplete.Item>
  );
}
