import { Columns2, Rows2 } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../ui/IconButton";

interface DiffHeadProps {
  title: ReactNode;
  added: number;
  removed: number;
  split: boolean;
  onSplit: (split: boolean) => void;
  children?: ReactNode;
}

/** The line above a diff: what it is of, how much, in which shape. */
export function DiffHead({ title, added, removed, split, onSplit, children }: DiffHeadProps) {
  return (
    <header className="diff-head">
      <span className="diff-title">{title}</span>
      <span className="diff-count" title={`${added} lines added, ${removed} removed`}>
        <ins>+{added}</ins> <del>−{removed}</del>
      </span>
      {children}
      <IconButton
        className="diff-shape"
        label={split ? "Show in one column" : "Show side by side"}
        icon={split ? <Rows2 /> : <Columns2 />}
        onClick={() => onSplit(!split)}
      />
    </header>
  );
}
