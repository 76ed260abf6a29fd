/** What a language server adds to an editor: completion, hover, definitions, references, names, form. */
import { nextDiagnostic, previousDiagnostic } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap } from "@codemirror/view";
import { delivered } from "../../live/documents/settled";
import type { LanguageConnection } from "../../live/language/language-connection";
import type { LanguageActions } from "../../live/language/languages";
import { type LspHover, markdownOf } from "../../live/language/lsp";
import type { ServedFile } from "./attach-language";
import { completionSource } from "./completion";
import { findReferences, format, goToDefinition, rename } from "./language-actions";
import { languageTheme } from "./language-theme";
import { positionAt } from "./places";

/** How long the pointer rests before it is told what is below it, in milliseconds. */
const HOVER_MS = 350;

export interface Served {
  workspaceId: string;
  file: ServedFile;
  connection: LanguageConnection;
  readOnly: boolean;
}

/** A question about a place of a file, as the kernel has it. */
export async function askAt<T>(
  { file, connection }: Served,
  method: string,
  view: { state: EditorState; position: number },
  more: object = {},
  signal?: AbortSignal,
): Promise<T> {
  const textDocument = { uri: connection.uriOf(file.path) };
  const position = positionAt(view.state.doc, view.position);
  // What was typed is known there before anything is asked about it.
  await delivered(file.connection.view);
  return connection.ask<T>(method, { textDocument, position, ...more }, signal);
}

/** What the palette can do in this editor. */
export function actionsOf(served: Served, view: EditorView): LanguageActions {
  const run = (action: (served: Served, view: EditorView) => Promise<void>) => () => {
    view.focus();
    void action(served, view);
  };
  return {
    definition: run(goToDefinition),
    references: run(findReferences),
    rename: run(rename),
    format: run(format),
    restart: () => served.connection.restart(),
  };
}

export function languageService(served: Served): Extension {
  const { readOnly } = served;
  const run = (action: (served: Served, view: EditorView) => Promise<void>) => (view: EditorView) => {
    void action(served, view);
    return true;
  };
  return [
    languageTheme,
    hover(served),
    pointing(served),
    EditorView.clickAddsSelectionRange.of((event) => event.altKey),
    keymap.of([
      { key: "F12", run: run(goToDefinition), preventDefault: true },
      { key: "Shift-F12", run: run(findReferences), preventDefault: true },
      { key: "F8", run: nextDiagnostic, preventDefault: true },
      { key: "Shift-F8", run: previousDiagnostic, preventDefault: true },
      ...(readOnly
        ? []
        : [
            { key: "F2", run: run(rename), preventDefault: true },
            { key: "Shift-Alt-f", run: run(format), preventDefault: true },
          ]),
    ]),
    readOnly ? [] : EditorState.languageData.of(() => [{ autocomplete: completionSource(served) }]),
  ];
}

function hover(served: Served): Extension {
  const source = async (view: EditorView, position: number) => {
    const { connection } = served;
    const word = view.state.wordAt(position);
    if (word === null || !connection.isReady || connection.capabilities.hoverProvider === undefined)
      return null;
    try {
      const answer = await askAt<LspHover | null>(served, "textDocument/hover", {
        state: view.state,
        position,
      });
      const markdown = markdownOf(answer?.contents);
      if (markdown.trim() === "") return null;
      const { renderHover } = await import("./hover-card");
      return { pos: word.from, end: word.to, above: true, create: () => renderHover(markdown) };
    } catch {
      // Nobody asked for it in so many words.
      return null;
    }
  };
  return hoverTooltip(source, { hoverTime: HOVER_MS, hideOnChange: true });
}

/** A click with Ctrl (or Cmd) goes where the thing was made. */
function pointing(served: Served): Extension {
  return EditorView.domEventHandlers({
    mousedown: (event, view) => {
      const isWish =
        event.button === 0 && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      const position = isWish ? view.posAtCoords({ x: event.clientX, y: event.clientY }) : null;
      if (position === null) return false;
      event.preventDefault();
      view.dispatch({ selection: { anchor: position } });
      void goToDefinition(served, view);
      return true;
    },
  });
}
