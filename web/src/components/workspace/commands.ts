/** Everything the palette can do in a workspace, as data. */
import type { Role, RuntimeState } from "../../api/types";
import { blameShown, lineCommit } from "../../live/blame";
import { editorStore } from "../../live/editor-store";
import { keyOfView, viewOfKey } from "../../live/editor-views";
import { gitStore } from "../../live/git-store";
import { languages } from "../../live/language/languages";
import type { LayoutStore } from "../../live/layout-store";
import { setPreferences, type Theme } from "../../live/preferences";
import type { PreviewStore } from "../../live/preview-store";
import { searchFiles } from "../../live/search-store";
import { ask, type Verb } from "../../live/session-actions";
import { endTerminal } from "../../live/terminal-actions";
import { sectionsFor } from "../manage/sections";
import type { DialogName } from "./Dialogs";

export interface Command {
  id: string;
  title: string;
  /** Other words somebody may look for. */
  words?: string;
  keys?: string;
  run: () => void;
}

interface Context {
  workspaceId: string;
  runtime: RuntimeState | null;
  readOnly: boolean;
  role: Role;
  layout: LayoutStore;
  preview: PreviewStore;
  newTerminal: () => void;
  onDialog: (name: DialogName) => void;
  /** Opens a page of the workspace's management. */
  onManage: (section: string) => void;
}

/** The commands that make sense now. */
export function commandsFor(context: Context): Command[] {
  const { layout, preview, onDialog, runtime } = context;
  return [
    ...(runtime === null || context.readOnly ? [] : sessionCommands(context, runtime)),
    { id: "preview", title: "Show preview", run: layout.showPreview },
    { id: "preview-reload", title: "Reload preview", run: () => void preview.reload() },
    { id: "log", title: "Show dev server log", words: "output", run: () => layout.showDock("log") },
    { id: "problems", title: "Show problems", words: "errors build", run: () => layout.showDock("problems") },
    { id: "ports", title: "Show ports", run: () => layout.showDock("ports") },
    {
      id: "sidebar",
      title: "Show or hide files",
      keys: "Mod+B",
      words: "sidebar tree",
      run: () => layout.toggle("sidebar"),
    },
    {
      id: "search",
      title: "Search in files",
      keys: "Mod+Shift+F",
      words: "find text content grep",
      run: () => searchFiles(context.workspaceId, layout, false),
    },
    ...(context.readOnly
      ? []
      : [
          {
            id: "replace",
            title: "Replace in files",
            keys: "Mod+Shift+H",
            words: "find text content",
            run: () => searchFiles(context.workspaceId, layout, true),
          },
        ]),
    ...languageCommands(context),
    ...blameCommands(),
    ...historyCommands(context),
    { id: "editor", title: "Show or hide editor", run: () => layout.toggle("editor") },
    { id: "pane", title: "Show or hide preview", run: () => layout.toggle("preview") },
    {
      id: "dock",
      title: "Show or hide lower panel",
      keys: "Mod+J",
      words: "terminal",
      run: () => layout.toggle("dock"),
    },
    {
      id: "settings",
      title: "Settings…",
      keys: "Mod+,",
      words: "preferences command port",
      run: () => onDialog("settings"),
    },
    { id: "keys", title: "Show keys", keys: "?", words: "shortcuts help", run: () => onDialog("keys") },
    ...(context.readOnly
      ? []
      : [{ id: "share", title: "Share the app…", words: "link qr", run: () => onDialog("share") }]),
    ...sectionsFor(context.role).map(
      (it): Command => ({
        id: `manage-${it.slug}`,
        title: `Manage: ${it.name}`,
        words: it.words,
        run: () => context.onManage(it.slug),
      }),
    ),
    ...(context.role === "owner"
      ? [{ id: "rename", title: "Rename workspace…", run: () => onDialog("rename") }]
      : []),
    { id: "device", title: "Open on another device…", words: "phone link qr", run: () => onDialog("device") },
    ...(["system", "light", "dark"] as const).map(themeCommand),
  ];
}

