import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link } from "@tanstack/react-router";
import { messageOf } from "../api/client";
import { listAccounts } from "../api/people";
import { AccountRow } from "../components/settings/AccountRow";
import { Rows, SettingsPage } from "../components/settings/SettingsPage";
import { FormError } from "../components/ui/Field";

export const Route = createFileRoute("/settings/accounts")({ component: AccountsPage });

function AccountsPage() {
  const accounts = useQuery({ queryKey: ["accounts"], queryFn: listAccounts });
  return (
    <SettingsPage
      title="Accounts"
      lead={
        <>
          Everybody who can sign in to this Stead. Administering it opens nobody’s workspaces. Further people
          come by <Link to="/settings/invitations">invitation</Link>.
        </>
      }
    >
      {accounts.isError && <FormError>{messageOf(accounts.error)}</FormError>}
      {accounts.data !== undefined && (
        <Rows label="Accounts">
          {accounts.data.map((account) => (
            <AccountRow key={account.id} account={account} />
          ))}
        </Rows>
      )}
    </SettingsPage>
  );
}
