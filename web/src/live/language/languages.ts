/** The language servers that a page uses: one connection for each language and directory. */
import { languageServersOf } from "../../api/language";
import { editorStore } from "../editor-store";
import { viewOfKey } from "../editor-views";
import { Cell } from "../store";
import { LanguageConnection } from "./language-connection";

/** Ends of names of files that have a language server somewhere; others are not asked about. */
const KNOWN = /\.([cm]?[jt]s|[jt]sx|pyi?|rs|go)$/i;
/** What a place was found to be called; shown at a place's search. */
export interface Reference {
  path: string;
  line: number;
  column: number;
  endColumn: number;
  /** The line, without the space before it. */
  text: string;
}

export interface References {
  word: string;
  phase: "asking" | "done" | "failed";
  list: readonly Reference[];
  /** Places in files outside of the workspace. */
  outside: number;
  message: string;
}

export interface Problem {
  path: string;
  line: number;
  column: number;
  isError: boolean;
  message: string;
  source: string;
}

/** A wish to give something another name; answered by a dialog. */
export interface RenameWish {
  path: string;
  line: number;
  column: number;
  word: string;
}

/** What can be asked about the place where the cursor is. */
export interface LanguageActions {
  definition: () => void;
  references: () => void;
  rename: () => void;
  format: () => void;
  restart: () => void;
}

export class Languages {
  /** What all servers say is wrong, errors and warnings, by file and line. */
  readonly problems = new Cell<readonly Problem[]>([]);
  readonly references = new Cell<References | null>(null);
  readonly renaming = new Cell<RenameWish | null>(null);
  /** Of the editor that is shown; null when its file has no language server. */
  readonly actions = new Cell<LanguageActions | null>(null);
  readonly #workspaceId: string;
  readonly #connections = new Map<string, LanguageConnection>();
  /** The connection of each open file; null where there is no server. */
  readonly #files = new Map<string, Promise<LanguageConnection | null>>();

  constructor(workspaceId: string) {
    this.#workspaceId = workspaceId;
    editorStore(workspaceId).subscribe(() => this.#prune());
  }

  /** The connection for a file in a tab; the server knows of the file from then on. */
  of(path: string): Promise<LanguageConnection | null> {
    if (!KNOWN.test(path)) return Promise.resolve(null);
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const found = this.#find(path);
    this.#files.set(path, found);
    return found;
  }

  async #find(path: string): Promise<LanguageConnection | null> {
    try {
      const [server] = await languageServersOf(this.#workspaceId, path);
      if (server === undefined) return null;
      const key = `${server.language} ${server.root}`;
      const connection = this.#connections.get(key) ?? new LanguageConnection(this.#workspaceId, server);
      if (!this.#connections.has(key)) {
        this.#connections.set(key, connection);
        connection.diagnostics.subscribe(() => this.#gather());
      }
      if (this.#files.has(path)) connection.looksAt(path);
      return connection;
    } catch {
      // It is asked again when the file is shown again.
      this.#files.delete(path);
      return null;
    }
  }

  /** Lets go of files whose tab is gone. */
  #prune(): void {
    const { tabs } = editorStore(this.#workspaceId).get();
    const open = new Set(tabs.map((it) => it.path).filter((it) => viewOfKey(it).kind === "file"));
    for (const [path, found] of [...this.#files]) {
      if (open.has(path)) continue;
      this.#files.delete(path);
      void found.then((it) => this.#leave(it, path));
    }
  }

  #leave(connection: LanguageConnection | null, path: string): void {
    if (connection === null || this.#files.has(path)) return;
    connection.leaves(path);
    if (!connection.isIdle) return;
    for (const [key, it] of this.#connections) if (it === connection) this.#connections.delete(key);
    connection.dispose();
    this.#gather();
  }

  #gather(): void {
    const problems: Problem[] = [];
    for (const connection of this.#connections.values()) {
      for (const [path, list] of connection.diagnostics.get()) {
        for (const { severity = 1, range, message, source = "" } of list) {
          if (severity > 2) continue;
          const { line, character } = range.start;
          problems.push({
            path,
            line: line + 1,
            column: character + 1,
            isError: severity === 1,
            message,
            source,
          });
        }
      }
    }
    problems.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line || a.column - b.column);
    this.problems.set(problems);
  }
}

const all = new Map<string, Languages>();

/** The language servers of a workspace; one set per page. */
export function languages(workspaceId: string): Languages {
  const known = all.get(workspaceId);
  if (known !== undefined) return known;
  const made = new Languages(workspaceId);
  all.set(workspaceId, made);
  return made;
}
