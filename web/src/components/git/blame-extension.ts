/**
 * Who wrote each line and when: at the side for all lines, behind the line of the cursor in words.
 * Lines move along with what is typed; what was changed since is nobody's yet.
 */
import {
  type EditorState,
  type Extension,
  Prec,
  RangeSet,
  RangeSetBuilder,
  StateEffect,
  StateField,
  type Transaction,
} from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  GutterMarker,
  gutter,
  WidgetType,
} from "@codemirror/view";
import type { GitBlame } from "../../api/types";
import { ago } from "../ui/words";

/** Sets who wrote what, for the text as it is. */
export const setBlame = StateEffect.define<readonly GitBlame[]>();

class BlameMarker extends GutterMarker {
  /** A line that is put before this one moves it. */
  override startSide = 1;
  override endSide = 1;
  readonly blame: GitBlame;
  readonly isFirst: boolean;

  constructor(blame: GitBlame, isFirst: boolean) {
    super();
    this.blame = blame;
    this.isFirst = isFirst;
  }

  override eq(other: BlameMarker): boolean {
    return other.blame === this.blame && other.isFirst === this.isFirst;
  }

  override toDOM(): HTMLElement {
    const line = document.createElement("span");
    if (this.blame.commit == null) return line;
    line.className = "cm-blame-line";
    line.title = `${this.blame.subject}\n${this.blame.author}, ${new Date(this.blame.time_ms).toLocaleString("en")}\n${this.blame.commit.slice(0, 8)}`;
    if (!this.isFirst) return line;
    const author = document.createElement("span");
    author.className = "cm-blame-author";
    author.textContent = this.blame.author;
    const time = document.createElement("span");
    time.textContent = ago(this.blame.time_ms, Date.now());
    line.append(author, time);
    return line;
  }
}

const blamed = StateField.define<RangeSet<BlameMarker>>({
  create: () => RangeSet.empty,
  update: (set, transaction) => {
    let next = transaction.docChanged ? withoutTouched(set.map(transaction.changes), transaction) : set;
    for (const effect of transaction.effects) {
      if (effect.is(setBlame)) next = markersOf(transaction.state, effect.value);
    }
    return next;
  },
});

function markersOf({ doc }: EditorState, groups: readonly GitBlame[]): RangeSet<BlameMarker> {
  const markers = new RangeSetBuilder<BlameMarker>();
  for (const group of groups) {
    for (let line = group.first_line; line < group.first_line + group.lines && line <= doc.lines; line += 1) {
      const { from } = doc.line(line);
      markers.add(from, from, new BlameMarker(group, line === group.first_line));
    }
  }
  return markers.finish();
}

/** Takes the names from lines that a transaction changed. */
function withoutTouched(
  set: RangeSet<BlameMarker>,
  { changes, state: { doc } }: Transaction,
): RangeSet<BlameMarker> {
  let next = set;
  changes.iterChangedRanges((_fromA, _toA, fromB, toB) => {
    const from = doc.lineAt(fromB).from;
    const last = doc.lineAt(toB);
    // A line that others were put before is as it was.
    const to = fromB < toB && toB === last.from ? toB - 1 : last.to;
    next = next.update({ filterFrom: from, filterTo: to, filter: (at) => at < from || to < at });
  });
  return next;
}

/** Who wrote the line of the cursor; null when nobody committed it. */
export function blameAtCursor(state: EditorState): GitBlame | null {
  const { from } = state.doc.lineAt(state.selection.main.head);
  let found: GitBlame | null = null;
  state.field(blamed, false)?.between(from, from, (_from, _to, marker) => {
    if (marker.blame.commit != null) found = marker.blame;
  });
  return found;
}

class BlameWords extends WidgetType {
  readonly words: string;

  constructor(words: string) {
    super();
    this.words = words;
  }

  override eq(other: BlameWords): boolean {
    return other.words === this.words;
  }

  override toDOM(): HTMLElement {
    const element = document.createElement("span");
    element.className = "cm-blame-words";
    element.textContent = this.words;
    return element;
  }
}

function wordsOf(state: EditorState): DecorationSet {
  const { head } = state.selection.main;
  const { to } = state.doc.lineAt(head);
  const blame = blameAtCursor(state);
  const words =
    blame === null
      ? "not committed yet"
      : `${blame.author}, ${ago(blame.time_ms, Date.now())} · ${blame.subject}`;
  return Decoration.set(Decoration.widget({ widget: new BlameWords(words), side: 2 }).range(to));
}

const theme = EditorView.theme({
  ".cm-blame": { minWidth: "22ch", maxWidth: "22ch", borderRight: "1px solid var(--line)" },
  ".cm-blame .cm-gutterElement": { padding: "0", fontFamily: "var(--sans)", fontSize: "var(--size-xs)" },
  ".cm-blame-line": {
    display: "flex",
    gap: "8px",
    justifyContent: "space-between",
    height: "100%",
    padding: "0 8px",
    borderLeft: "2px solid var(--lake-line)",
    color: "var(--text-3)",
    cursor: "pointer",
    whiteSpace: "nowrap",
  },
  ".cm-blame-author": { overflow: "hidden", color: "var(--text-2)", textOverflow: "ellipsis" },
  ".cm-blame-words": {
    paddingLeft: "3ch",
    color: "var(--text-3)",
    fontFamily: "var(--sans)",
    fontStyle: "italic",
  },
});

/** Shows who wrote what; `onCommit` is told when a commit is clicked. */
export function blame(onCommit: (id: string) => void): Extension {
  return [
    blamed,
    theme,
    // Left of the numbers.
    Prec.highest(
      gutter({
        class: "cm-blame",
        markers: (view) => view.state.field(blamed),
        domEventHandlers: {
          mousedown: (view, line) => {
            view.state.field(blamed).between(line.from, line.from, (_from, _to, marker) => {
              if (marker.blame.commit != null) onCommit(marker.blame.commit);
            });
            return true;
          },
        },
      }),
    ),
    EditorView.decorations.compute(["doc", "selection", blamed], wordsOf),
  ];
}
