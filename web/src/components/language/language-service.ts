/** What a language server adds to an editor: completion, hover, definitions, references, names, form. */
import { nextDiagnostic, previousDiagnostic } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap } from "@codemirror/view";
import { delivered } from "../../live/documents/settled";
import { type LanguageConnection, LanguageError } from "../../live/language/language-connection";
import type { LanguageActions } from "../../live/language/languages";
import { type LspCapabilities, type LspHover, type LspSymbol, markdownOf } from "../../live/language/lsp";
import { fileSymbols } from "../../live/language/symbols";
import { notify } from "../../live/notices";
import { preferences } from "../../live/preferences";
import { saving } from "../editor/saving";
import type { ServedFile } from "./attach-language";
import { offerActions } from "./code-actions";
import { completionSource } from "./completion";
import { findReferences, format, goToDefinition, rename } from "./language-actions";
import { languageTheme } from "./language-theme";
import { lightBulb } from "./light-bulb";
import { positionAt } from "./places";
import { signatureHelp } from "./signature";

/** How long the pointer rests before it is told what is below it, in milliseconds. */
const HOVER_MS = 350;
/** How often a server is asked that was overtaken by what somebody typed. */
const ATTEMPTS = 3;

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
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connection.ask<T>(method, { textDocument, position, ...more }, signal);
    } catch (error) {
      const again = error instanceof LanguageError && error.isOvertaken && attempt < ATTEMPTS;
      if (!again || signal?.aborted === true) throw error;
    }
  }
}

/** Something that a person asks for by a key, and what a server must be able to do for it. */
interface Action {
  needs: keyof LspCapabilities;
  words: string;
  run: (served: Served, view: EditorView) => Promise<void>;
}

const DEFINITION: Action = { needs: "definitionProvider", words: "find definitions", run: goToDefinition };
const REFERENCES: Action = { needs: "referencesProvider", words: "find references", run: findReferences };
const RENAME: Action = { needs: "renameProvider", words: "rename", run: rename };
const FORMAT: Action = {
  needs: "documentFormattingProvider",
  words: "format",
  run: (...it) => format(...it),
};
const CODE_ACTIONS: Action = { needs: "codeActionProvider", words: "mend code", run: offerActions };

function perform({ needs, words, run }: Action, served: Served, view: EditorView): void {
  const { connection } = served;
  if (connection.isReady && !connection.offers(needs)) {
    const title = `The language server of ${connection.server.get().name} does not ${words}`;
    notify({ key: "language", tone: "info", title });
  } else void run(served, view);
}

/** What the server adds to an editor, and what the palette can do in it. */
export function serve(served: Served, view: EditorView): { extension: Extension; actions: LanguageActions } {
  const { extension, turn } = signatureHelp(served);
  const added = served.readOnly ? [] : [extension, lightBulb(served)];
  const showParameters = () => {
    view.focus();
    turn(view);
  };
  return {
    extension: [languageService(served), added],
    actions: actionsOf(served, view, showParameters),
  };
}

function actionsOf(served: Served, view: EditorView, signature: () => void): LanguageActions {
  const { connection, file } = served;
  const run = (action: Action) => () => {
    view.focus();
    perform(action, served, view);
  };
  return {
    path: file.path,
    offers: (what) => !connection.isReady || connection.offers(what),
    definition: run(DEFINITION),
    references: run(REFERENCES),
    rename: run(RENAME),
    format: run(FORMAT),
    codeActions: run(CODE_ACTIONS),
    signature,
    symbols: async (signal) => {
      await delivered(file.connection.view);
      const textDocument = { uri: connection.uriOf(file.path) };
      const found = await connection.ask<LspSymbol[] | null>(
        "textDocument/documentSymbol",
        { textDocument },
        signal,
      );
      return fileSymbols(found ?? [], file.path);
    },
    restart: () => connection.restart(),
  };
}

function languageService(served: Served): Extension {
  const { readOnly } = served;
  const run = (action: Action) => (view: EditorView) => {
    perform(action, served, view);
    return true;
  };
  // One source for all questions: the editor knows an answer by whom it asked.
  const completes = [{ autocomplete: completionSource(served) }];
  return [
    languageTheme,
    hover(served),
    pointing(served),
    EditorView.clickAddsSelectionRange.of((event) => event.altKey),
    keymap.of([
      { key: "F12", run: run(DEFINITION), preventDefault: true },
      { key: "Shift-F12", run: run(REFERENCES), preventDefault: true },
      { key: "F8", run: nextDiagnostic, preventDefault: true },
      { key: "Shift-F8", run: previousDiagnostic, preventDefault: true },
      ...(readOnly
        ? []
        : [
            { key: "F2", run: run(RENAME), preventDefault: true },
            { key: "Shift-Alt-f", run: run(FORMAT), preventDefault: true },
            { key: "Mod-.", run: run(CODE_ACTIONS), preventDefault: true },
          ]),
    ]),
    readOnly ? [] : saving.of((view) => saveFormatted(served, view)),
    readOnly ? [] : EditorState.languageData.of(() => completes),
  ];
}

/** Saves after the text was given its form, where its person wants that. */
function saveFormatted(served: Served, view: EditorView): boolean {
  const wanted = preferences.get().formatOnSave;
  if (!wanted || !served.connection.offers("documentFormattingProvider")) return false;
  void format(served, view, true).then(() => served.file.save());
  return true;
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
