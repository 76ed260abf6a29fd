import { syntaxHighlighting } from "@codemirror/language";
import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { languageOf } from "./editor-extensions";
import { editorTheme, highlighting } from "./editor-theme";

interface CompareViewProps {
  path: string;
  mine: string;
  disk: string;
  /** Whose the two are. */
  names?: readonly [mine: string, disk: string];
}

/** The text on disk on the left, the person's on the right; for reading, not for writing. */
export function CompareView({ path, mine, disk, names = ["Yours", "On disk"] }: CompareViewProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let view: MergeView | null = null;
    let alive = true;
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
      view = new MergeView({
        parent: host.current,
        a: { doc: disk, extensions },
        b: { doc: mine, extensions },
        collapseUnchanged: { margin: 3 },
      });
    });
    return () => {
      alive = false;
      view?.destroy();
    };
  }, [path, mine, disk]);
  return (
    <div className="editor-compare">
      <div className="editor-compare-head">
        <span>{names[1]}</span>
        <span>{names[0]}</span>
      </div>
      <div className="editor-compare-body" ref={host} />
    </div>
  );
}
