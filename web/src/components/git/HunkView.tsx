import { type ReactNode, useMemo } from "react";
import type { GitHunk } from "../../api/types";
import { type LineChoice, useLineKeys } from "./use-line-keys";
import { type ShownLine, shownLines, sideBySide } from "./word-diff";

interface HunkViewProps {
  hunk: GitHunk;
  split: boolean;
  /** Buttons beside the hunk's head. */
  actions?: ReactNode;
  /** Absent where lines cannot be chosen. */
  choice?: LineChoice | undefined;
}

const SIGNS = { context: " ", added: "+", removed: "-" } as const;

/** One part of a file that differs. */
export function HunkView({ hunk, split, actions, choice }: HunkViewProps) {
  // Words are not compared anew with every line that is chosen.
  const [lines, places] = useMemo(() => {
    const lines = shownLines(hunk.lines, hunk.old_start, hunk.new_start);
    return [lines, new Map(lines.map((line, index) => [line, index]))];
  }, [hunk]);
  const { grid, cell } = useLineKeys(hunk, choice);
  const show = (line: ShownLine) => ({ line, ...cell(places.get(line) ?? -1) });
  return (
    <section className="diff-hunk" aria-label={`Lines from ${hunk.new_start}`}>
      <header>
        <span className="diff-place">
          line {hunk.new_start} {hunk.section !== "" && <code>{hunk.section}</code>}
        </span>
        {actions}
      </header>
      <table data-split={split || undefined} {...grid}>
        <tbody>
          {split
            ? sideBySide(lines).map(([left, right]) => (
                <tr key={`${left?.before ?? "-"}:${right?.after ?? "-"}`}>
                  {left === null ? <Nothing /> : <Cells {...show(left)} numbers={[left.before]} />}
                  {right === null ? <Nothing /> : <Cells {...show(right)} numbers={[right.after]} />}
                </tr>
              ))
            : lines.map((line) => (
                <tr key={`${line.before ?? "-"}:${line.after ?? "-"}`}>
                  <Cells {...show(line)} numbers={[line.before, line.after]} />
                </tr>
              ))}
        </tbody>
      </table>
    </section>
  );
}

function Nothing() {
  return <td colSpan={3} className="diff-nothing" />;
}

interface CellsProps {
  line: ShownLine;
  numbers: (number | null)[];
  /** Of a line that can be chosen. */
  id?: string | undefined;
  chosen?: boolean | undefined;
  active?: boolean | undefined;
  onChoose?: ((event: React.MouseEvent) => void) | undefined;
}

function Cells({ line, numbers, id, chosen, active, onChoose }: CellsProps) {
  const state = {
    "data-kind": line.kind,
    "data-chosen": chosen || undefined,
    "data-choosable": onChoose === undefined ? undefined : true,
  };
  return (
    <>
      {numbers.map((number, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the side is the name
        // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it has the keys
        <td key={index} className="diff-number" onClick={onChoose} {...state}>
          {number}
        </td>
      ))}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it has the keys */}
      <td className="diff-sign" onClick={onChoose} {...state}>
        {chosen ? "✓" : SIGNS[line.kind]}
      </td>
      <td
        id={id}
        className="diff-text"
        data-active={active || undefined}
        {...(onChoose === undefined ? {} : { role: "gridcell", "aria-selected": chosen === true })}
        {...state}
      >
        <Text line={line} />
      </td>
    </>
  );
}

function Text({ line }: { line: ShownLine }) {
  return (
    <>
      {line.pieces.map((piece, index) =>
        piece.changed ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name and never move
          <mark key={index}>{piece.text}</mark>
        ) : (
          piece.text
        ),
      )}
      {line.noNewline && <span className="diff-end"> no line ending</span>}
    </>
  );
}
