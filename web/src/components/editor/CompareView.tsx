import { syntaxHighlighting } from "@codemirror/language";
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useSize } from "../../live/use-size";
import { languageOf } from "./editor-extensions";
import { editorTheme, highlighting } from "./editor-theme";

/** Two columns need this much room; with less, both are one below the other. */
const COLUMNS_PX = 600;

interface CompareViewProps {
  path: string;
  mine: string;
  disk: string;
  /** Whose the two are. */
  names?: readonly [mine: string, disk: string];
}

/** The text on disk on the left, the person's on the right; for reading, not for writing. */
export function CompareView({ path, mine, disk, names = ["Yours", "On disk"] }: CompareViewProps) {
  const [myName, theirName] = names;
  const host = useRef<HTMLDivElement>(null);
  const [place, { width }] = useSize();
  const narrow = width < COLUMNS_PX;
  const known = width > 0;
  useEffect(() => {
    let view: MergeView | EditorView | null = null;
    let alive = known;
    void languageOf(path).then((support) => {
      if (!alive || host.current === null) return;
      const extensions = [
        lineNumbers(),
        editorTheme,
        syntaxHighlighting(highlighting),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        support ?? [],
      ];
      const parent = host.current;
      const collapseUnchanged = { margin: 3 };
      const named = (name: string) => EditorView.contentAttributes.of({ "aria-label": name, tabindex: "0" });
      const unified = unifiedMergeView({ original: disk, mergeControls: false, collapseUnchanged });
      view = narrow
        ? new EditorView({
            parent,
            doc: mine,
            extensions: [...extensions, named(`${theirName} and ${myName}`), unified],
          })
        : new MergeView({
            parent,
            a: { doc: disk, extensions: [...extensions, named(theirName)] },
            b: { doc: mine, extensions: [...extensions, named(myName)] },
            collapseUnchanged,
          });
    });
    return () => {
      alive = false;
      view?.destroy();
    };
  }, [path, mine, disk, known, narrow, theirName, myName]);
  return (
    <div className="editor-compare" ref={place}>
      <div className="editor-compare-head">
        <span>{narrow ? `− ${theirName}` : theirName}</span>
        <span>{narrow ? `+ ${myName}` : myName}</span>
      </div>
      <div className="editor-compare-body" ref={host} />
    </div>
  );
}
