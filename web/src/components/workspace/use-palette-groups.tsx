/** What the palette shows for what is typed: files, commands and workspaces, or symbols. */
import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { FileText, Hash } from "lucide-react";
import { messageOf } from "../../api/client";
import { listWorkspaces } from "../../api/gateway";
import { searchNames } from "../../api/kernel";
import type { Workspace } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { languages } from "../../live/language/languages";
import { type CodeSymbol, isNamed } from "../../live/language/symbols";
import { layoutStore } from "../../live/layout-store";
import { previewStore } from "../../live/preview-store";
import { createTerminal } from "../../live/terminal-actions";
import { useStore } from "../../live/use-store";
import { workspaceStore } from "../../live/workspace-store";
import { House } from "../ui/House";
import { standing } from "../ui/words";
import { commandsFor } from "./commands";
import type { DialogName } from "./Dialogs";
import { type Entry, matches } from "./palette-entries";

const FILES_MAX = 20;
const SYMBOLS_MAX = 200;

interface Wish {
  workspace: Workspace;
  readOnly: boolean;
  query: string;
  onDialog: (name: DialogName | null) => void;
}

interface Found {
  groups: { value: string; items: Entry[] }[];
  /** What is said when there is nothing. */
  empty: string;
}

const isSymbol = (wanted: string) => /^[@#]/.test(wanted);

function openFile(workspaceId: string, path: string, place?: { line: number; column: number }): void {
  layoutStore(workspaceId).showEditor();
  editorStore(workspaceId).openFile(path, place);
}

export function usePaletteGroups({ workspace, readOnly, query, onDialog }: Wish): Found {
  const { runtime } = useStore(workspaceStore(workspace.id));
  const layout = layoutStore(workspace.id);
  const navigate = useNavigate();
  const wanted = query.trim();
  const files = useQuery({
    queryKey: ["names", workspace.id, wanted],
    queryFn: ({ signal }) => searchNames(workspace.id, wanted, FILES_MAX, signal),
    enabled: wanted !== "" && !isSymbol(wanted),
    placeholderData: keepPreviousData,
  });
  const workspaces = useQuery({ queryKey: ["workspaces"], queryFn: listWorkspaces });

  const symbols = useSymbols(workspace.id, wanted);
  const commands: Entry[] = commandsFor({
    workspaceId: workspace.id,
    runtime,
    readOnly,
    role: workspace.role,
    layout,
    preview: previewStore(workspace.id),
    newTerminal: () => void createTerminal(workspace.id),
    onDialog,
    onManage: (section) =>
      void navigate({
        to: "/w/$workspaceId/manage/{-$section}",
        params: { workspaceId: workspace.id, section },
      }),
  });
  const others = (workspaces.data ?? [])
    .filter((it) => it.id !== workspace.id)
    .map(
      (it): Entry => ({
        id: it.id,
        title: it.name,
        icon: <House size={15} light={standing(it).light} />,
        run: () => void navigate({ to: "/w/$workspaceId", params: { workspaceId: it.id } }),
      }),
    );
  const paths = wanted === "" ? [] : (files.data?.paths ?? []);
  if (symbols !== null) return symbols;
  const groups = [
    {
      value: "Files",
      items: paths.map(
        (path): Entry => ({
          id: path,
          title: path,
          icon: <FileText />,
          run: () => openFile(workspace.id, path),
        }),
      ),
    },
    { value: "Commands", items: commands.filter((it) => matches(it, wanted)) },
    { value: "Workspaces", items: others.filter((it) => matches(it, wanted)) },
  ].filter((group) => group.items.length > 0);
  return { groups, empty: `Nothing is called “${wanted}”.` };
}

/** Symbols of the file after `@`, of the project after `#`; null for whatever else is wanted. */
function useSymbols(workspaceId: string, wanted: string): Found | null {
  const all = languages(workspaceId);
  const actions = useStore(all.actions);
  const typed = wanted.slice(1).trim();
  const ofFile = useQuery({
    queryKey: ["file-symbols", workspaceId, actions?.path],
    queryFn: ({ signal }) => actions?.symbols(signal) ?? [],
    enabled: wanted.startsWith("@") && actions !== null,
    // The text is another one the next time.
    gcTime: 0,
  });
  const ofProject = useQuery({
    queryKey: ["project-symbols", workspaceId, typed],
    queryFn: ({ signal }) => all.symbols(typed, signal),
    enabled: wanted.startsWith("#") && typed !== "",
    placeholderData: keepPreviousData,
  });
  if (wanted.startsWith("@")) {
    const list = (ofFile.data ?? []).filter((it) => isNamed(it.name, typed));
    const about = actions === null ? "No language server knows the file that is open." : null;
    return shown(workspaceId, "Symbols of the file", list, about ?? why(ofFile, typed));
  }
  if (!wanted.startsWith("#")) return null;
  const list = typed === "" ? [] : (ofProject.data ?? []);
  const about = all.knowsSymbols
    ? typed === ""
      ? "Type a part of the name."
      : null
    : "Open a file of the project first: its language server knows the symbols.";
  return shown(workspaceId, "Symbols of the project", list, about ?? why(ofProject, typed));
}

function why({ isPending, error }: UseQueryResult, typed: string): string {
  if (error !== null) return messageOf(error);
  if (isPending) return "Asking the language server…";
  return typed === "" ? "There is no symbol in it." : `No symbol is called “${typed}”.`;
}

function shown(workspaceId: string, value: string, list: readonly CodeSymbol[], empty: string): Found {
  const isFile = value === "Symbols of the file";
  const items = list.slice(0, SYMBOLS_MAX).map(
    (it): Entry => ({
      id: `${it.path}:${it.line}:${it.column}:${it.name}`,
      title: it.name,
      detail: [it.kind, ...(isFile ? [] : [it.path])].join(" · "),
      depth: it.depth,
      icon: <Hash />,
      run: () => openFile(workspaceId, it.path, it),
    }),
  );
  return { groups: items.length === 0 ? [] : [{ value, items }], empty };
}
