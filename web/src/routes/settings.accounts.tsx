import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { messageOf } from "../api/client";
import { listAccounts } from "../api/gateway";
import { Badge, Row, Rows, SettingsPage } from "../components/settings/SettingsPage";
import { FormError } from "../components/ui/Field";
import { ago } from "../components/ui/words";
import { useNow } from "../live/use-now";

export const Route = createFileRoute("/settings/accounts")({ component: AccountsPage });

function AccountsPage() {
  const accounts = useQuery({ queryKey: ["accounts"], queryFn: listAccounts });
  const now = useNow();
  return (
    <SettingsPage
      title="Accounts"
      lead="Everybody who can sign in to this Stead. Administering it opens nobody's workspaces."
    >
      {accounts.isError && <FormError>{messageOf(accounts.error)}</FormError>}
      {accounts.data !== undefined && (
        <Rows label="Accounts">
          {accounts.data.map((account) => (
            <Row
              key={account.id}
              title={account.name}
              dim={account.disabled}
              badge={
                <>
                  {account.administrator && <Badge tone="lake">Administrator</Badge>}
                  {account.disabled && <Badge tone="bad">Disabled</Badge>}
                </>
              }
              detail={
                account.seen_at_ms == null ? "not signed in" : `last here ${ago(account.seen_at_ms, now)}`
              }
            />
          ))}
        </Rows>
      )}
    </SettingsPage>
  );
}
