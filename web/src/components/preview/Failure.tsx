import type { ReactNode } from "react";
import type { Exit } from "../../api/types";
import { useCountdown } from "../../live/use-now";
import { exitText } from "../../live/workspace-machine";
import { House } from "../ui/House";
import { Prose } from "../ui/Prose";
import styles from "./Failure.module.css";

interface FailureProps {
  title: string;
  reason: string | null;
  exit?: Exit | null;
  /** The last lines of output. */
  lines: string[];
  /** When it is tried again by itself, in milliseconds since 1970. */
  retryAtMs?: number | null;
  children?: ReactNode;
  actions?: ReactNode;
}

/** A program ended badly: how, what it said last, what happens next. */
export function Failure({ title, reason, exit, lines, retryAtMs, children, actions }: FailureProps) {
  const left = useCountdown(retryAtMs ?? null);
  return (
    <section className={styles["failure"]} role="alert">
      <header>
        <House size={30} light="alarm" />
        <div>
          <h2>{title}</h2>
          <p>
            <Prose text={reason ?? (exit === undefined || exit === null ? "" : `It ${exitText(exit)}.`)} />{" "}
            {children}
          </p>
        </div>
      </header>
      {lines.length > 0 && <pre>{lines.join("\n")}</pre>}
      <footer>
        {left !== null && (
          <span>{left === 0 ? "Starting again…" : `Starts again by itself in ${left} s`}</span>
        )}
        {actions}
      </footer>
    </section>
  );
}
