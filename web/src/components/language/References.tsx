import { Search, SearchX } from "lucide-react";
import { editorStore } from "../../live/editor-store";
import { languages, type Reference } from "../../live/language/languages";
import type { LayoutStore } from "../../live/layout-store";
import { useStore } from "../../live/use-store";
import { Explain } from "../ui/Explain";
import { counted } from "../ui/words";
import lists from "../workspace/Lists.module.css";
import styles from "./References.module.css";

interface ReferencesProps {
  workspaceId: string;
  layoutStore: LayoutStore;
}

/** Where the thing that was asked about is used; a click goes there. */
export function References({ workspaceId, layoutStore }: ReferencesProps) {
  const found = useStore(languages(workspaceId).references);
  if (found === null) {
    return (
      <Explain icon={<Search />} title="Nothing was asked for yet">
        Put the cursor on a name and press Shift+F12.
      </Explain>
    );
  }
  const { word, phase, list, outside, message } = found;
  if (phase === "asking") return <Explain icon={<Search />} title={`Looking for ${word}…`} />;
  if (phase === "failed") {
    return (
      <Explain icon={<SearchX />} title="The places were not found" tone="bad">
        {message}
      </Explain>
    );
  }
  if (list.length === 0) {
    return (
      <Explain icon={<SearchX />} title={word === "" ? "There is no name here" : `${word} is used nowhere`} />
    );
  }
  const open = ({ path, ...place }: Reference) => {
    layoutStore.showEditor();
    editorStore(workspaceId).openFile(path, place);
  };
  const files = new Map<string, Reference[]>();
  for (const it of list) files.set(it.path, [...(files.get(it.path) ?? []), it]);
  return (
    <div className={lists["list"]}>
      <p className={styles["summary"]} role="status">
        <code>{word}</code> in {counted(list.length, "place")} of {counted(files.size, "file")}
        {outside > 0 && `, and ${outside} outside of the workspace`}
      </p>
      {[...files].map(([path, places]) => (
        <section key={path} aria-label={path}>
          <h3 className={styles["file"]}>
            {path} <span>{places.length}</span>
          </h3>
          <ul>
            {places.map((it) => (
              <li key={`${it.line}:${it.column}`}>
                <button type="button" className={lists["row"]} onClick={() => open(it)}>
                  <code className={styles["line"]}>{it.line}</code>
                  <code className={styles["text"]}>{it.text}</code>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
