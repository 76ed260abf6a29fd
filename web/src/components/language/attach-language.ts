/** Joins an editor and the language server of its file, while the editor is shown. */
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import type { DocumentView } from "../../live/documents/document-connection";
import type { LanguageConnection } from "../../live/language/language-connection";
import { languages } from "../../live/language/languages";
import type { LspDiagnostic } from "../../live/language/lsp";
import type { Store } from "../../live/store";
import { service } from "../editor/editor-extensions";
import { rangeIn } from "./places";

/** A file whose text the kernel has, too. */
export interface ServedFile {
  readonly path: string;
  readonly connection: { readonly view: Store<DocumentView> };
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
  const join = async () => {
    const connection = await languages(workspaceId).of(file.path);
    if (connection === null || !alive) return;
    const { languageService, actionsOf } = await import("./language-service");
    if (!alive) return;
    const served = { workspaceId, file, connection, readOnly };
    view.dispatch({ effects: service.reconfigure(languageService(served)) });
    const actions = actionsOf(served, view);
    languages(workspaceId).actions.set(actions);
    const show = () => showDiagnostics(view, connection, file.path);
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

const SEVERITIES = ["error", "error", "warning", "info", "hint"] as const;

function showDiagnostics(view: EditorView, connection: LanguageConnection, path: string): void {
  const list = connection.diagnostics.get().get(path) ?? [];
  view.dispatch(
    setDiagnostics(
      view.state,
      list.map((it) => diagnosticIn(view, it)).toSorted((a, b) => a.from - b.from),
    ),
  );
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
