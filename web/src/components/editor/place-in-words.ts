/** Where the cursor of a text is, as people say it. */
import type { EditorState } from "@codemirror/state";
import { counted } from "../ui/words";

export function placeInWords({ doc, selection }: EditorState): string {
  const { ranges, main } = selection;
  const selected = ranges.reduce((sum, it) => sum + it.to - it.from, 0);
  if (ranges.length > 1) {
    const cursors = counted(ranges.length, "cursor");
    return selected === 0 ? cursors : `${cursors}, ${selected.toLocaleString("en")} selected`;
  }
  const line = doc.lineAt(main.head);
  const place = `Line ${line.number}, column ${main.head - line.from + 1}`;
  return selected === 0 ? place : `${place} (${selected.toLocaleString("en")} selected)`;
}
