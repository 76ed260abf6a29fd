import { type CSSProperties, memo } from "react";
import type { AuditEntry, Verb } from "../../api/audit";
import styles from "./Audit.module.css";
import { deedOf, type Names, OUTCOMES, whoOf } from "./audit-words";

interface AuditRowProps {
  entry: AuditEntry;
  /** The one above it. */
  before: AuditEntry | undefined;
  verb: Verb | undefined;
  names: Names;
  across: boolean;
  chosen: boolean;
  style: CSSProperties;
  onChoose: (entry: AuditEntry) => void;
}

/** One row in one line: when, who, what, where, and whether it was done. */
export const AuditRow = memo(function AuditRow(props: AuditRowProps) {
  const { entry, before, verb, names, across, chosen, style, onChoose } = props;
  const time = new Date(entry.time_ms);
  const sameDay = before !== undefined && new Date(before.time_ms).toDateString() === time.toDateString();
  const outcome = OUTCOMES[entry.outcome];
  const workspace =
    entry.workspace === null ? null : (names.workspaces[entry.workspace] ?? "a deleted workspace");
  return (
    <button
      type="button"
      className={styles["row"]}
      style={style}
      data-chosen={chosen || undefined}
      data-tone={outcome.tone}
      aria-expanded={chosen}
      onClick={() => onChoose(entry)}
    >
      <time dateTime={time.toISOString()}>
        {!sameDay && <b>{time.toLocaleDateString([], { day: "numeric", month: "short" })}</b>}
        <span className="sr-only"> </span>
        {time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" })}
      </time>
      <span className={styles["what"]}>
        <b>{whoOf(entry, names)}</b> {deedOf(entry, verb, names)}
      </span>
      {across && <span className={styles["where"]}>{workspace}</span>}
      <span className={styles["outcome"]}>{outcome.tone === "good" ? "" : outcome.word}</span>
    </button>
  );
});
