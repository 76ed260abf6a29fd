/** Saving as a wish of whoever has the keyboard, by whichever key map. */
import { Facet } from "@codemirror/state";
import type { Command, EditorView } from "@codemirror/view";

/** What saves a text; the first that does is enough. */
export const saving = Facet.define<Command>();

export function save(view: EditorView): boolean {
  return view.state.facet(saving).some((it) => it(view));
}
