import { useEffect, useRef, useState } from "react";
import type { GitCommit } from "../../api/types";
import { useNow } from "../../live/use-now";
import { focusRow } from "../ui/focus-row";
import { useRows } from "../ui/use-rows";
import { ago } from "../ui/words";
import type { GraphRow } from "./graph";

/** Height of a row for a mouse and width of a lane, in pixels. */
const ROW = 28;
const LANE = 14;
/** Lanes that are drawn; a wider history is cut. */
const LANES_MAX = 12;
/** Rows before the end at which more are asked for. */
const AHEAD = 50;

interface CommitListProps {
  commits: readonly GitCommit[];
  /** The lines beside the commits; none where they would lie. */
  rows: readonly GraphRow[];
  busy: boolean;
  onOpen: (commit: GitCommit) => void;
  /** Brings older ones; null while it does, and when there are none. */
  onMore: (() => void) | null;
}

/** Commits, the newest first. The arrow keys walk along them, and older ones come as they are neared. */
export function CommitList({ commits, rows, busy, onOpen, onMore }: CommitListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow();
  const [focused, setFocused] = useState(0);
  const { virtual } = useRows(commits.length, scroller, ROW);
  const items = virtual.getVirtualItems();
  const isNearEnd = commits.length - AHEAD < (items.at(-1)?.index ?? 0);
  useEffect(() => {
    if (isNearEnd) onMore?.();
  }, [isNearEnd, onMore]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const page = Math.max(1, Math.floor((virtual.scrollRect?.height ?? 0) / ROW) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const ends: Record<string, number> = { Home: 0, End: commits.length - 1 };
    const wish = ends[event.key] ?? focused + (steps[event.key] ?? Number.NaN);
    if (Number.isNaN(wish) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const index = Math.min(Math.max(wish, 0), commits.length - 1);
    setFocused(index);
    virtual.scrollToIndex(index);
    focusRow(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the rows in it
    <div className="history-list" ref={scroller} aria-busy={busy} onKeyDown={onKeyDown}>
      <ol style={{ blockSize: virtual.getTotalSize() }}>
        {items.map(({ index, size, start }) => {
          const commit = commits[index];
          if (commit === undefined) return null;
          return (
            <li
              key={commit.id}
              aria-setsize={onMore === null ? commits.length : -1}
              aria-posinset={index + 1}
              style={{ blockSize: size, translate: `0 ${start}px` }}
            >
              <button
                type="button"
                data-index={index}
                tabIndex={index === Math.min(focused, commits.length - 1) ? 0 : -1}
                onFocus={() => setFocused(index)}
                onClick={() => onOpen(commit)}
              >
                <Graph row={rows[index]} height={size} />
                <Subject commit={commit} />
                <span className="history-who">{commit.author}</span>
                <time dateTime={new Date(commit.time_ms).toISOString()}>{ago(commit.time_ms, now)}</time>
              </button>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** Names of a commit that are shown beside its words; of the rest only how many there are. */
const NAMES_MAX = 2;

function Subject({ commit }: { commit: GitCommit }) {
  const names = commit.refs.map((ref) => ref.replace("HEAD -> ", "").replace("tag: ", ""));
  const rest = names.slice(NAMES_MAX);
  return (
    <span className="history-subject">
      {names.slice(0, NAMES_MAX).map((name) => (
        <em key={name} title={name}>
          {name}
        </em>
      ))}
      {rest.length > 0 && <em title={rest.join("\n")}>+{rest.length}</em>}
      {commit.subject}
    </span>
  );
}

function Graph({ row, height }: { row: GraphRow | undefined; height: number }) {
  if (row === undefined) return null;
  const width = (Math.min(row.lanes, LANES_MAX) + 1) * LANE;
  const x = (lane: number) => lane * LANE + LANE / 2 + 2;
  const middle = height / 2;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {row.strokes.map(({ from, to, half }) => {
        const [top, bottom] = [half === "bottom" ? middle : 0, half === "top" ? middle : height];
        const bend = (top + bottom) / 2;
        const path = `M${x(from)} ${top}C${x(from)} ${bend} ${x(to)} ${bend} ${x(to)} ${bottom}`;
        return <path key={`${from}-${to}-${half}`} d={path} data-lane={(half === "top" ? from : to) % 5} />;
      })}
      <circle cx={x(row.lane)} cy={middle} r={4} data-lane={row.lane % 5} />
    </svg>
  );
}
