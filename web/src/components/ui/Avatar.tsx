import { clsx } from "clsx";
import styles from "./Avatar.module.css";

/** Tones that people are told apart by; none of them says what a workspace does. */
const TONES = 6;

interface AvatarProps {
  /** Principal's id: decides the tone. */
  principal: string;
  name: string;
  size?: "xs" | "s" | "m";
  className?: string;
}

/** A person as one or two letters in a round field. Says nothing to a screen reader: the name stands beside it. */
export function Avatar({ principal, name, size = "m", className }: AvatarProps) {
  return (
    <span
      className={clsx(styles["avatar"], `tone-${toneOf(principal)}`, className)}
      data-size={size}
      aria-hidden="true"
    >
      {size === "xs" ? initials(name).slice(0, 1) : initials(name)}
    </span>
  );
}

/** The same tone for the same person, everywhere. */
export function toneOf(principal: string): number {
  let sum = 0;
  for (const letter of principal) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return sum % TONES;
}

/** “AL” for Ada Lovelace, “A” for Ada. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (it) => [...(it ?? "")][0] ?? "",
  );
  return letters.join("").toUpperCase() || "?";
}
