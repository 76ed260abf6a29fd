import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { listMembers } from "../../api/members";
import type { SectionProps } from "../manage/sections";
import { AuditLog } from "./AuditLog";
import { auditSearch } from "./audit-words";

/** The audit log of one workspace, as a page of its management. */
export function WorkspaceAudit({ workspace }: SectionProps) {
  const search = auditSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const members = useQuery({ queryKey: ["members", workspace.id], queryFn: () => listMembers(workspace.id) });
  return (
    <AuditLog
      place={workspace.id}
      people={(members.data ?? []).map((it) => ({ id: it.principal, name: it.name }))}
      search={search}
      onSearch={(next) =>
        void navigate({
          to: "/w/$workspaceId/manage/{-$section}",
          params: { workspaceId: workspace.id, section: "audit" },
          search: next,
          resetScroll: false,
        })
      }
    />
  );
}
