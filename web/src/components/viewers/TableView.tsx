import "./viewers.css";
import { useVirtualizer } from "@tanstack/react-virtual";
import Papa from "papaparse";
import { useMemo, useRef, useState } from "react";

/** Rows that are read; a longer table is for a program. */
const ROWS_MAX = 100_000;
/** Height of a row, in pixels. */
const ROW = 26;

interface TableViewProps {
  path: string;
  text: string;
}

/** Comma- or tab-separated values as a table; a click on a column's head sorts by it. */
export function TableView({ path, text }: TableViewProps) {
  const { head, rows, cut, errors } = useMemo(() => read(text, path), [text, path]);
  const [sort, setSort] = useState<{ column: number; down: boolean } | null>(null);
  const sorted = useMemo(() => (sort === null ? rows : sortRows(rows, sort)), [rows, sort]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
    initialRect: { width: 600, height: 600 },
  });
  const columns = { gridTemplateColumns: `4em repeat(${head.length}, minmax(9em, 1fr))` };
  const sortBy = (column: number) =>
    setSort(sort?.column !== column ? { column, down: false } : sort.down ? null : { column, down: true });
  return (
    <div className="viewer">
      <div className="viewer-bar">
        <span>
          {rows.length.toLocaleString("en")} rows, {head.length} columns
          {cut && `; only the first ${ROWS_MAX.toLocaleString("en")} are shown`}
        </span>
        {errors > 0 && <span className="viewer-warning">{errors} rows are not well formed</span>}
      </div>
      <div className="viewer-table" ref={scroller}>
        <table aria-label={path} aria-rowcount={rows.length}>
          <thead>
            <tr style={columns}>
              <th scope="col">#</th>
              {head.map((name, index) => (
                <th
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name and never move
                  key={index}
                  scope="col"
                  aria-sort={sort?.column === index ? (sort.down ? "descending" : "ascending") : "none"}
                >
                  <button type="button" onClick={() => sortBy(index)} title={`Sort by ${name}`}>
                    {name === "" ? `column ${index + 1}` : name}
                    {sort?.column === index && (sort.down ? " ↓" : " ↑")}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody style={{ blockSize: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const row = sorted[item.index];
              if (row === undefined) return null;
              const place = { ...columns, blockSize: item.size, translate: `0 ${item.start}px` };
              return (
                <tr key={item.key} style={place}>
                  <th scope="row">{row.number}</th>
                  {head.map((_, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: as above
                    <td key={index} title={row.cells[index]}>
                      {row.cells[index]}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

export interface TableRow {
  /** From 1, as in the file without its head. */
  number: number;
  cells: string[];
}

/** Reads a table; its first line is its head. */
export function read(text: string, path: string) {
  const delimiter = /\.tsv$/i.test(path) ? "\t" : "";
  const parsed = Papa.parse<string[]>(text, { delimiter, skipEmptyLines: true, preview: ROWS_MAX + 2 });
  const [head = [], ...body] = parsed.data;
  const width = body.reduce((most, row) => Math.max(most, row.length), head.length);
  const names = Array.from({ length: width }, (_, index) => head[index] ?? "");
  const rows: TableRow[] = body.slice(0, ROWS_MAX).map((cells, index) => ({ number: index + 1, cells }));
  const errors = parsed.errors.filter((it) => it.code !== "UndetectableDelimiter").length;
  return { head: names, rows, cut: ROWS_MAX < body.length, errors };
}

/** Numbers by value where both are numbers, everything else as text. */
export function sortRows(rows: readonly TableRow[], by: { column: number; down: boolean }): TableRow[] {
  const order = new Intl.Collator("en", { numeric: true });
  const sign = by.down ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [one, two] = [a.cells[by.column] ?? "", b.cells[by.column] ?? ""];
    const [x, y] = [Number(one), Number(two)];
    const numbers = one.trim() !== "" && two.trim() !== "" && Number.isFinite(x) && Number.isFinite(y);
    return sign * (numbers ? x - y : order.compare(one, two));
  });
}
