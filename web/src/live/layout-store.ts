/** Which panels of a workspace are open in this browser; remembered per workspace. */
import { Cell } from "./store";

/** What the lower panel shows: `terminal:NAME`, or one of the others. */
export type DockTab = `terminal:${string}` | "log" | "problems" | "references" | "ports";
export type PhonePane = "files" | "editor" | "preview" | "terminal" | "more";
/** What the panel on the left shows. */
export type Side = "files" | "changes" | "search";
export type PanelName = "sidebar" | "editor" | "preview" | "dock";

export interface Layout {
  sidebar: boolean;
  side: Side;
  editor: boolean;
  preview: boolean;
  dock: boolean;
  dockTab: DockTab;
  phone: PhonePane;
}

const DEFAULTS: Layout = {
  sidebar: true,
  side: "files",
  editor: true,
  preview: true,
  dock: true,
  dockTab: "terminal:main",
  phone: "preview",
};

export class LayoutStore extends Cell<Layout> {
  readonly #key: string;

  constructor(workspaceId: string) {
    const key = `stead.layout.${workspaceId}`;
    super(restore(key));
    this.#key = key;
  }

  readonly change = (change: Partial<Layout>): void => {
    this.update((layout) => ({ ...layout, ...change }));
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.get()));
    } catch {
      // Storage is full or blocked: the layout lasts until the page closes.
    }
  };

  /** Opens or closes a panel; the middle never becomes empty. */
  readonly toggle = (panel: PanelName): void => {
    const next = { ...this.get(), [panel]: !this.get()[panel] };
    if (!next.editor && !next.preview) next[panel === "editor" ? "preview" : "editor"] = true;
    this.change(next);
  };

  /** Brings a tab of the lower panel into view, on a phone too. */
  readonly showDock = (dockTab: DockTab): void => this.change({ dock: true, dockTab, phone: "terminal" });

  /** Brings a view of the left panel into sight, on a phone too. */
  readonly showSide = (side: Side): void => this.change({ sidebar: true, side, phone: "files" });

  readonly showPreview = (): void => this.change({ preview: true, phone: "preview" });

  readonly showEditor = (): void => this.change({ editor: true, phone: "editor" });
}

function restore(key: string): Layout {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Layout>) };
  } catch {
    return DEFAULTS;
  }
}

const stores = new Map<string, LayoutStore>();

/** The layout of a workspace; one per page. */
export function layoutStore(workspaceId: string): LayoutStore {
  const known = stores.get(workspaceId);
  if (known !== undefined) return known;
  const store = new LayoutStore(workspaceId);
  stores.set(workspaceId, store);
  return store;
}
