import type { Move } from "../../api/machines";
import { Prose } from "../ui/Prose";
import styles from "./Machines.module.css";
import { moveWords } from "./words";

/** How far a move is, with what it waits for. */
export function MoveProgress({ move, target, label }: { move: Move; target: string; label: string }) {
  const known = move.bytes_total > 0 && (move.phase === "copying" || move.phase === "verifying");
  return (
    <div className={styles["progress"]}>
      <progress aria-label={label} {...(known ? { max: move.bytes_total, value: move.bytes_done } : {})} />
      <p role="status">
        {moveWords(move, target)}
        {move.error !== null && move.error !== undefined && (
          <span className={styles["waits"]}>
            {" "}
            Waiting: <Prose text={move.error} />
          </span>
        )}
      </p>
    </div>
  );
}
