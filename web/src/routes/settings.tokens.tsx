import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../api/client";
import { listTokens, revokeToken, type Token } from "../api/people";
import { Badge, Card, Row, Rows, SettingsPage } from "../components/settings/SettingsPage";
import { TokenDialog } from "../components/settings/TokenDialog";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { FormError } from "../components/ui/Field";
import { ago } from "../components/ui/words";
import { notify, notifyFailure } from "../live/notices";
import { useNow } from "../live/use-now";

export const Route = createFileRoute("/settings/tokens")({ component: TokensPage });

function TokensPage() {
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: listTokens });
  const [making, setMaking] = useState(false);
  const queryClient = useQueryClient();
  const now = useNow();
  const revoke = useMutation({
    mutationFn: (token: Token) => revokeToken(token.id),
    onSuccess: async (_, token) => {
      notify({ key: "tokens", tone: "good", title: `“${token.name}” is revoked` });
      await queryClient.invalidateQueries({ queryKey: ["tokens"] });
    },
    onError: (error) => notifyFailure("The token still works", error),
  });
  const make = (
    <Button look="ink" icon={<Plus />} onClick={() => setMaking(true)}>
      New token
    </Button>
  );
  return (
    <SettingsPage
      title="Tokens"
      lead="For programs that act for you: the API, scripts, a build. Revoking one ends at once what it has open."
      action={tokens.data !== undefined && tokens.data.length > 0 ? make : undefined}
    >
      {tokens.isError && <FormError>{messageOf(tokens.error)}</FormError>}
      {tokens.data?.length === 0 && (
        <Card>
          <Explain icon={<KeyRound />} title="No program acts for you" actions={make}>
            The command line on the machine where Stead runs needs none. For others, make one that reaches no
            further than it must.
          </Explain>
        </Card>
      )}
      {tokens.data !== undefined && tokens.data.length > 0 && (
        <Rows label="Tokens">
          {tokens.data.map((token) => (
            <Row
              key={token.id}
              icon={<KeyRound aria-hidden="true" />}
              title={token.name}
              badge={
                <>
                  {token.read_only && <Badge>Looks only</Badge>}
                  {token.registry_only && <Badge>Registry only</Badge>}
                  {token.workspaces !== null && <Badge>Some workspaces</Badge>}
                </>
              }
              detail={`${token.used_at_ms === null ? "never used" : `last used ${ago(token.used_at_ms, now)}`}, ${token.expires_at_ms === null ? "no end" : `until ${new Date(token.expires_at_ms).toLocaleDateString()}`}`}
              actions={
                <Button
                  size="s"
                  look="danger"
                  aria-label={`Revoke ${token.name}`}
                  busy={revoke.isPending && revoke.variables.id === token.id}
                  onClick={() => revoke.mutate(token)}
                >
                  Revoke
                </Button>
              }
            />
          ))}
        </Rows>
      )}
      {making && <TokenDialog onClose={() => setMaking(false)} />}
    </SettingsPage>
  );
}
