import type { Compartment, Extension, StateEffect, Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Reveal } from "../../live/editor-store";
import { preferences } from "../../live/preferences";
import { useStore } from "../../live/use-store";
import type { EditedText } from "./edited-text";
import {
  keys,
  keysOf,
  language,
  languageOf,
  overview,
  overviewOf,
  wrapping,
  writable,
  writing,
} from "./editor-extensions";

interface TextEditorProps {
  document: EditedText;
  reveal: Reveal | null;
  readOnly: boolean;
  /** Adds to the editor while it is shown; returns what takes it away. */
  attach?: (view: EditorView) => () => void;
}

/** Places that were shown already. */
const granted = new WeakMap<EditedText, number>();
/** Where texts were scrolled to when another tab came to the front. */
const scrolled = new WeakMap<EditedText, StateEffect<unknown>>();

/** Shows one document's text; its undo history and selection live in the document. */
export function TextEditor({ document, reveal, readOnly, attach }: TextEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const { editorWrap, editorFontSize, editorKeys, editorOverview } = useStore(preferences);
  useEffect(() => {
    if (host.current === null) return;
    const made = mount(host.current, document, readOnly);
    editor.current = made.view;
    const detach = attach?.(made.view);
    return () => {
      detach?.();
      editor.current = null;
      made.dispose();
    };
  }, [document, readOnly, attach]);
  useEffect(() => {
    editor.current?.dispatch({
      effects: wrapping.reconfigure(editorWrap ? EditorView.lineWrapping : []),
    });
  }, [editorWrap]);
  useLoaded(editor, keysOf, editorKeys, keys, document);
  useLoaded(editor, overviewOf, editorOverview, overview, document);
  useEffect(() => {
    if (reveal === null || reveal.path !== document.path || editor.current === null) return;
    // A wish is granted once, not at every return to the tab.
    if (granted.get(document) === reveal.token) return;
    granted.set(document, reveal.token);
    goTo(editor.current, reveal);
  }, [reveal, document]);
  const style = { "--editor-font-size": `${editorFontSize}px` } as React.CSSProperties;
  return <div className="editor-text" ref={host} style={style} />;
}

/** Puts an extension that is loaded on demand into its place in the editor. */
function useLoaded<T>(
  editor: React.RefObject<EditorView | null>,
  load: (wish: T) => Promise<Extension>,
  wish: T,
  place: Compartment,
  document: EditedText,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another document is another editor
  useEffect(() => {
    let current = true;
    void load(wish).then((extension) => {
      if (current) editor.current?.dispatch({ effects: place.reconfigure(extension) });
    });
    return () => {
      current = false;
    };
  }, [editor, load, wish, place, document]);
}

function mount(parent: HTMLElement, document: EditedText, readOnly: boolean) {
  const scrollTo = scrolled.get(document);
  const view = new EditorView({
    parent,
    state: document.state,
    ...(scrollTo === undefined ? {} : { scrollTo }),
    dispatchTransactions: (transactions, editor) => {
      const refused = readOnly && transactions.some((it) => it.docChanged && isEdit(it));
      if (refused) return;
      editor.update(transactions);
      for (const transaction of transactions) document.took(transaction);
    },
  });
  document.show(view);
  view.scrollDOM.addEventListener("scroll", () => scrolled.set(document, view.scrollSnapshot()), {
    passive: true,
  });
  const { editorWrap } = preferences.get();
  view.dispatch({
    effects: [
      wrapping.reconfigure(editorWrap ? EditorView.lineWrapping : []),
      writing.reconfigure(writable(!readOnly)),
    ],
  });
  let alive = true;
  void languageOf(document.path).then((support) => {
    if (alive && support !== null) view.dispatch({ effects: language.reconfigure(support) });
  });
  if (matchMedia("(pointer: fine)").matches) view.focus();
  return {
    view,
    dispose: () => {
      alive = false;
      document.show(null);
      view.destroy();
    },
  };
}

/** Whether the person, not the disk, changes the text. */
function isEdit(transaction: Transaction): boolean {
  return ["input", "delete", "move", "undo", "redo"].some((it) => transaction.isUserEvent(it));
}

/** Puts the cursor at a place, in the middle of the screen. */
function goTo(view: EditorView, { line, column, endColumn = column }: Reveal): void {
  const target = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  const place = (at: number) => Math.min(target.from + Math.max(at - 1, 0), target.to);
  const position = place(column);
  view.dispatch({
    selection: { anchor: position, head: place(endColumn) },
    effects: EditorView.scrollIntoView(position, { y: "center" }),
  });
  view.focus();
}
