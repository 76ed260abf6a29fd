/** The part of the Language Server Protocol that this page speaks. */

/** Counted from 0, in UTF-16 units. */
export interface LspPosition {
  line: number;
  character: number;
}

export interface LspRange {
  start: LspPosition;
  end: LspPosition;
}

export interface LspLocation {
  uri: string;
  range: LspRange;
}

export interface LspTextEdit {
  range: LspRange;
  newText: string;
}

export interface LspDiagnostic {
  range: LspRange;
  /** 1 error, 2 warning, 3 information, 4 hint. */
  severity?: number;
  code?: number | string;
  source?: string;
  message: string;
  /** 1 unnecessary, 2 deprecated. */
  tags?: number[];
}

export interface LspMarkup {
  kind: "markdown" | "plaintext";
  value: string;
}

type MarkedString = string | { language: string; value: string };

export interface LspHover {
  contents: LspMarkup | MarkedString | MarkedString[];
}

export interface LspCompletion {
  label: string;
  labelDetails?: { detail?: string; description?: string };
  kind?: number;
  detail?: string;
  documentation?: string | LspMarkup;
  sortText?: string;
  filterText?: string;
  insertText?: string;
  textEdit?: { newText: string; range?: LspRange; insert?: LspRange; replace?: LspRange };
  additionalTextEdits?: LspTextEdit[];
}

export interface LspSignature {
  label: string;
  documentation?: string | LspMarkup;
  /** A part of the label, or where it is in it. */
  parameters?: { label: string | [number, number]; documentation?: string | LspMarkup }[];
  activeParameter?: number | null;
}

export interface LspSignatureHelp {
  signatures: LspSignature[];
  activeSignature?: number | null;
  activeParameter?: number | null;
}

/** What a server wants to be changed. */
export interface LspWorkspaceEdit {
  changes?: Record<string, LspTextEdit[]>;
  documentChanges?: { textDocument?: { uri: string }; edits?: LspTextEdit[] }[];
}

/** Something that a server can do to the code; the older kind is a command and nothing else. */
export interface LspCodeAction {
  title: string;
  kind?: string;
  isPreferred?: boolean;
  disabled?: { reason: string };
  edit?: LspWorkspaceEdit;
  command?: unknown;
  data?: unknown;
}

/** A symbol of a file, in either shape, or of the project. */
export interface LspSymbol {
  name: string;
  kind: number;
  detail?: string;
  containerName?: string;
  selectionRange?: LspRange;
  location?: { uri: string; range?: LspRange };
  children?: LspSymbol[];
}

/** What a server said it can do, as far as it matters here. */
export interface LspCapabilities {
  signatureHelpProvider?: { triggerCharacters?: string[]; retriggerCharacters?: string[] };
  codeActionProvider?: boolean | { resolveProvider?: boolean };
  documentSymbolProvider?: unknown;
  workspaceSymbolProvider?: unknown;
  completionProvider?: { triggerCharacters?: string[]; resolveProvider?: boolean };
  hoverProvider?: unknown;
  definitionProvider?: unknown;
  referencesProvider?: unknown;
  renameProvider?: unknown;
  documentFormattingProvider?: unknown;
}

/** An answer or a message of a server; or one of ours. */
export interface LspMessage {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string };
}

/** What a hover or a documentation says, as Markdown. */
export function markdownOf(contents: LspHover["contents"] | undefined): string {
  if (contents === undefined) return "";
  if (Array.isArray(contents)) return contents.map(markdownOf).join("\n\n");
  if (typeof contents === "string") return contents;
  if ("kind" in contents) return contents.kind === "markdown" ? contents.value : fenced("", contents.value);
  return fenced(contents.language, contents.value);
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** The workspace path of a URI; null for whatever is outside. */
export function pathOfUri(workspaceUri: string, uri: string): string | null {
  try {
    const base = `${decodeURIComponent(workspaceUri)}/`;
    const full = decodeURIComponent(uri);
    return full.startsWith(base) ? full.slice(base.length) : null;
  } catch {
    return null;
  }
}

/** The URI of a workspace path. */
export function uriOfPath(workspaceUri: string, path: string): string {
  return `${workspaceUri}/${path.split("/").map(encodeURIComponent).join("/")}`;
}
