import { Link } from "@tanstack/react-router";
import { AppWindow, Ellipsis, FileCode, Files, SquareTerminal } from "lucide-react";
import { type ReactNode, Suspense } from "react";
import type { PhonePane } from "../../live/layout-store";
import { useNow } from "../../live/use-now";
import { useStore } from "../../live/use-store";
import { PreviewPane } from "../preview/PreviewPane";
import { House } from "../ui/House";
import { lazyPart } from "../ui/lazy-part";
import { standingOf } from "../ui/words";
import { Dock } from "./Dock";
import { PhoneMore } from "./PhoneMore";
import styles from "./PhoneShell.module.css";
import { RunControls } from "./RunControls";
import { SessionPill } from "./SessionPill";
import { Sidebar } from "./Sidebar";
import type { ShellProps } from "./shell-props";
import { WhoIsHere } from "./WhoIsHere";

const EditorPane = lazyPart(() => import("../editor/EditorPane").then((it) => ({ default: it.EditorPane })));

const TABS: readonly { pane: PhonePane; name: string; icon: ReactNode }[] = [
  { pane: "files", name: "Files", icon: <Files /> },
  { pane: "editor", name: "Editor", icon: <FileCode /> },
  { pane: "preview", name: "Preview", icon: <AppWindow /> },
  { pane: "terminal", name: "Terminal", icon: <SquareTerminal /> },
  { pane: "more", name: "More", icon: <Ellipsis /> },
];

/** The workspace on a phone: one pane at a time, tabs under the thumb. */
export function PhoneShell(props: ShellProps) {
  const { workspace, runtime, readOnly, layoutStore, stale, view } = props;
  const { phone } = useStore(layoutStore);
  const now = useNow();
  const { light } = standingOf(runtime);
  const pane = {
    workspaceId: workspace.id,
    runtime,
    readOnly,
    stale,
    layoutStore,
    onSettings: () => props.onDialog("settings"),
    onShare: readOnly ? null : () => props.onDialog("share"),
    onAgent: () => props.onDialog("agent"),
  };
  return (
    <div className={styles["shell"]}>
      <header className={styles["header"]}>
        <Link to="/" className={styles["home"]} aria-label="All workspaces">
          <House size={20} light={stale ? "off" : light} />
        </Link>
        <h1>{workspace.name}</h1>
        {view.connection === "reconnecting" ? (
          <span className={styles["lost"]} role="status">
            Reconnecting
          </span>
        ) : (
          <SessionPill runtime={runtime} stale={stale} now={now} />
        )}
        <WhoIsHere workspaceId={workspace.id} view={view} compact />
        {!readOnly && <RunControls workspaceId={workspace.id} runtime={runtime} disabled={stale} compact />}
      </header>
      <main className={styles["body"]}>
        <Pane shown={phone === "files"}>
          <Sidebar workspaceId={workspace.id} readOnly={readOnly} layoutStore={layoutStore} />
        </Pane>
        <Pane shown={phone === "editor"}>
          <EditorPane workspaceId={workspace.id} readOnly={readOnly} />
        </Pane>
        <Pane shown={phone === "preview"}>
          <PreviewPane {...pane} />
        </Pane>
        <Pane shown={phone === "terminal"}>
          <Dock {...pane} />
        </Pane>
        {phone === "more" && <PhoneMore {...props} />}
      </main>
      <nav aria-label="Panes">
        <div className={styles["tabs"]} role="tablist" aria-label="Panes">
          {TABS.map((it) => (
            <button
              key={it.pane}
              type="button"
              role="tab"
              aria-selected={phone === it.pane}
              onClick={() => layoutStore.change({ phone: it.pane })}
            >
              {it.icon}
              {it.name}
            </button>
          ))}
        </div>
      </nav>
    </div>
  );
}

/** Keeps what is hidden alive: the frame keeps its page, the editor its cursor. */
function Pane({ shown, children }: { shown: boolean; children: ReactNode }) {
  return (
    <div className={styles["pane"]} data-shown={shown || undefined} inert={!shown}>
      <Suspense>{children}</Suspense>
    </div>
  );
}
