import { ChevronRight, Lock, Replace, ReplaceAll, X } from "lucide-react";
import type { ContentMatch } from "../../api/types";
import type { ResultRow } from "../../live/search-results";

interface ResultEntryProps {
  row: ResultRow;
  index: number;
  focused: boolean;
  replacing: boolean;
  onOpen: () => void;
  onFocus: () => void;
  onDismiss: () => void;
  onReplace: () => void;
}

/** One file with results, or one result. */
export function ResultEntry({ row, index, focused, replacing, ...does }: ResultEntryProps) {
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
        <Line match={row.match} replacing={replacing} />
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

function Line({ match, replacing }: { match: ContentMatch; replacing: boolean }) {
  const { before, text, after, replacement, line } = match;
  const becomes = replacing && typeof replacement === "string" ? replacement : null;
  return (
    <>
      <span className="search-match">
        {before}
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
