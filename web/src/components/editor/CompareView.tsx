import { syntaxHighlighting } from "@codemirror/language";
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useMedia } from "../../live/use-media";
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
  // Two columns need room.
  const narrow = useMedia("(max-width: 700px)");
  useEffect(() => {
    let view: MergeView | EditorView | null = null;
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
      const parent = host.current;
      const collapseUnchanged = { margin: 3 };
      const unified = unifiedMergeView({ original: disk, mergeControls: false, collapseUnchanged });
      view = narrow
        ? new EditorView({ parent, doc: mine, extensions: [...extensions, unified] })
        : new MergeView({
            parent,
            a: { doc: disk, extensions },
            b: { doc: mine, extensions },
            collapseUnchanged,
          });
    });
    return () => {
      alive = false;
      view?.destroy();
    };
  }, [path, mine, disk, narrow]);
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
