import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, Link } from "@tanstack/react-router";
import { IdCard, KeyRound } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../api/client";
import { getMe } from "../api/gateway";
import {
  getSignInMethods,
  type Identity,
  listIdentities,
  type SignInProvider,
  unlinkIdentity,
} from "../api/people";
import type { Me } from "../api/types";
import { ProviderNotice } from "../components/people/ProviderNotice";
import { type ProviderSearch, problemWords, providerSearch } from "../components/people/provider-words";
import { LinkDialog } from "../components/settings/LinkDialog";
import { Badge, Row, Rows, SettingsPage } from "../components/settings/SettingsPage";
import { Button } from "../components/ui/Button";
import { FormError } from "../components/ui/Field";
import { notify, notifyFailure } from "../live/notices";

export const Route = createFileRoute("/settings/sign-in-methods")({
  component: SignInMethodsPage,
  validateSearch: (search): ProviderSearch => providerSearch(search),
});

function SignInMethodsPage() {
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  const methods = useQuery({ queryKey: ["sign-in"], queryFn: getSignInMethods, staleTime: 60_000 });
  const identities = useQuery({ queryKey: ["identities"], queryFn: listIdentities });
  const [linking, setLinking] = useState<SignInProvider | null>(null);
  const providers = methods.data?.providers ?? [];
  const unlinked = providers.filter((it) => !identities.data?.some((known) => known.provider === it.label));
  return (
    <SettingsPage
      title="Sign-in methods"
      lead="How you sign in, in any browser. The last way that is left cannot be taken away."
    >
      <Outcome providers={providers} identities={identities.data ?? []} />
      {identities.isError && <FormError>{messageOf(identities.error)}</FormError>}
      {me.data !== undefined && identities.data !== undefined && (
        <Rows label="Your sign-in methods">
          <PasswordRow me={me.data} />
          {identities.data.map((it) => (
            <IdentityRow key={it.id} identity={it} />
          ))}
          {unlinked.map((provider) => (
            <Row
              key={provider.id}
              icon={<IdCard aria-hidden="true" />}
              title={provider.label}
              detail={`Not linked. Link your account at ${provider.label} to sign in with it.`}
              actions={
                <Button size="s" aria-label={`Link ${provider.label}`} onClick={() => setLinking(provider)}>
                  Link
                </Button>
              }
            />
          ))}
        </Rows>
      )}
      {linking !== null && me.data !== undefined && (
        <LinkDialog me={me.data} provider={linking} onClose={() => setLinking(null)} />
      )}
    </SettingsPage>
  );
}

/** What came of the last visit to a provider. */
function Outcome({ providers, identities }: { providers: SignInProvider[]; identities: Identity[] }) {
  const { problem, provider, linked } = Route.useSearch();
  const labelOf = (id: string | undefined) => providers.find((it) => it.id === id)?.label;
  if (problem !== undefined) {
    const words = problemWords(problem, labelOf(provider));
    return (
      <ProviderNotice tone="bad" title={words.title}>
        {words.text}
      </ProviderNotice>
    );
  }
  const label = labelOf(linked);
  // Until it is unlinked again on this page.
  if (label === undefined || !identities.some((it) => it.provider === label)) return null;
  return <ProviderNotice tone="good" title={`${label} is linked: it signs you in from now on`} />;
}

function PasswordRow({ me }: { me: Me }) {
  return (
    <Row
      icon={<KeyRound aria-hidden="true" />}
      title="Password"
      detail={me.has_password ? `You sign in as “${me.login_name ?? ""}”.` : "You have none yet."}
      actions={
        <Link to="/settings/profile">{me.has_password ? "Change the password" : "Set a password"}</Link>
      }
    />
  );
}

function IdentityRow({ identity }: { identity: Identity }) {
  const queryClient = useQueryClient();
  const unlink = useMutation({
    mutationFn: () => unlinkIdentity(identity.id),
    onSuccess: async () => {
      notify({ key: "identities", tone: "good", title: `${identity.provider} is unlinked` });
      await queryClient.invalidateQueries({ queryKey: ["identities"] });
    },
    onError: (error) => notifyFailure("It is still linked", error),
  });
  return (
    <Row
      icon={<IdCard aria-hidden="true" />}
      title={identity.provider}
      badge={!identity.usable && <Badge>Not in use here any more</Badge>}
      detail={`${identity.email ?? "no address"}, since ${new Date(identity.created_at_ms).toLocaleDateString()}`}
      dim={!identity.usable}
      actions={
        <Button
          size="s"
          aria-label={`Unlink ${identity.provider}`}
          busy={unlink.isPending}
          onClick={() => unlink.mutate()}
        >
          Unlink
        </Button>
      }
    />
  );
}
