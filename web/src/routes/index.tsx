import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { Plus, Search } from "lucide-react";
import { useState } from "react";
import { isSignedOut, messageOf } from "../api/client";
import { getMe, listWorkspaces } from "../api/gateway";
import type { Workspace } from "../api/types";
import { CreateDialog } from "../components/home/CreateDialog";
import { EmptyHome } from "../components/home/EmptyHome";
import styles from "../components/home/Home.module.css";
import { WorkspaceRow } from "../components/home/WorkspaceRow";
import { AccountMenu } from "../components/shell/AccountMenu";
import { SignedOut } from "../components/shell/SignedOut";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { House } from "../components/ui/House";
import { usePageStatus } from "../live/page-status";
import { useNow } from "../live/use-now";

/** How stale the list may be while somebody looks at it. */
const REFRESH_MS = 4_000;

export const Route = createFileRoute("/")({ component: HomePage });

function HomePage() {
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  const list = useQuery({ queryKey: ["workspaces"], queryFn: listWorkspaces, refetchInterval: REFRESH_MS });
  const [query, setQuery] = useState("");
  const [creating, setCreating] = useState(false);
  usePageStatus("Workspaces", "off");

  const refused = me.error ?? list.error;
  if (isSignedOut(refused)) return <SignedOut />;
  const workspaces = list.data ?? [];
  return (
    <div className={styles["page"]}>
      <header className={styles["bar"]}>
        <span className={styles["brand"]}>
          <House size={20} light="on" /> Stead
        </span>
        {me.data !== undefined && <AccountMenu me={me.data} />}
      </header>
      <main className={styles["main"]}>
        <div className={styles["head"]}>
          <h1>Workspaces</h1>
          {workspaces.length > 0 && (
            <>
              <label className={styles["search"]}>
                <Search aria-hidden="true" />
                <input
                  type="search"
                  aria-label="Search workspaces"
                  placeholder="Search"
                  value={query}
                  onChange={(event) => setQuery(event.target.value)}
                />
              </label>
              <Button look="ink" icon={<Plus />} onClick={() => setCreating(true)}>
                New workspace
              </Button>
            </>
          )}
        </div>
        {list.isError && workspaces.length === 0 ? (
          <Explain
            title="The list cannot be loaded"
            tone="bad"
            actions={<Button onClick={() => list.refetch()}>Try again</Button>}
          >
            {messageOf(list.error)}
          </Explain>
        ) : list.isPending ? (
          <div className={styles["loading"]} aria-busy="true" />
        ) : workspaces.length === 0 ? (
          <EmptyHome onCreate={() => setCreating(true)} />
        ) : (
          <WorkspaceList workspaces={workspaces} query={query} />
        )}
      </main>
      {creating && <CreateDialog open onClose={() => setCreating(false)} />}
    </div>
  );
}

function WorkspaceList({ workspaces, query }: { workspaces: Workspace[]; query: string }) {
  const now = useNow();
  const wanted = query.trim().toLowerCase();
  const found = workspaces
    .filter((it) => it.name.toLowerCase().includes(wanted) || it.source.includes(wanted))
    .toSorted((a, b) => b.opened_at_ms - a.opened_at_ms);
  if (found.length === 0) return <Explain title={`No workspace is called “${query.trim()}”`} />;
  return (
    <ul className={styles["list"]}>
      {found.map((workspace) => (
        <WorkspaceRow key={workspace.id} workspace={workspace} now={now} />
      ))}
    </ul>
  );
}
