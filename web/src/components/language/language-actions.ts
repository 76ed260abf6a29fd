/** What a person asks a language server for by a key. */
import { indentUnit } from "@codemirror/language";
import type { EditorView } from "@codemirror/view";
import { readFile } from "../../api/kernel";
import { editorStore } from "../../live/editor-store";
import { languages, type Reference } from "../../live/language/languages";
import type { LspLocation, LspTextEdit } from "../../live/language/lsp";
import { layoutStore } from "../../live/layout-store";
import { notify, notifyFailure } from "../../live/notices";
import { askAt, type Served } from "./language-service";
import { positionAt, rangeIn } from "./places";

/** Files of which lines are shown in a list of places. */
const READ_MAX = 100;
/** How often a text is formatted anew because somebody types meanwhile. */
const FORMAT_ATTEMPTS = 3;

type Definition =
  | LspLocation
  | LspLocation[]
  | { targetUri: string; targetSelectionRange: LspLocation["range"] }[]
  | null;

function here(view: EditorView) {
  return { state: view.state, position: view.state.selection.main.head };
}

function wordAt(view: EditorView): string {
  const word = view.state.wordAt(view.state.selection.main.head);
  return word === null ? "" : view.state.sliceDoc(word.from, word.to);
}

export async function goToDefinition(served: Served, view: EditorView): Promise<void> {
  try {
    const answer = await askAt<Definition>(served, "textDocument/definition", here(view));
    const [first] = locationsOf(answer);
    if (first === undefined) {
      notify({ key: "definition", tone: "info", title: "Nothing is known about where this is made" });
      return;
    }
    const path = served.connection.pathOf(first.uri);
    if (path === null) {
      const detail = decodeURIComponent(first.uri.replace(/^file:\/\//, ""));
      notify({ key: "definition", tone: "info", title: "It is made outside of the workspace", detail });
      return;
    }
    layoutStore(served.workspaceId).showEditor();
    editorStore(served.workspaceId).openFile(path, placeOf(first));
  } catch (error) {
    notifyFailure("The definition was not found", error);
  }
}

function locationsOf(answer: Definition): LspLocation[] {
  const list = answer === null ? [] : Array.isArray(answer) ? answer : [answer];
  return list.map((it) => ("targetUri" in it ? { uri: it.targetUri, range: it.targetSelectionRange } : it));
}

function placeOf({ range: { start, end } }: LspLocation) {
  const column = start.character + 1;
  return { line: start.line + 1, column, endColumn: end.line === start.line ? end.character + 1 : column };
}

export async function findReferences(served: Served, view: EditorView): Promise<void> {
  const { references } = languages(served.workspaceId);
  const word = wordAt(view);
  references.set({ word, phase: "asking", list: [], outside: 0, message: "" });
  layoutStore(served.workspaceId).showDock("references");
  try {
    const more = { context: { includeDeclaration: true } };
    const answer = await askAt<LspLocation[] | null>(served, "textDocument/references", here(view), more);
    const list = await withLines(served, answer ?? []);
    const outside = (answer?.length ?? 0) - list.length;
    references.set({ word, phase: "done", list, outside, message: "" });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    references.set({ word, phase: "failed", list: [], outside: 0, message });
  }
}

/** The places that are in the workspace, with the lines that they are in. */
async function withLines(served: Served, locations: readonly LspLocation[]): Promise<Reference[]> {
  const found = locations.flatMap((it) => {
    const path = served.connection.pathOf(it.uri);
    return path === null ? [] : [{ path, ...placeOf(it) }];
  });
  found.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line || a.column - b.column);
  const lines = new Map<string, string[]>();
  for (const path of [...new Set(found.map((it) => it.path))].slice(0, READ_MAX)) {
    try {
      const { bytes } = await readFile(served.workspaceId, path);
      lines.set(path, new TextDecoder().decode(bytes).split("\n"));
    } catch {
      // It was deleted meanwhile: the place is shown without its line.
    }
  }
  return found.map((it) => ({ ...it, text: lines.get(it.path)?.[it.line - 1]?.trim() ?? "" }));
}

/** Asks for the new name; the dialog does the rest. */
export async function rename(served: Served, view: EditorView): Promise<void> {
  const word = wordAt(view);
  if (word === "") {
    notify({ key: "rename", tone: "info", title: "Put the cursor on a name first" });
    return;
  }
  const { line, character } = positionAt(view.state.doc, view.state.selection.main.head);
  const wish = { path: served.file.path, line: line + 1, column: character + 1, word };
  languages(served.workspaceId).renaming.set(wish);
}

/**
 * Gives the text the form that its language's tool gives it, as an edit that can be undone. `quietly`:
 * what was not done is not told, because something else was wished for, too.
 */
export async function format(served: Served, view: EditorView, quietly = false): Promise<void> {
  const options = { tabSize: view.state.tabSize, insertSpaces: !view.state.facet(indentUnit).includes("\t") };
  try {
    for (let attempt = 0; attempt < FORMAT_ATTEMPTS; attempt += 1) {
      const { doc } = view.state;
      const edits = await askAt<LspTextEdit[] | null>(served, "textDocument/formatting", here(view), {
        options,
      });
      if (!view.state.doc.eq(doc)) continue;
      if (edits === null || edits.length === 0) {
        if (!quietly) notify({ key: "format", tone: "info", title: "It has its form already" });
        return;
      }
      const changes = edits.map((it) => ({ ...rangeIn(doc, it.range), insert: it.newText }));
      view.dispatch({ changes, userEvent: "input.format" });
      return;
    }
    if (!quietly) notify({ key: "format", tone: "info", title: "Somebody types; nothing was formatted" });
  } catch (error) {
    if (!quietly) notifyFailure("The file was not formatted", error);
  }
}
