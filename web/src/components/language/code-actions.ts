/** What a language server can do to the code at the cursor: fixes and other shapes. */
import type { EditorView } from "@codemirror/view";
import { runCodeAction } from "../../api/language";
import { settled } from "../../live/documents/settled";
import { languages } from "../../live/language/languages";
import type { LspCodeAction, LspTextEdit, LspWorkspaceEdit } from "../../live/language/lsp";
import { notify, notifyFailure } from "../../live/notices";
import { askAt, type Served } from "./language-service";
import { positionAt, rangeIn } from "./places";
import { tellOfEdit } from "./tell-of-edit";

/** Actions that make or move files, which a server does not get done here. */
const MOVES = /^refactor\.move/;

/** What is offered for what is selected. `only`: of one kind. */
export async function actionsAt(
  served: Served,
  view: EditorView,
  more: { triggerKind: 1 | 2; only?: readonly string[] },
  signal?: AbortSignal,
): Promise<LspCodeAction[]> {
  const { state } = view;
  const { from, to } = state.selection.main;
  const range = { start: positionAt(state.doc, from), end: positionAt(state.doc, to) };
  const context = { diagnostics: [], ...more };
  const at = { state, position: from };
  const found = await askAt<LspCodeAction[] | null>(
    served,
    "textDocument/codeAction",
    at,
    { range, context },
    signal,
  );
  return (found ?? []).filter((it) => it.disabled === undefined && !MOVES.test(it.kind ?? ""));
}

/** Shows what is offered, below the cursor. */
export async function offerActions(served: Served, view: EditorView): Promise<void> {
  const { doc, selection } = view.state;
  try {
    const actions = await actionsAt(served, view, { triggerKind: 1 });
    if (actions.length === 0) {
      notify({ key: "actions", tone: "info", title: "Nothing is offered here" });
      return;
    }
    const place = view.coordsAtPos(view.state.selection.main.head);
    if (place === null) return;
    const at = new DOMRect(place.left, place.top, 0, place.bottom - place.top);
    languages(served.workspaceId).offer.set({
      path: served.file.path,
      at,
      actions,
      choose: (action) => {
        view.focus();
        void carryOut(served, view, { action, doc, selection });
      },
      leave: () => view.focus(),
    });
  } catch (error) {
    notifyFailure("What could be done is not known", error);
  }
}

interface Chosen extends Pick<EditorView["state"], "doc" | "selection"> {
  action: LspCodeAction;
}

/**
 * An edit of this text alone is made here, and undone like typing; whatever is more goes through the
 * kernel, which asks the server again, and is taken back as a whole.
 */
async function carryOut(served: Served, view: EditorView, { action, doc, selection }: Chosen): Promise<void> {
  try {
    const edits = editsOf(served, (await resolved(served, action)).edit);
    if (edits !== null && view.state.doc.eq(doc)) {
      const changes = edits.map((it) => ({ ...rangeIn(doc, it.range), insert: it.newText }));
      view.dispatch({ changes, userEvent: "input.fix" });
      return;
    }
    await settled(served.workspaceId);
    const { from, to } = selection.main;
    const place = (offset: number) => {
      const { line, character } = positionAt(doc, offset);
      return { line: line + 1, column: character + 1 };
    };
    const { title, kind = null } = action;
    const at = { path: served.file.path, start: place(from), end: place(to) };
    const done = await runCodeAction(served.workspaceId, { ...at, title, kind });
    tellOfEdit(served.workspaceId, { title: `Done: ${title}`, undone: "It is as it was" }, done);
  } catch (error) {
    notifyFailure("Nothing was changed", error);
  }
}

/** Asks for the rest of an action, where the server gives it later. */
async function resolved({ connection }: Served, action: LspCodeAction): Promise<LspCodeAction> {
  const provider = connection.capabilities.codeActionProvider;
  const isLater = action.edit === undefined && action.data !== undefined;
  const resolves = typeof provider === "object" && provider.resolveProvider === true;
  return isLater && resolves ? connection.ask<LspCodeAction>("codeAction/resolve", action) : action;
}

/** The edits of this file, if there are no others. */
function editsOf({ connection, file }: Served, edit: LspWorkspaceEdit | undefined): LspTextEdit[] | null {
  if (edit === undefined) return null;
  const files =
    edit.documentChanges?.map((it) => ({ uri: it.textDocument?.uri ?? "", edits: it.edits ?? [] })) ??
    Object.entries(edit.changes ?? {}).map(([uri, edits]) => ({ uri, edits }));
  const isHere = files.length > 0 && files.every((it) => connection.pathOf(it.uri) === file.path);
  return isHere ? files.flatMap((it) => it.edits) : null;
}
