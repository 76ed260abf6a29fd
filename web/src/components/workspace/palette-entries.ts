import type { ReactNode } from "react";
import type { Command } from "./commands";

/** A line of the palette. */
export interface Entry extends Command {
  icon?: ReactNode;
  /** Said behind the title. */
  detail?: string;
  /** How far it is indented. */
  depth?: number;
}

/** Whether every word that was typed begins a word of the entry. */
export function matches(entry: Pick<Entry, "title" | "words">, query: string): boolean {
  const words = `${entry.title} ${entry.words ?? ""}`.toLowerCase().split(/[\s:/.-]+/);
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((part) => words.some((word) => word.startsWith(part)));
}
