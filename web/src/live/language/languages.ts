/** The language servers that a page uses: one connection for each language and directory. */
import { languageServersOf } from "../../api/language";
import { editorStore } from "../editor-store";
import { viewOfKey } from "../editor-views";
import { Cell } from "../store";
import { LanguageConnection } from "./language-connection";
import type { LspCapabilities, LspCodeAction, LspSymbol } from "./lsp";
import { type CodeSymbol, projectSymbols } from "./symbols";

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

/** What is offered at a place of a text; answered by a menu. */
export interface CodeActionOffer {
  path: string;
  /** Where on the screen. */
  at: DOMRect;
  actions: readonly LspCodeAction[];
  choose: (action: LspCodeAction) => void;
  /** Whoever looked at it goes on typing. */
  leave: () => void;
}

/** What can be asked about the place where the cursor is. */
export interface LanguageActions {
  path: string;
  /** Whether the server can do something; before it has said what it can, it may. */
  offers: (what: keyof LspCapabilities) => boolean;
  definition: () => void;
  references: () => void;
  rename: () => void;
  format: () => void;
  codeActions: () => void;
  signature: () => void;
  /** What there is in the file. */
  symbols: (signal: AbortSignal) => Promise<CodeSymbol[]>;
  restart: () => void;
}

export class Languages {
  /** What all servers say is wrong, errors and warnings, by file and line. */
  readonly problems = new Cell<readonly Problem[]>([]);
  readonly references = new Cell<References | null>(null);
  readonly renaming = new Cell<RenameWish | null>(null);
  readonly offer = new Cell<CodeActionOffer | null>(null);
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

  /** Symbols of the project whose names fit, as all servers that are at work know them. */
  async symbols(query: string, signal: AbortSignal): Promise<CodeSymbol[]> {
    const able = [...this.#connections.values()].filter((it) => it.offers("workspaceSymbolProvider"));
    const answers = await Promise.allSettled(
      able.map(async (it) => {
        const found = await it.ask<LspSymbol[] | null>("workspace/symbol", { query }, signal);
        return projectSymbols(found ?? [], (uri) => it.pathOf(uri));
      }),
    );
    const failed = answers.find((it) => it.status === "rejected");
    if (failed !== undefined && answers.every((it) => it.status === "rejected")) throw failed.reason;
    return answers.flatMap((it) => (it.status === "fulfilled" ? it.value : []));
  }

  /** Whether a server is at work that knows the symbols of the project. */
  get knowsSymbols(): boolean {
    return [...this.#connections.values()].some((it) => it.offers("workspaceSymbolProvider"));
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
