/** Names for the wire types; `schema.ts` is generated from the server's own description. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type ErrorCode = Schemas["ErrorCode"];
export type WireError = Schemas["WireError"];

export type RuntimeState = Schemas["RuntimeState"];
export type SessionStatus = Schemas["SessionStatus"];
export type SetupStatus = Schemas["SetupStatus"];
export type DevServer = Schemas["DevServer"];
export type DevServerStatus = Schemas["DevServerStatus"];
export type BuildError = Schemas["BuildError"];
export type Exit = Schemas["Exit"];
export type TerminalInfo = Schemas["TerminalInfo"];
export type Person = Schemas["Person"];
export type SystemStats = Schemas["SystemStats"];
export type ProcessLoad = Schemas["ProcessLoad"];

export type Event = Schemas["Event"];
export type FileChange = Schemas["FileChange"];
export type FromKernel = Schemas["FromKernel"];
export type ToKernel = Schemas["ToKernel"];
export type FromTerminal = Schemas["FromTerminal"];
export type ToTerminal = Schemas["ToTerminal"];
export type OpenTerminal = Schemas["OpenTerminal"];

export type FromDocument = Schemas["FromDocument"];
export type ToDocument = Schemas["ToDocument"];
export type DocumentConflict = Schemas["DocumentConflict"];
export type Contributor = Schemas["Contributor"];
export type Keep = Schemas["Keep"];
export type DocumentHistory = Schemas["DocumentHistory"];
export type DocumentVersion = Schemas["DocumentVersion"];
export type DocumentVersionText = Schemas["DocumentVersionText"];
export type ResolveConflict = Schemas["ResolveConflict"];

export type FileEntry = Schemas["FileEntry"];
export type FileKind = Schemas["FileKind"];
export type Listing = Schemas["Listing"];
export type Written = Schemas["Written"];
export type NameMatches = Schemas["NameMatches"];

/** What is not said has its default. */
export type ContentQuery = Partial<Schemas["ContentQuery"]> & { q: string };
export type ContentMatch = Schemas["ContentMatch"];
export type FileMatches = Schemas["FileMatches"];
export type SearchLine = Schemas["SearchLine"];
export type SearchSummary = Schemas["SearchSummary"];
export type ReplaceFile = Partial<Schemas["ReplaceFile"]> & { path: string; etag: string };
export type ReplaceLine = Schemas["ReplaceLine"];
export type ReplaceOutcome = Schemas["ReplaceOutcome"];

export type Workspace = Schemas["Workspace"];
export type Invitation = Schemas["Invitation"];
export type Member = Schemas["Member"];
export type Role = Schemas["Role"];
export type Source = Schemas["Source"];
export type Template = Schemas["Template"];
export type Settings = Schemas["Settings"];
export type Me = Schemas["Me"];
export type GrantRequest = Schemas["GrantRequest"];

export type LanguageEdit = Schemas["LanguageEdit"];
export type LanguageServer = Schemas["LanguageServer"];
export type RenameSymbol = Schemas["RenameSymbol"];
export type RunCodeAction = Schemas["RunCodeAction"];
export type GitBlame = Schemas["GitBlame"];
export type GitStatus = Schemas["GitStatus"];
export type GitEntry = Schemas["GitEntry"];
export type GitChange = Schemas["GitChange"];
export type GitTask = Schemas["GitTask"];
export type GitTaskKind = Schemas["GitTaskKind"];
export type GitDiff = Schemas["GitDiff"];
export type GitFileDiff = Schemas["GitFileDiff"];
export type GitHunk = Schemas["GitHunk"];
export type GitLine = Schemas["GitLine"];
export type GitUndo = Schemas["GitUndo"];
export type GitDiscarded = Schemas["GitDiscarded"];
export type GitCommit = Schemas["GitCommit"];
export type GitLog = Schemas["GitLog"];
export type GitBranch = Schemas["GitBranch"];
export type GitStash = Schemas["GitStash"];
export type GitConflict = Schemas["GitConflict"];
export type GitHunkAction = Schemas["GitHunkAction"];
export type StartGitTask = Schemas["StartGitTask"];

export type Share = Schemas["Share"];
export type ShareMode = Schemas["ShareMode"];
/** What is left out is as the server says. */
export type CreateShare = Partial<Schemas["CreateShare"]>;
/** What is left out stays. */
export type UpdateShare = Partial<Schemas["UpdateShare"]>;
