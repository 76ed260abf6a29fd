import { ChevronRight, Lock, Replace, ReplaceAll, X } from "lucide-react";
import type { ContentMatch } from "../../api/types";
import type { ResultRow } from "../../live/search-results";

/** Width of a letter of a line, and of what else is in its row, in CSS pixels. */
export const LETTER_PX = 7.2;
export const ROW_PX = 70;

interface ResultEntryProps {
  row: ResultRow;
  index: number;
  focused: boolean;
  replacing: boolean;
  /** How many fit into a line. */
  letters: number;
  onOpen: () => void;
  onFocus: () => void;
  onDismiss: () => void;
  onReplace: () => void;
}

/** One file with results, or one result. */
export function ResultEntry({ row, index, focused, replacing, letters, ...does }: ResultEntryProps) {
  const isFile = row.kind === "file";
  return (
    <div
      role="treeitem"
      className="search-entry"
      data-kind={row.kind}
      data-index={index}
      aria-level={isFile ? 1 : 2}
      aria-selected={focused}
      {...(isFile ? { "aria-expanded": row.unfolded } : {})}
      aria-label={labelOf(row, replacing)}
      tabIndex={focused ? 0 : -1}
      title={isFile ? row.file.path : `${row.file.path}:${row.match.line}`}
      onClick={does.onOpen}
      onFocus={does.onFocus}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.altKey) return;
        event.preventDefault();
        does.onOpen();
      }}
    >
      {isFile ? (
        <FileParts row={row} replacing={replacing} />
      ) : (
        <Line match={row.match} replacing={replacing} letters={letters} />
      )}
      <span className="search-actions">
        {replacing && typeof row.file.etag === "string" && (
          <Action
            label={isFile ? "Replace in this file" : "Replace"}
            icon={isFile ? <ReplaceAll /> : <Replace />}
            onClick={does.onReplace}
          />
        )}
        <Action label="Leave out" icon={<X />} onClick={does.onDismiss} />
      </span>
    </div>
  );
}

function labelOf(row: ResultRow, replacing: boolean): string {
  if (row.kind === "file") return `${row.file.path}, ${row.file.matches.length} results`;
  const { line, before, text, after, replacement } = row.match;
  const becomes = replacing && typeof replacement === "string" ? `, becomes ${replacement}` : "";
  return `line ${line}: ${before}${text}${after}${becomes}`;
}

function FileParts({ row, replacing }: { row: Extract<ResultRow, { kind: "file" }>; replacing: boolean }) {
  const { path, matches, truncated, kept } = row.file;
  const cut = path.lastIndexOf("/");
  return (
    <>
      <ChevronRight className="search-fold" data-unfolded={row.unfolded} aria-hidden="true" />
      <span className="search-path">
        <b>{path.slice(cut + 1)}</b>
        {cut > 0 && <span>{path.slice(0, cut)}</span>}
      </span>
      {replacing && typeof kept === "string" && (
        <span className="search-kept" title={`Left as it is: ${kept}`}>
          <Lock aria-hidden="true" />
          <span className="sr-only">left as it is: {kept}</span>
        </span>
      )}
      <span className="search-count">
        {matches.length.toLocaleString("en")}
        {truncated && "+"}
      </span>
    </>
  );
}

interface LineProps {
  match: ContentMatch;
  replacing: boolean;
  letters: number;
}

function Line({ match, replacing, letters }: LineProps) {
  const { before, text, after, replacement, line } = match;
  const becomes = replacing && typeof replacement === "string" ? replacement : null;
  return (
    <>
      <span className="search-match">
        {endOf(before, letters - text.length - (becomes?.length ?? 0))}
        {becomes === null ? (
          <mark>{text}</mark>
        ) : (
          <>
            <del>{text}</del>
            {becomes !== "" && <ins>{becomes}</ins>}
          </>
        )}
        {after}
      </span>
      <span className="search-number">{line}</span>
    </>
  );
}

/** As much of the end of `text` as fits beside the match, so that the match is in view. */
function endOf(text: string, letters: number): string {
  const most = Math.max(letters, 6);
  return text.length <= most ? text : `…${text.slice(-most)}`;
}

/** A button of a row, which the keyboard reaches by a key of its own. */
function Action({ label, icon, onClick }: { label: string; icon: React.ReactNode; onClick: () => void }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
    >
      {icon}
    </button>
  );
}
