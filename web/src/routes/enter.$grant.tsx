import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { ArrowRight, Link2Off } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ApiError, messageOf } from "../api/client";
import { enter } from "../api/gateway";
import styles from "../components/shell/Enter.module.css";
import { Page } from "../components/shell/Page";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { Field, FormError } from "../components/ui/Field";
import { usePageStatus } from "../live/page-status";

export const Route = createFileRoute("/enter/$grant")({
  component: EnterPage,
  // `stead serve` prints the very first link with `?first`, because that one asks for a name.
  // `stead open WORKSPACE` names where to go on to, always a path of this application.
  validateSearch: (search): { first?: true; next?: string } => ({
    ...("first" in search ? { first: true } : {}),
    ...(isOwnPath(search["next"]) ? { next: search["next"] } : {}),
  }),
});

/** A path, and not the start of another origin's address. */
function isOwnPath(value: unknown): value is string {
  return typeof value === "string" && /^\/[^/\\]/.test(value);
}

function EnterPage() {
  const { grant } = Route.useParams();
  const { first = false, next = "/" } = Route.useSearch();
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  usePageStatus("Welcome", "on");

  const signIn = useMutation({
    mutationFn: (person?: string) => enter(grant, person),
    onSuccess: async (me) => {
      queryClient.setQueryData(["me"], me);
      await navigate({ href: next, replace: true });
    },
  });
  if (signIn.error instanceof ApiError && signIn.error.code === "link_expired") {
    return <Expired />;
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate(name.trim() === "" ? undefined : name.trim());
  };
  return (
    <Page>
      <form className={styles["form"]} onSubmit={submit}>
        <h1>{first ? "Welcome to Stead" : "Sign this browser in"}</h1>
        <p>
          {first
            ? "You are the first one here, so this Stead becomes yours: you own its workspaces, and this browser stays signed in. There is no password; links like the one you opened let your other devices in."
            : "This link signs this browser in, once. There is no password. Terminals and servers that run stay as they are."}
        </p>
        {first && <NameField name={name} onChange={setName} />}
        {signIn.isError && <FormError>{messageOf(signIn.error)}</FormError>}
        <Button look="ink" size="l" type="submit" icon={<ArrowRight />} busy={signIn.isPending}>
          {first ? "Begin" : "Continue"}
        </Button>
      </form>
    </Page>
  );
}

function NameField({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <Field
      label="Your name"
      hint="Shown beside what you do. Any name will do."
      autoComplete="name"
      maxLength={80}
      value={name}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function Expired() {
  return (
    <Page>
      <Explain icon={<Link2Off />} title="This link no longer works">
        Each link works once and only for a short time. Nothing is lost: on the machine where Stead runs, ask
        for a new one and open it here:
        <pre>stead open</pre>
        On a device that is signed in, choose “Open on another device” in the account menu.
      </Explain>
    </Page>
  );
}
