/** A light bulb beside the line of the cursor, where the language server offers to mend or change it. */
import { forEachDiagnostic, setDiagnosticsEffect } from "@codemirror/lint";
import { type EditorState, type Extension, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, GutterMarker, gutter, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { actionsAt, offerActions } from "./code-actions";
import type { Served } from "./language-service";

/** The cursor rests this long before the server is asked, in milliseconds. */
const REST_MS = 350;
const SVG = "http://www.w3.org/2000/svg";
/** Lucide's light bulb. */
const SHAPE = [
  "M15 14c.2-1 .7-1.7 1.5-2.5 1-.9 1.5-2.2 1.5-3.5A6 6 0 0 0 6 8c0 1 .2 2.2 1.5 3.5.7.7 1.3 1.5 1.5 2.5",
  "M9 18h6",
  "M10 22h4",
];

class Bulb extends GutterMarker {
  override toDOM(): Node {
    const dom = document.createElement("span");
    dom.className = "cm-bulb";
    dom.title = "Fix or change (Ctrl+.)";
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    for (const d of SHAPE) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", d);
      svg.append(path);
    }
    dom.append(svg);
    return dom;
  }
}

const bulb = new Bulb();
const setBulb = StateEffect.define<number | null>();

/** The line that has it, by its beginning. */
const bulbAt = StateField.define<number | null>({
  create: () => null,
  update: (value, transaction) => {
    for (const effect of transaction.effects) if (effect.is(setBulb)) return effect.value;
    if (value === null) return null;
    const line = transaction.state.doc.lineAt(transaction.state.selection.main.head);
    return transaction.docChanged || line.from !== value ? null : value;
  },
});

/** A problem is mended where the cursor is in its line; what is selected can be given another shape. */
function wish(state: EditorState): { only?: readonly string[] } | null {
  const { head, empty } = state.selection.main;
  if (!empty) return {};
  const line = state.doc.lineAt(head);
  let isWrong = false;
  forEachDiagnostic(state, (_, from, to) => {
    isWrong ||= from <= line.to && line.from <= to;
  });
  return isWrong ? { only: ["quickfix"] } : null;
}

function asking(served: Served): Extension {
  return ViewPlugin.fromClass(
    class {
      #timer: ReturnType<typeof setTimeout> | undefined;
      #abort = new AbortController();
      readonly #view: EditorView;

      constructor(view: EditorView) {
        this.#view = view;
      }

      update(update: ViewUpdate): void {
        const diagnosed = update.transactions.some((it) =>
          it.effects.some((e) => e.is(setDiagnosticsEffect)),
        );
        if (!(update.docChanged || update.selectionSet || diagnosed)) return;
        this.destroy();
        this.#timer = setTimeout(() => void this.#ask(), REST_MS);
      }

      destroy(): void {
        clearTimeout(this.#timer);
        this.#abort.abort();
      }

      async #ask(): Promise<void> {
        const { state } = this.#view;
        const more = wish(state);
        if (more === null || !served.connection.offers("codeActionProvider")) return;
        this.#abort = new AbortController();
        const { signal } = this.#abort;
        try {
          const found = await actionsAt(served, this.#view, { triggerKind: 2, ...more }, signal);
          if (signal.aborted) return;
          const line = state.doc.lineAt(state.selection.main.head);
          this.#view.dispatch({ effects: setBulb.of(found.length === 0 ? null : line.from) });
        } catch {
          // Nobody asked for it in so many words.
        }
      }
    },
  );
}

export function lightBulb(served: Served): Extension {
  return [
    bulbAt,
    asking(served),
    gutter({
      class: "cm-bulb-gutter",
      markers: (view) => {
        const at = view.state.field(bulbAt);
        return at === null ? RangeSet.empty : RangeSet.of([bulb.range(at)]);
      },
      initialSpacer: () => bulb,
      domEventHandlers: {
        mousedown: (view, line, event) => {
          if (view.state.field(bulbAt) !== line.from) return false;
          event.preventDefault();
          void offerActions(served, view);
          return true;
        },
      },
    }),
  ];
}
