import { Files, GitBranch, Search } from "lucide-react";
import { type ReactNode, Suspense } from "react";
import { gitStore } from "../../live/git-store";
import type { LayoutStore, Side } from "../../live/layout-store";
import { useStore } from "../../live/use-store";
import { lazyPart } from "../ui/lazy-part";
import styles from "./Sidebar.module.css";

const FileTree = lazyPart(() => import("../files/FileTree").then((it) => ({ default: it.FileTree })));
const ChangesPanel = lazyPart(() =>
  import("../git/ChangesPanel").then((it) => ({ default: it.ChangesPanel })),
);
const SearchPanel = lazyPart(() =>
  import("../search/SearchPanel").then((it) => ({ default: it.SearchPanel })),
);

interface SidebarProps {
  workspaceId: string;
  readOnly: boolean;
  layoutStore: LayoutStore;
}

const SIDES: readonly { side: Side; name: string; icon: ReactNode }[] = [
  { side: "files", name: "Files", icon: <Files /> },
  { side: "changes", name: "Changes", icon: <GitBranch /> },
  { side: "search", name: "Search", icon: <Search /> },
];

/** The panel on the left: files, what Git has to say about them, or what is found in them. */
export function Sidebar({ workspaceId, readOnly, layoutStore }: SidebarProps) {
  const { side } = useStore(layoutStore);
  const { status } = useStore(gitStore(workspaceId));
  const count = status?.entries.length ?? 0;
  return (
    <section className={styles["sidebar"]} aria-label="Left panel" data-panel="sidebar" tabIndex={-1}>
      <div className={styles["switch"]} role="toolbar" aria-label="What the left panel shows">
        {SIDES.map((it) => (
          <button
            key={it.side}
            type="button"
            aria-pressed={side === it.side}
            onClick={() => layoutStore.showSide(it.side)}
          >
            {it.icon}
            {it.name}
            {it.side === "changes" && count > 0 && <span className={styles["count"]}>{count}</span>}
          </button>
        ))}
      </div>
      <div className={styles["body"]}>
        <Suspense>
          {side === "changes" && (
            <ChangesPanel workspaceId={workspaceId} readOnly={readOnly} layoutStore={layoutStore} />
          )}
          {side === "search" && (
            <SearchPanel workspaceId={workspaceId} readOnly={readOnly} layoutStore={layoutStore} />
          )}
          {side === "files" && <FileTree workspaceId={workspaceId} readOnly={readOnly} />}
        </Suspense>
      </div>
    </section>
  );
}
