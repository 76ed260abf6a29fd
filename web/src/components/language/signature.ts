/** What the function that is called here wants, while its arguments are typed. */
import { type Extension, StateEffect, StateField } from "@codemirror/state";
import {
  type Command,
  EditorView,
  keymap,
  showTooltip,
  type Tooltip,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import type { LspSignatureHelp } from "../../live/language/lsp";
import { askAt, type Served } from "./language-service";
import { activeParameter } from "./signature-parts";

interface Shown {
  help: LspSignatureHelp;
  tooltip: Tooltip;
}

const setSignature = StateEffect.define<Shown | null>();

const signature = StateField.define<Shown | null>({
  create: () => null,
  update: (value, transaction) => {
    for (const effect of transaction.effects) if (effect.is(setSignature)) return effect.value;
    if (value === null || !transaction.docChanged) return value;
    const pos = transaction.changes.mapPos(value.tooltip.pos);
    return { ...value, tooltip: { ...value.tooltip, pos } };
  },
  provide: (field) => showTooltip.from(field, (it) => it?.tooltip ?? null),
});

async function show(view: EditorView, help: LspSignatureHelp | null): Promise<void> {
  const { renderSignature } = await import("./signature-card");
  const before = view.state.field(signature, false);
  // The editor took it away, or there is nothing to tell.
  if (before === undefined || (before === null && help === null)) return;
  if (help === null || help.signatures.length === 0) {
    view.dispatch({ effects: setSignature.of(null) });
    return;
  }
  const pos = before?.tooltip.pos ?? view.state.selection.main.head;
  const tooltip: Tooltip = { pos, above: true, create: () => renderSignature(help) };
  const said = activeParameter(help);
  const isNews = before === null || activeParameter(before.help) !== said;
  view.dispatch({
    effects: [
      setSignature.of({ help, tooltip }),
      ...(isNews && said !== "" ? [EditorView.announce.of(said)] : []),
    ],
  });
}

class Follower {
  #abort = new AbortController();
  readonly #view: EditorView;
  readonly #served: Served;

  constructor(view: EditorView, served: Served) {
    this.#view = view;
    this.#served = served;
  }

  update({ state, docChanged, selectionSet, transactions, view }: ViewUpdate): void {
    const shown = state.field(signature);
    const { head, empty } = state.selection.main;
    const last = state.sliceDoc(Math.max(0, head - 1), head);
    const { triggerCharacters = [], retriggerCharacters = [] } =
      this.#served.connection.capabilities.signatureHelpProvider ?? {};
    const isTyped = transactions.some((it) => it.isUserEvent("input.type"));
    const begins = isTyped && triggerCharacters.includes(last);
    if (begins || (shown !== null && isTyped && retriggerCharacters.includes(last)))
      this.ask({ triggerKind: 2, triggerCharacter: last });
    else if (shown !== null && (docChanged || selectionSet)) {
      if (empty && view.hasFocus) this.ask({ triggerKind: 3 });
      else this.close();
    }
  }

  destroy(): void {
    this.#abort.abort();
  }

  close(): void {
    this.#abort.abort();
    if (this.#view.state.field(signature) !== null) void show(this.#view, null);
  }

  ask(context: { triggerKind: 1 | 2 | 3; triggerCharacter?: string }): void {
    this.#abort.abort();
    if (!this.#served.connection.offers("signatureHelpProvider")) return;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const { state } = this.#view;
    const shown = state.field(signature);
    const more = {
      context: {
        ...context,
        isRetrigger: shown !== null,
        ...(shown === null ? {} : { activeSignatureHelp: shown.help }),
      },
    };
    const at = { state, position: state.selection.main.head };
    askAt<LspSignatureHelp | null>(this.#served, "textDocument/signatureHelp", at, more, signal).then(
      (help) => (signal.aborted ? undefined : show(this.#view, help)),
      // Nobody waits for it.
      () => (signal.aborted ? undefined : show(this.#view, null)),
    );
  }
}

/** Shows it, or the next one of several. */
function turn(follower: ViewPlugin<Follower>): Command {
  return (view) => {
    const shown = view.state.field(signature);
    if (shown === null) view.plugin(follower)?.ask({ triggerKind: 1 });
    else {
      const { help } = shown;
      const activeSignature = ((help.activeSignature ?? 0) + 1) % help.signatures.length;
      void show(view, { ...help, activeSignature });
    }
    return true;
  };
}

/** The extension, and the command that shows it. */
export function signatureHelp(served: Served): { extension: Extension; turn: Command } {
  const follower: ViewPlugin<Follower> = ViewPlugin.define((view) => new Follower(view, served), {
    eventObservers: {
      // Whatever else the key does.
      keydown: (event: KeyboardEvent, view: EditorView) => {
        if (event.key === "Escape") view.plugin(follower)?.close();
      },
      blur: (_event: FocusEvent, view: EditorView) => view.plugin(follower)?.close(),
    },
  });
  const command = turn(follower);
  const keys = keymap.of([{ key: "Mod-Shift-Space", run: command, preventDefault: true }]);
  return { extension: [signature, follower, keys], turn: command };
}
