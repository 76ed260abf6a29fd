import { createFileRoute } from "@tanstack/react-router";

export const Route = createFileRoute("/w/$workspaceId")({ component: WorkspacePage });

function WorkspacePage() {
  return <main>Workspace</main>;
}
