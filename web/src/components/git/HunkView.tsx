import type { ReactNode } from "react";
import type { GitHunk } from "../../api/types";
import { type ShownLine, shownLines, sideBySide } from "./word-diff";

interface HunkViewProps {
  hunk: GitHunk;
  split: boolean;
  /** Buttons beside the hunk's head. */
  actions?: ReactNode;
}

const SIGNS = { context: " ", added: "+", removed: "-" } as const;

/** One part of a file that differs. */
export function HunkView({ hunk, split, actions }: HunkViewProps) {
  const lines = shownLines(hunk.lines, hunk.old_start, hunk.new_start);
  return (
    <section className="diff-hunk" aria-label={`Lines from ${hunk.new_start}`}>
      <header>
        <span className="diff-place">
          line {hunk.new_start} {hunk.section !== "" && <code>{hunk.section}</code>}
        </span>
        {actions}
      </header>
      <table data-split={split || undefined}>
        <tbody>
          {split
            ? sideBySide(lines).map(([left, right]) => (
                <tr key={`${left?.before ?? "-"}:${right?.after ?? "-"}`}>
                  <Cells line={left} side="before" />
                  <Cells line={right} side="after" />
                </tr>
              ))
            : lines.map((line) => (
                <tr key={`${line.before ?? "-"}:${line.after ?? "-"}`} data-kind={line.kind}>
                  <td className="diff-number">{line.before}</td>
                  <td className="diff-number">{line.after}</td>
                  <td className="diff-sign">{SIGNS[line.kind]}</td>
                  <Text line={line} />
                </tr>
              ))}
        </tbody>
      </table>
    </section>
  );
}

function Cells({ line, side }: { line: ShownLine | null; side: "before" | "after" }) {
  if (line === null) return <td colSpan={3} className="diff-nothing" />;
  return (
    <>
      <td className="diff-number">{line[side]}</td>
      <td className="diff-sign" data-kind={line.kind}>
        {SIGNS[line.kind]}
      </td>
      <Text line={line} />
    </>
  );
}

function Text({ line }: { line: ShownLine }) {
  return (
    <td className="diff-text" data-kind={line.kind}>
      {line.pieces.map((piece, index) =>
        piece.changed ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name and never move
          <mark key={index}>{piece.text}</mark>
        ) : (
          piece.text
        ),
      )}
      {line.noNewline && <span className="diff-end"> no line ending</span>}
    </td>
  );
}
