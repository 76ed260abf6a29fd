/** Places that were changed by two at once: marked in the text, with what can be done about them above. */
import { type EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap, WidgetType } from "@codemirror/view";
import type { DocumentConflict, Keep } from "../../api/types";
import { authorName } from "./author-name";

/** A conflict with its place in the text as it is now. */
export interface PlacedConflict {
  conflict: DocumentConflict;
  from: number;
  to: number;
}

/** How a conflict can end. */
export const CHOICES: readonly { keep: Keep; label: string }[] = [
  { keep: "document", label: "Keep mine" },
  { keep: "disk", label: "Keep theirs" },
  { keep: "both", label: "Keep both" },
];

export interface ConflictActions {
  readOnly: () => boolean;
  decide: (id: number, keep: Keep) => void;
  compare: (id: number) => void;
}

export const setConflicts = StateEffect.define<readonly PlacedConflict[]>();

export function conflicts(actions: ConflictActions): Extension {
  const field = StateField.define<{ placed: readonly PlacedConflict[]; marks: DecorationSet }>({
    create: () => ({ placed: [], marks: Decoration.none }),
    update(value, transaction) {
      for (const effect of transaction.effects) {
        if (effect.is(setConflicts)) {
          return { placed: effect.value, marks: marksOf(transaction.state, effect.value, actions) };
        }
      }
      return transaction.docChanged ? { ...value, marks: value.marks.map(transaction.changes) } : value;
    },
    provide: (it) => EditorView.decorations.from(it, (value) => value.marks),
  });
  const next = (view: EditorView) => {
    const { placed } = view.state.field(field);
    const { head } = view.state.selection.main;
    const target = placed.find((it) => head < it.from) ?? placed[0];
    if (target === undefined) return false;
    goToConflict(view, target);
    return true;
  };
  return [field, keymap.of([{ key: "F8", run: next }])];
}

/** Shows a conflict and puts the keyboard on its first button. */
export function goToConflict(view: EditorView, { conflict, from }: PlacedConflict): void {
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  const focus = () => view.dom.querySelector<HTMLElement>(`[data-conflict="${conflict.id}"] button`)?.focus();
  // It may have been outside of what is drawn.
  view.requestMeasure({ read: () => null, write: focus });
}

function marksOf(
  state: EditorState,
  placed: readonly PlacedConflict[],
  actions: ConflictActions,
): DecorationSet {
  const marks = placed.flatMap(({ conflict, from, to }) => {
    const first = state.doc.lineAt(Math.min(from, state.doc.length));
    const head = Decoration.widget({ widget: new ConflictHead(conflict, actions), block: true, side: -1 });
    const lines = [head.range(first.from)];
    for (let at = first.from; at <= Math.min(Math.max(to - 1, from), state.doc.length); ) {
      const line = state.doc.lineAt(at);
      const side = sideOf(state, conflict, from, to, line.from);
      lines.push(Decoration.line({ class: `conflict-line conflict-${side}` }).range(line.from));
      at = line.to + 1;
    }
    return lines;
  });
  return Decoration.set(marks, true);
}

/** Whose version a line is of; `both` where typing has blurred it. */
function sideOf(
  state: EditorState,
  conflict: DocumentConflict,
  from: number,
  to: number,
  line: number,
): "mine" | "theirs" | "both" {
  const text = state.sliceDoc(from, to);
  if (text !== conflict.document + conflict.disk) return "both";
  return line < from + conflict.document.length ? "mine" : "theirs";
}

class ConflictHead extends WidgetType {
  readonly #conflict: DocumentConflict;
  readonly #actions: ConflictActions;
  readonly #readOnly: boolean;

  constructor(conflict: DocumentConflict, actions: ConflictActions) {
    super();
    this.#conflict = conflict;
    this.#actions = actions;
    this.#readOnly = actions.readOnly();
  }

  override eq(other: ConflictHead): boolean {
    return this.#conflict.id === other.#conflict.id && this.#readOnly === other.#readOnly;
  }

  override toDOM(): HTMLElement {
    const { id, author } = this.#conflict;
    const head = document.createElement("div");
    head.className = "conflict-head";
    head.dataset["conflict"] = `${id}`;
    head.contentEditable = "false";
    head.setAttribute("role", "group");
    const name = authorName(author);
    head.setAttribute("aria-label", `Changed here and by ${name} at the same time`);
    const words = document.createElement("span");
    words.textContent = `Changed here and by ${name} at the same time: first yours, then theirs.`;
    const actions = document.createElement("div");
    head.append(words, actions);
    const action = (label: string, run: () => void) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "editor-action";
      button.textContent = label;
      button.onclick = run;
      actions.append(button);
    };
    if (!this.#readOnly) {
      for (const { keep, label } of CHOICES) action(label, () => this.#actions.decide(id, keep));
    }
    action("Compare", () => this.#actions.compare(id));
    return head;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
