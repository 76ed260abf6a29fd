import type { EditorState, Transaction } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";

/** A text that an editor can show: a live document, or a file that is saved by hand. */
export interface EditedText {
  readonly path: string;
  /** Text, selection and folds; kept while another tab is in front. */
  readonly state: EditorState;
  /** The editor that shows it now; null when another tab is in front. */
  show(editor: EditorView | null): void;
  /** Takes what happened in the editor. */
  took(transaction: Transaction): void;
}
