/** What could be typed, as the language server says. */
import type {
  Completion,
  CompletionContext,
  CompletionResult,
  CompletionSource,
} from "@codemirror/autocomplete";
import { pickedCompletion } from "@codemirror/autocomplete";
import type { Text } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { LspCompletion, LspTextEdit } from "../../live/language/lsp";
import { markdownOf } from "../../live/language/lsp";
import { askAt, type Served } from "./language-service";
import { rangeIn } from "./places";

const WORD = /[\p{L}\p{N}_$]*$/u;
/** `CompletionItemKind` of the protocol, in the words of the editor. */
const KINDS: Record<number, string> = {
  2: "method",
  3: "function",
  4: "function",
  5: "property",
  6: "variable",
  7: "class",
  8: "interface",
  9: "namespace",
  10: "property",
  12: "constant",
  13: "enum",
  14: "keyword",
  20: "constant",
  21: "constant",
  22: "class",
  25: "type",
};

type Answer = LspCompletion[] | { items: LspCompletion[]; isIncomplete?: boolean } | null;

export function completionSource(served: Served): CompletionSource {
  return async (context) => {
    const { connection } = served;
    const provider = connection.capabilities.completionProvider;
    if (provider === undefined || !connection.isReady) return null;
    const word = context.matchBefore(WORD);
    const last = context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos);
    const isTrigger = provider.triggerCharacters?.includes(last) ?? false;
    const isWord = word !== null && word.from < word.to;
    if (!context.explicit && !isWord && !(isTrigger && last !== " ")) return null;
    const abort = new AbortController();
    context.addEventListener("abort", () => abort.abort());
    const trigger = isTrigger && !isWord ? { triggerKind: 2, triggerCharacter: last } : { triggerKind: 1 };
    const at = { state: context.state, position: context.pos };
    const more = { context: trigger };
    try {
      const answer = await askAt<Answer>(served, "textDocument/completion", at, more, abort.signal);
      return resultOf(served, context, word?.from ?? context.pos, answer);
    } catch {
      return null;
    }
  };
}

function resultOf(
  served: Served,
  context: CompletionContext,
  from: number,
  answer: Answer,
): CompletionResult | null {
  const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
  if (items.length === 0) return null;
  const isIncomplete = !Array.isArray(answer) && answer?.isIncomplete === true;
  return {
    from,
    options: items.map((it) => optionOf(served, context.state.doc, from, it)),
    ...(isIncomplete ? {} : { validFor: WORD }),
  };
}

function optionOf(served: Served, doc: Text, from: number, item: LspCompletion): Completion {
  const detail = item.labelDetails?.description ?? item.labelDetails?.detail ?? item.detail;
  const type = KINDS[item.kind ?? 0];
  const resolved = resolver(served, item);
  return {
    label: item.filterText ?? item.label,
    displayLabel: item.label,
    ...(detail === undefined ? {} : { detail }),
    ...(type === undefined ? {} : { type }),
    sortText: item.sortText ?? item.label,
    info: async () => {
      const known = await resolved();
      const words =
        typeof known.documentation === "string" ? known.documentation : markdownOf(known.documentation);
      const code = known.detail === undefined ? "" : `\`\`\`\n${known.detail}\n\`\`\`\n`;
      if (code + words === "") return null;
      const { renderHover } = await import("./hover-card");
      const { dom, destroy } = renderHover(code + words);
      return { dom, ...(destroy === undefined ? {} : { destroy }) };
    },
    apply: (view, completion, start, end) => {
      const range = item.textEdit?.range ?? item.textEdit?.replace ?? item.textEdit?.insert;
      // What is replaced may begin before the word, as `?.` for `.` does.
      const begin = range === undefined ? start : Math.min(start, start - from + rangeIn(doc, range).from);
      const insert = item.textEdit?.newText ?? item.insertText ?? item.label;
      view.dispatch({
        changes: { from: begin, to: end, insert },
        selection: { anchor: begin + insert.length },
        annotations: pickedCompletion.of(completion),
        userEvent: "input.complete",
        scrollIntoView: true,
      });
      void resolved().then((it) => applyAbove(view, it.additionalTextEdits ?? [], begin));
    },
  };
}

/** Asks once for the rest of an item. */
function resolver({ connection }: Served, item: LspCompletion): () => Promise<LspCompletion> {
  let asked: Promise<LspCompletion> | null = null;
  return () => {
    const canResolve = connection.capabilities.completionProvider?.resolveProvider === true;
    asked ??= canResolve
      ? connection.ask<LspCompletion>("completionItem/resolve", item).catch(() => item)
      : Promise.resolve(item);
    return asked;
  };
}

/** What else belongs to it, such as an import at the top; only above, where nothing has moved. */
function applyAbove(view: EditorView, edits: readonly LspTextEdit[], below: number): void {
  const changes = edits
    .map((it) => ({ ...rangeIn(view.state.doc, it.range), insert: it.newText }))
    .filter((it) => it.to <= below);
  if (changes.length > 0) view.dispatch({ changes, userEvent: "input.complete" });
}
