/** Joins an editor and the language server of its file, while the editor is shown. */
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { type EditorView, keymap } from "@codemirror/view";
import type { DocumentView } from "../../live/documents/document-connection";
import type { LanguageConnection } from "../../live/language/language-connection";
import { type LanguageActions, languages } from "../../live/language/languages";
import type { LspDiagnostic } from "../../live/language/lsp";
import type { Store } from "../../live/store";
import { service } from "../editor/editor-extensions";
import { rangeIn } from "./places";

/** A file whose text the kernel has, too. */
export interface ServedFile {
  readonly path: string;
  readonly connection: { readonly view: Store<DocumentView> };
  readonly save: () => void;
}

/** Adds completion, hover and the rest to an editor; returns what takes them away. */
export function attachLanguage(
  workspaceId: string,
  file: ServedFile,
  view: EditorView,
  readOnly: boolean,
): () => void {
  let alive = true;
  let forget = () => {};
  const early = waitFor(view, readOnly);
  const join = async () => {
    const connection = await languages(workspaceId).of(file.path);
    if (!alive) return;
    if (connection === null) {
      view.dispatch({ effects: service.reconfigure([]) });
      return;
    }
    const { serve } = await import("./language-service");
    if (!alive) return;
    const { extension, actions } = serve({ workspaceId, file, connection, readOnly }, view);
    view.dispatch({ effects: service.reconfigure(extension) });
    languages(workspaceId).actions.set(actions);
    early()?.(actions);
    const mend = readOnly ? null : actions;
    const show = () => showDiagnostics(view, connection, file.path, mend);
    const unsubscribe = connection.diagnostics.subscribe(show);
    forget = () => {
      unsubscribe();
      languages(workspaceId).actions.update((it) => (it === actions ? null : it));
    };
    show();
  };
  void join();
  return () => {
    alive = false;
    forget();
  };
}

type Wish = (actions: LanguageActions) => void;

const KEYS: readonly (readonly [key: string, wish: Wish])[] = [
  ["F12", (it) => it.definition()],
  ["Shift-F12", (it) => it.references()],
  ["F2", (it) => it.rename()],
  ["Shift-Alt-f", (it) => it.format()],
  ["Mod-.", (it) => it.codeActions()],
  ["Mod-Shift-Space", (it) => it.signature()],
];

/** How many of them change nothing. */
const READING = 2;

/** Remembers the last key that was pressed before the server is known; gives its wish. */
function waitFor(view: EditorView, readOnly: boolean): () => Wish | null {
  let last: Wish | null = null;
  const isNew = Array.isArray(service.get(view.state));
  if (isNew) {
    const bindings = (readOnly ? KEYS.slice(0, READING) : KEYS).map(([key, wish]) => ({
      key,
      preventDefault: true,
      run: () => {
        last = wish;
        return true;
      },
    }));
    view.dispatch({ effects: service.reconfigure(keymap.of(bindings)) });
  }
  return () => last;
}

const SEVERITIES = ["error", "error", "warning", "info", "hint"] as const;

function showDiagnostics(
  view: EditorView,
  connection: LanguageConnection,
  path: string,
  mend: LanguageActions | null,
): void {
  const list = connection.diagnostics.get().get(path) ?? [];
  view.dispatch(
    setDiagnostics(
      view.state,
      list.map((it) => ({ ...diagnosticIn(view, it), ...mending(mend) })).toSorted((a, b) => a.from - b.from),
    ),
  );
}

/** A button of a problem that shows how it can be mended. */
function mending(mend: LanguageActions | null): Pick<Diagnostic, "actions"> {
  if (mend === null || !mend.offers("codeActionProvider")) return {};
  const apply = (view: EditorView, from: number) => {
    view.dispatch({ selection: { anchor: from } });
    mend.codeActions();
  };
  return { actions: [{ name: "Fix…", apply }] };
}

function diagnosticIn(view: EditorView, it: LspDiagnostic): Diagnostic {
  const { from, to } = rangeIn(view.state.doc, it.range);
  const tags = it.tags ?? [];
  const marks = [
    ...(tags.includes(1) ? ["cm-lsp-unnecessary"] : []),
    ...(tags.includes(2) ? ["cm-lsp-deprecated"] : []),
  ];
  return {
    from,
    to,
    severity: SEVERITIES[it.severity ?? 1] ?? "error",
    message: it.message,
    ...(it.source === undefined
      ? {}
      : { source: it.code === undefined ? it.source : `${it.source} ${it.code}` }),
    ...(marks.length === 0 ? {} : { markClass: marks.join(" ") }),
  };
}
