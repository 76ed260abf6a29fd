import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { Link2Off } from "lucide-react";
import { type ReactNode, useState } from "react";
import { messageOf } from "../api/client";
import { getMe } from "../api/gateway";
import { getJoinDetails, getSignInMethods, type JoinDetails, join } from "../api/people";
import type { Me } from "../api/types";
import { InvitationFacts, NewAccountForm } from "../components/people/JoinParts";
import styles from "../components/people/People.module.css";
import { ProviderButtons } from "../components/people/ProviderButtons";
import { SignInForm } from "../components/people/SignInForm";
import { Page } from "../components/shell/Page";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { FormError } from "../components/ui/Field";
import { usePageStatus } from "../live/page-status";

export const Route = createFileRoute("/join/$invitation")({ component: JoinPage });

function JoinPage() {
  const { invitation } = Route.useParams();
  usePageStatus("Invitation", "on");
  const details = useQuery({
    queryKey: ["join", invitation],
    queryFn: () => getJoinDetails(invitation),
    refetchOnWindowFocus: false,
  });
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, retry: false, staleTime: 300_000 });
  if (details.isError) {
    return (
      <Page>
        <Explain icon={<Link2Off />} title="This invitation no longer works">
          {messageOf(details.error)} Ask whoever sent it for a new one. If you took it already,{" "}
          <a href="/">sign in</a>.
        </Explain>
      </Page>
    );
  }
  if (details.data === undefined || me.isPending) {
    return (
      <Page>
        <section className={styles["waiting"]} aria-busy="true" />
      </Page>
    );
  }
  return (
    <Page>
      {me.data !== undefined ? (
        <JoinAs me={me.data} invitation={invitation} details={details.data} />
      ) : (
        <JoinAsStranger invitation={invitation} details={details.data} />
      )}
    </Page>
  );
}

interface JoinProps {
  invitation: string;
  details: JoinDetails;
}

/** Somebody is signed in: one click. */
function JoinAs({ me, invitation, details }: JoinProps & { me: Me }) {
  const go = useGoOn();
  const attempt = useMutation({ mutationFn: () => join(invitation), onSuccess: (it) => go(it.workspace) });
  const nothing = details.workspace === null;
  return (
    <InvitationCard details={details}>
      <p>
        {nothing
          ? `You are signed in as ${me.name}, so you are here already. This invitation is for somebody without an account.`
          : `You are signed in as ${me.name}.`}
      </p>
      {attempt.isError && <FormError>{messageOf(attempt.error)}</FormError>}
      {nothing ? (
        <Button look="ink" size="l" onClick={() => go(null)}>
          To the workspaces
        </Button>
      ) : (
        <Button look="ink" size="l" busy={attempt.isPending} onClick={() => attempt.mutate()}>
          Join as {me.name}
        </Button>
      )}
    </InvitationCard>
  );
}

/** Nobody is signed in: a new account, or one that is there already. */
function JoinAsStranger({ invitation, details }: JoinProps) {
  const [known, setKnown] = useState(false);
  const methods = useQuery({ queryKey: ["sign-in"], queryFn: getSignInMethods, staleTime: 60_000 });
  const go = useGoOn();
  const queryClient = useQueryClient();
  if (known) {
    return (
      <SignInForm
        title="Sign in to join"
        invitation={invitation}
        lead={<InvitationFacts details={details} />}
        onSignedIn={(me) => queryClient.setQueryData(["me"], me)}
      >
        <p className={styles["switch"]}>
          No account yet?
          <button type="button" onClick={() => setKnown(false)}>
            Create one
          </button>
        </p>
      </SignInForm>
    );
  }
  return (
    <InvitationCard details={details}>
      <ProviderButtons
        providers={methods.data?.providers ?? []}
        invitation={invitation}
        or="or with a name and a password"
      />
      <NewAccountForm invitation={invitation} onDone={() => go(details.workspace)} />
      <p className={styles["switch"]}>
        Have an account here?
        <button type="button" onClick={() => setKnown(true)}>
          Sign in
        </button>
      </p>
    </InvitationCard>
  );
}

/** What the invitation is, and below it how to take it. */
function InvitationCard({ details, children }: { details: JoinDetails; children: ReactNode }) {
  return (
    <section className={styles["card"]}>
      <header>
        <h1>You are invited</h1>
      </header>
      <InvitationFacts details={details} />
      {children}
    </section>
  );
}

/** Leads to the workspace that was joined, or to all of them. */
function useGoOn(): (workspace: string | null | undefined) => Promise<void> {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return async (workspace) => {
    await queryClient.invalidateQueries({ queryKey: ["workspaces"] });
    if (typeof workspace === "string") {
      await navigate({ to: "/w/$workspaceId", params: { workspaceId: workspace }, replace: true });
    } else {
      await navigate({ to: "/", replace: true });
    }
  };
}
