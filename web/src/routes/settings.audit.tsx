import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { listAccounts } from "../api/people";
import { AuditLog } from "../components/audit/AuditLog";
import { auditSearch } from "../components/audit/audit-words";
import { ChainCard } from "../components/audit/ChainCard";
import { SettingsPage } from "../components/settings/SettingsPage";

export const Route = createFileRoute("/settings/audit")({
  component: AuditPage,
  validateSearch: auditSearch,
});

function AuditPage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const accounts = useQuery({ queryKey: ["accounts"], queryFn: listAccounts });
  return (
    <SettingsPage
      title="Audit"
      lead="Who did what, when, with which outcome: one row for every change on this Stead, in a chain of hashes."
    >
      <ChainCard />
      <AuditLog
        place={null}
        people={(accounts.data ?? []).map((it) => ({ id: it.id, name: it.name }))}
        search={search}
        onSearch={(next) => void navigate({ search: next, resetScroll: false })}
      />
    </SettingsPage>
  );
}
