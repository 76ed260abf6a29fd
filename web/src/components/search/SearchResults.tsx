import { SearchIcon, SearchX } from "lucide-react";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { type ResultRow, rowsOfResults } from "../../live/search-results";
import type { SearchState, SearchStore } from "../../live/search-store";
import { focusRow } from "../ui/focus-row";
import { useRows } from "../ui/use-rows";
import { LETTER_PX, ResultEntry, ROW_PX } from "./ResultEntry";
import { resultKey } from "./result-keys";

/** Where a result is opened. */
interface Place {
  line: number;
  column: number;
  endColumn: number;
}

interface SearchResultsProps {
  store: SearchStore;
  state: SearchState;
  replacing: boolean;
  onOpen: (path: string, at?: Place) => void;
}

/** What was found, by file. */
export function SearchResults({ store, state, replacing, onOpen }: SearchResultsProps) {
  const { files, folded, phase, form } = state;
  const rows = useMemo(() => rowsOfResults(files, folded), [files, folded]);
  const [focused, setFocused] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const shown = useRef(rows);
  const within = useRef(false);
  useLayoutEffect(() => {
    shown.current = rows;
    // The row that had the keyboard is gone: the tree keeps it.
    if (within.current && document.activeElement === document.body) scroller.current?.focus();
  }, [rows]);
  const { virtual, coarse } = useRows(rows.length, scroller, 24);
  // Where fingers point, the buttons of a row are always there.
  const taken = ROW_PX + (coarse ? (replacing ? 60 : 20) : 0);
  const letters = Math.floor(((virtual.scrollRect?.width ?? 240) - taken) / LETTER_PX);
  const open = (row: ResultRow) => {
    setFocused(row.key);
    if (row.kind === "file") return store.fold(row.file.path, row.unfolded);
    const { line, column, end_column } = row.match;
    onOpen(row.file.path, { line, column, endColumn: end_column });
  };
  const focus = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    setFocused(row.key);
    virtual.scrollToIndex(index);
    focusRow(() => {
      // More results may have come before it.
      const at = shown.current.findIndex((it) => it.key === row.key);
      return scroller.current?.querySelector<HTMLElement>(`[data-index="${at}"]`);
    });
  };
  const known = rows.some((it) => it.key === focused);
  const keys = { store, rows, replacing, open, focus, focused: known ? focused : (rows[0]?.key ?? null) };
  if (rows.length === 0) return <Nothing phase={phase} text={form.text} />;
  return (
    <div
      className="search-results"
      ref={scroller}
      role="tree"
      aria-label="Search results"
      tabIndex={-1}
      onFocus={() => {
        within.current = true;
      }}
      onBlur={(event) => {
        // A row that is taken away while it has the keyboard gives it to nobody.
        within.current = event.relatedTarget === null && !event.target.isConnected;
      }}
      onKeyDown={(event) => resultKey(event, keys)}
    >
      <div className="search-rows" style={{ blockSize: virtual.getTotalSize() }} role="presentation">
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const style = { blockSize: item.size, translate: `0 ${item.start}px` };
          return (
            <div key={row.key} className="search-row" style={style} role="presentation">
              <ResultEntry
                row={row}
                index={item.index}
                focused={row.key === keys.focused}
                replacing={replacing}
                letters={letters}
                onOpen={() => open(row)}
                onFocus={() => setFocused(row.key)}
                onDismiss={() => store.dismiss(row.file, row.kind === "match" ? row.match : undefined)}
                onReplace={() => void store.replace(row.file, row.kind === "match" ? row.match : undefined)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Nothing({ phase, text }: { phase: SearchState["phase"]; text: string }) {
  if (phase === "running" || phase === "failed") return null;
  if (text === "") {
    return (
      <div className="search-nothing">
        <SearchIcon aria-hidden="true" />
        <p>Looks into every file that Git does not ignore, as you type.</p>
      </div>
    );
  }
  return (
    <div className="search-nothing" role="status">
      <SearchX aria-hidden="true" />
      <p>
        Nothing has “{text.length > 60 ? `${text.slice(0, 60)}…` : text}” in it. Ignored and binary files were
        not looked into.
      </p>
    </div>
  );
}
