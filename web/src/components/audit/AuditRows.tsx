import { ArrowUp, ScrollText } from "lucide-react";
import type { ReactNode } from "react";
import type { AuditEntry, Verb } from "../../api/audit";
import { messageOf } from "../../api/client";
import type { AuditFeed } from "../../live/audit-feed";
import type { AuditView } from "../../live/audit-rows";
import { useAuditScroll } from "../../live/use-audit-scroll";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import styles from "./Audit.module.css";
import { AuditRow } from "./AuditRow";

interface AuditRowsProps {
  feed: AuditFeed;
  view: AuditView;
  /** Height of a row, in pixels; another height is another list. */
  size: number;
  verbs: ReadonlyMap<string, Verb>;
  /** Of more than one workspace. */
  across: boolean;
  chosen: AuditEntry | null;
  filtered: boolean;
  tools: ReactNode;
  onChoose: (entry: AuditEntry) => void;
  onClear: () => void;
}

/** The rows, of which only those that are seen are there. */
export function AuditRows(props: AuditRowsProps) {
  const { feed, view, size, verbs, across, chosen, filtered, tools, onChoose, onClear } = props;
  const { rows, waiting, gap, next, loaded, loading, error } = view;
  const { list, items, height, top, atTop } = useAuditScroll(feed, view, size, chosen !== null);

  const show = () => {
    feed.showWaiting();
    scrollTo({ top: 0 });
  };
  return (
    <section className={styles["log"]} aria-label="Rows">
      <header className={styles["tools"]}>
        {waiting.length > 0 && !(atTop && !gap) && (
          <Button size="s" look="ink" icon={<ArrowUp />} onClick={show}>
            {gap ? "Many new rows" : `${waiting.length} new`}
          </Button>
        )}
        <p role="status">{loaded ? countText(view) : "Loading…"}</p>
        {filtered && (
          <Button size="s" look="ghost" onClick={onClear}>
            No filters
          </Button>
        )}
        {tools}
      </header>
      {rows.length > 0 && (
        <div ref={list} className={styles["rows"]} style={{ blockSize: height }}>
          {items.map((item) => {
            const entry = rows[item.index];
            if (entry === undefined) return null;
            return (
              <AuditRow
                key={item.key}
                entry={entry}
                before={rows[item.index - 1]}
                verb={verbs.get(entry.verb)}
                names={view}
                across={across}
                chosen={entry.seq === chosen?.seq}
                style={{ blockSize: size, translate: `0 ${item.start - top}px` }}
                onChoose={onChoose}
              />
            );
          })}
        </div>
      )}
      {rows.length === 0 && loaded && next === null && (
        <Explain
          icon={<ScrollText />}
          title={filtered ? "No row is like that" : "Nothing was written down yet"}
        />
      )}
      {error !== null && (
        <Explain
          tone="bad"
          title={loaded ? "Older rows cannot be loaded" : "The audit log cannot be loaded"}
          actions={<Button onClick={() => void feed.older()}>Try again</Button>}
        >
          {messageOf(error)}
        </Explain>
      )}
      {loading && loaded && <p className={styles["loading"]}>{searchedText(view)}</p>}
    </section>
  );
}

function countText({ rows, next }: AuditView): string {
  const count = rows.length.toLocaleString("en");
  if (next !== null) return `The newest ${count}; scroll on for older ones`;
  return rows.length === 1 ? "One row" : `${count} rows, all there are`;
}

function searchedText({ searchedUntilMs }: AuditView): string {
  if (searchedUntilMs === null) return "Looking further back…";
  const day = new Date(searchedUntilMs).toLocaleDateString([], { dateStyle: "medium" });
  return `Looking further back than ${day}…`;
}