/** What can be asked about the place where the cursor is. */
function languageCommands({ workspaceId, readOnly, onDialog }: Context): Command[] {
  const actions = languages(workspaceId).actions.get();
  if (actions === null) return [];
  const { offers } = actions;
  const command = (id: string, title: string, keys: string, run: () => void, more = ""): Command => ({
    id,
    title,
    ...(keys === "" ? {} : { keys }),
    words: `language server code ${more}`,
    run,
  });
  const can = (what: Parameters<typeof offers>[0], it: Command) => (offers(what) ? [it] : []);
  const symbols = () => onDialog("symbols");
  const allSymbols = () => onDialog("all-symbols");
  return [
    ...can("definitionProvider", command("definition", "Go to definition", "F12", actions.definition)),
    ...can("referencesProvider", command("references", "Find references", "Shift+F12", actions.references)),
    ...can(
      "documentSymbolProvider",
      command("symbols", "Go to symbol of the file…", "Mod+Shift+O", symbols, "outline"),
    ),
    ...can(
      "workspaceSymbolProvider",
      command("all-symbols", "Go to symbol of the project…", "", allSymbols, "workspace"),
    ),
    ...(readOnly
      ? []
      : [
          ...can("renameProvider", command("rename-symbol", "Rename symbol…", "F2", actions.rename)),
          ...can(
            "codeActionProvider",
            command("code-actions", "Fix or change code…", "Mod+.", actions.codeActions, "quick refactor"),
          ),
          ...can(
            "signatureHelpProvider",
            command("signature", "Show parameters", "Mod+Shift+Space", actions.signature, "signature"),
          ),
          ...can(
            "documentFormattingProvider",
            command("format", "Format file", "Shift+Alt+F", actions.format, "prettier"),
          ),
          command("language-restart", "Restart language server", "", actions.restart),
        ]),
  ];
}

/** Who wrote what in the text that is open. */
function blameCommands(): Command[] {
  const words = "git annotate author who when line";
  const openLine = lineCommit.get();
  const toggle = () => blameShown.set(!blameShown.get());
  return [
    { id: "blame", title: "Show or hide blame", words, run: toggle },
    ...(openLine === null
      ? []
      : [{ id: "line-commit", title: "Show the commit of this line", words, run: openLine }]),
  ];
}

/** What was committed, of everything and of the file that is open. */
function historyCommands({ workspaceId, layout }: Context): Command[] {
  if (gitStore(workspaceId).get().status?.repository !== true) return [];
  const { active } = editorStore(workspaceId).get();
  const open = (path?: string) => () => {
    layout.showEditor();
    editorStore(workspaceId).openFile(
      keyOfView({ kind: "history", ...(path === undefined ? {} : { path }) }),
    );
  };
  const words = "git log commits";
  const ofFile = active !== null && viewOfKey(active).kind === "file";
  return [
    { id: "history", title: "Show history", words, run: open() },
    ...(ofFile ? [{ id: "file-history", title: "Show history of this file", words, run: open(active) }] : []),
  ];
}

function themeCommand(theme: Theme): Command {
  return {
    id: `theme-${theme}`,
    title: `Theme: ${theme}`,
    words: "colour color mode",
    run: () => setPreferences({ theme }),
  };
}

function sessionCommands(
  { workspaceId, newTerminal, layout, onDialog }: Context,
  runtime: RuntimeState,
): Command[] {
  const request = (verb: Verb) => () => void ask(workspaceId, verb);
  if (runtime.status === "running") {
    return [
      { id: "terminal", title: "New terminal", words: "shell", run: newTerminal },
      {
        id: "agent",
        title: "Run an agent…",
        words: "claude codex gemini ai terminal",
        run: () => onDialog("agent"),
      },
      ...runtime.terminals
        .filter((it) => it.kind !== "dev_server")
        .flatMap(({ name }) => [
          {
            id: `show-${name}`,
            title: `Show terminal ${name}`,
            run: () => layout.showDock(`terminal:${name}`),
          },
          {
            id: `close-${name}`,
            title: `Close terminal ${name}`,
            run: () => void endTerminal(workspaceId, name),
          },
        ]),
      {
        id: "dev-restart",
        title: "Restart dev server",
        keys: "Mod+Shift+Enter",
        run: request("dev-restart"),
      },
      { id: "dev-stop", title: "Stop dev server", run: request("dev-stop") },
      { id: "stop", title: "Stop session", run: request("stop") },
      { id: "restart", title: "Restart session", run: request("restart") },
    ];
  }
  if (runtime.status === "starting" || runtime.status === "stopping") return [];
  return [
    { id: "run", title: "Run", keys: "Mod+Enter", words: "start session dev server", run: request("run") },
    { id: "start", title: "Start session without dev server", run: request("start") },
  ];
}
