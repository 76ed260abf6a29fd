import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Navigate } from "@tanstack/react-router";
import { ApiError, isSignedOut, messageOf } from "../api/client";
import { getMe, getWorkspace } from "../api/gateway";
import { auditSearch } from "../components/audit/audit-words";
import { ManageLayout } from "../components/manage/ManageLayout";
import { sectionsFor } from "../components/manage/sections";
import { MissingWorkspace } from "../components/shell/MissingWorkspace";
import { Page } from "../components/shell/Page";
import { SignedOut } from "../components/shell/SignedOut";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { standing } from "../components/ui/words";
import { usePageStatus } from "../live/page-status";

export const Route = createFileRoute("/w/$workspaceId_/manage/{-$section}")({
  component: ManagePage,
  // Filters of the audit log; other pages have none.
  validateSearch: auditSearch,
});

function ManagePage() {
  const { workspaceId, section: slug } = Route.useParams();
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  const workspace = useQuery({
    queryKey: ["workspaces", workspaceId],
    queryFn: () => getWorkspace(workspaceId),
  });
  const name = workspace.data?.name;
  usePageStatus(name === undefined ? "Manage" : `Manage ${name}`, light(workspace.data));

  const error = workspace.error ?? me.error;
  if (isSignedOut(error)) return <SignedOut />;
  if (error instanceof ApiError && error.code === "not_found") return <MissingWorkspace was={name} />;
  if (workspace.data === undefined || me.data === undefined) {
    return error === null ? (
      <div aria-busy="true" />
    ) : (
      <Page>
        <Explain
          title="This page cannot be loaded"
          tone="bad"
          actions={
            <Button onClick={() => void Promise.all([workspace.refetch(), me.refetch()])}>Try again</Button>
          }
        >
          {messageOf(error)}
        </Explain>
      </Page>
    );
  }
  const sections = sectionsFor(workspace.data.role);
  const section = sections.find((it) => it.slug === slug);
  if (section === undefined) {
    // No page, or one of a role that was lost: the first page is for everyone.
    const first = sections[0]?.slug;
    return (
      <Navigate to="/w/$workspaceId/manage/{-$section}" params={{ workspaceId, section: first }} replace />
    );
  }
  return <ManageLayout workspace={workspace.data} me={me.data} section={section} />;
}

function light(workspace: Parameters<typeof standing>[0] | undefined) {
  return workspace === undefined ? "off" : standing(workspace).light;
}
