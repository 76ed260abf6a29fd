import type { Contributor } from "../../api/types";

/** What to call whoever changed a file, within a sentence. */
export function authorName(author: Contributor): string {
  switch (author.kind) {
    case "person":
      return author.name ?? "somebody";
    case "agent":
      return author.name ? `the agent ${author.name}` : "an agent";
    case "process":
      // It chooses its name itself, and must not pass for somebody else.
      return author.name ? `the program ${author.name}` : "a program";
    case "git":
      return "Git";
    case "kernel":
      return "Stead";
  }
}
