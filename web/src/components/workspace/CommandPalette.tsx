import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { CornerDownLeft, Search } from "lucide-react";
import { useEffect, useState } from "react";
import type { Workspace } from "../../api/types";
import { Keys } from "../ui/Keys";
import styles from "./CommandPalette.module.css";
import type { DialogName } from "./Dialogs";
import { takeEarlyKeys } from "./early-keys";
import type { Entry } from "./palette-entries";
import { usePaletteGroups } from "./use-palette-groups";

interface CommandPaletteProps {
  workspace: Workspace;
  readOnly: boolean;
  /** What is asked to begin with: `@` for symbols of the file, `#` for those of the project. */
  start: string;
  onClose: () => void;
  onDialog: (name: DialogName | null) => void;
}

/** One line to reach any command, file or workspace. */
export function CommandPalette({ workspace, readOnly, start, onClose, onDialog }: CommandPaletteProps) {
  const [query, setQuery] = useState(start);
  useEffect(() => takeEarlyKeys((text) => setQuery((it) => it + text)), []);
  const { groups, empty } = usePaletteGroups({ workspace, readOnly, query, onDialog });
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
                  placeholder="A file or a command; @ or # for symbols"
                  aria-label="Find a file or a command"
                />
              </div>
              <Autocomplete.Empty className={styles["empty"]}>
                {groups.length === 0 ? empty : null}
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
    <Autocomplete.Item
      value={entry}
      className={styles["item"]}
      style={{ "--depth": entry.depth ?? 0 } as React.CSSProperties}
      onClick={onChoose}
    >
      <span className={styles["icon"]}>{entry.icon ?? <CornerDownLeft />}</span>
      <span className={styles["title"]}>{entry.title}</span>
      {entry.detail !== undefined && <span className={styles["detail"]}>{entry.detail}</span>}
      {entry.keys !== undefined && <Keys keys={entry.keys} />}
    </Autocomplete.Item>
  );
}
