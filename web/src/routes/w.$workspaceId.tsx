import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError, messageOf } from "../api/client";
import { getMe, getWorkspace } from "../api/gateway";
import type { Workspace as WorkspaceData } from "../api/types";
import { BreakGlassBar } from "../components/break-glass/BreakGlassBar";
import { MovingScreen } from "../components/machines/MovingScreen";
import { UnreachableBar, UnreachableWords } from "../components/machines/Unreachable";
import { useMove } from "../components/machines/use-move";
import { isInTheWay } from "../components/machines/words";
import { MissingWorkspace } from "../components/shell/MissingWorkspace";
import { Page } from "../components/shell/Page";
import { SignedOut } from "../components/shell/SignedOut";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { House } from "../components/ui/House";
import { bringParts } from "../components/ui/lazy-part";
import { standingOf } from "../components/ui/words";
import { type DialogName, Dialogs } from "../components/workspace/Dialogs";
import { PhoneShell } from "../components/workspace/PhoneShell";
import { SetupScreen } from "../components/workspace/SetupScreen";
import type { ShellProps } from "../components/workspace/shell-props";
import { showNotice } from "../components/workspace/show-notice";
import { useWorkspaceKeys } from "../components/workspace/use-workspace-keys";
import { WideShell } from "../components/workspace/WideShell";
import styles from "../components/workspace/WorkspaceFrame.module.css";
import { layoutStore } from "../live/layout-store";
import { usePageStatus } from "../live/page-status";
import { useLooking } from "../live/use-looking";
import { useMedia } from "../live/use-media";
import { useSignal } from "../live/use-signal";
import { useStore } from "../live/use-store";
import type { WorkspaceView } from "../live/workspace-machine";
import { workspaceStore } from "../live/workspace-store";

export const Route = createFileRoute("/w/$workspaceId")({ component: WorkspacePage });

/** How often is asked why a workspace cannot be reached. */
const LOOK_MS = 3_000;
/** Below this width one pane at a time is shown. */
const PHONE = "(max-width: 700px)";

function WorkspacePage() {
  const { workspaceId } = Route.useParams();
  // Everything below belongs to one workspace: another one is another page.
  return <Workspace key={workspaceId} workspaceId={workspaceId} />;
}

function Workspace({ workspaceId }: { workspaceId: string }) {
  const store = workspaceStore(workspaceId);
  const layout = layoutStore(workspaceId);
  const view = useStore(store);
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  const workspace = useQuery({
    queryKey: ["workspaces", workspaceId],
    queryFn: () => getWorkspace(workspaceId),
    staleTime: 30_000,
    // Why the live channel does not come, the channel itself cannot tell.
    refetchInterval: view.connection === "live" ? false : LOOK_MS,
  });
  const isAway = view.connection !== "live";
  const move = useMove(workspaceId, isAway && view.attempts > 0).data ?? null;
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const phone = useMedia(PHONE);
  const { runtime } = view;
  // The live channel is opened anew with another role; before it speaks, the last known one counts.
  const readOnly = view.connection === "live" ? view.readOnly : workspace.data?.role === "viewer";

  usePageStatus(workspace.data?.name ?? "Workspace", runtime === null ? "off" : standingOf(runtime).light);
  useLooking(workspaceId);
  useEffect(bringParts, []);
  useSignal(store.notices, (notice) => showNotice(workspaceId, notice, phone));
  useWorkspaceKeys({ workspaceId, runtime, readOnly, layout, dialog, onDialog: setDialog });

  const refusal = view.refusal ?? (workspace.error instanceof ApiError ? workspace.error.code : null);
  if (refusal === "unauthenticated") return <SignedOut />;
  if (refusal === "not_found" || refusal === "forbidden")
    return <MissingWorkspace was={workspace.data?.name} />;
  if (isAway && workspace.data !== undefined && move !== null && isInTheWay(move)) {
    return <MovingScreen workspace={workspace.data} move={move} me={me.data} />;
  }
  if (workspace.data === undefined || runtime === null) {
    const retry = () => void workspace.refetch();
    return <Opening view={view} workspace={workspace.data} error={workspace.error} onRetry={retry} />;
  }
  const props: ShellProps = {
    workspace: workspace.data,
    runtime,
    view,
    me: me.data,
    stale: view.connection !== "live",
    readOnly,
    layoutStore: layout,
    onDialog: setDialog,
  };
  const inSetup = runtime.setup.status === "running" || runtime.setup.status === "failed";
  return (
    <>
      <div className={styles["frame"]}>
        <BreakGlassBar workspace={workspace.data} me={me.data} />
        {isAway && workspace.data.unreachable && <UnreachableBar workspace={workspace.data} />}
        {inSetup ? <SetupScreen {...props} /> : phone ? <PhoneShell {...props} /> : <WideShell {...props} />}
      </div>
      <Dialogs workspace={workspace.data} open={dialog} readOnly={readOnly} onDialog={setDialog} />
    </>
  );
}

interface OpeningProps {
  view: WorkspaceView;
  workspace: WorkspaceData | undefined;
  error: Error | null;
  onRetry: () => void;
}

/** Before the kernel's first word. */
function Opening({ view, workspace, error, onRetry }: OpeningProps) {
  return (
    <Page>
      {workspace?.unreachable ? (
        <Explain icon={<House size={40} light="waiting" />} title="Unreachable">
          <UnreachableWords workspace={workspace} /> This page opens then.
        </Explain>
      ) : error !== null || view.attempts > 2 ? (
        <Explain
          icon={<House size={40} light="waiting" />}
          title="The workspace cannot be reached"
          actions={<Button onClick={onRetry}>Try now</Button>}
        >
          {error === null ? "The server does not answer." : messageOf(error)} This page keeps trying; what
          runs in the workspace goes on.
        </Explain>
      ) : (
        <div aria-busy="true" style={{ justifySelf: "center" }}>
          <House size={40} light="waiting" />
        </div>
      )}
    </Page>
  );
}
