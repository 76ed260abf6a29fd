import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type ReactNode, useState } from "react";
import { ApiError, messageOf } from "../../api/client";
import { getSignInMethods, signIn } from "../../api/people";
import type { Me } from "../../api/types";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { Field } from "../ui/Field";
import { CardForm } from "./CardForm";
import { PasswordField } from "./PasswordField";
import styles from "./People.module.css";
import { ProviderButtons } from "./ProviderButtons";

interface SignInFormProps {
  title?: string;
  lead?: ReactNode;
  /** What became of an earlier try, above everything. */
  notice?: ReactNode;
  /** Where to go on to after a visit to a provider. */
  next?: string;
  /** To be taken by whoever comes back from a provider. */
  invitation?: string;
  onSignedIn: (me: Me) => void;
  /** Below the form. */
  children?: ReactNode;
}

/** The ways in that this Stead has: a provider, a password, or a link. */
export function SignInForm({
  title = "Sign in to Stead",
  lead,
  notice,
  onSignedIn,
  ...rest
}: SignInFormProps) {
  const methods = useQuery({ queryKey: ["sign-in"], queryFn: getSignInMethods, staleTime: 60_000 });
  if (methods.isError) {
    return (
      <Explain
        tone="bad"
        title="This Stead does not answer as it should"
        actions={<Button onClick={() => methods.refetch()}>Try again</Button>}
      >
        {messageOf(methods.error)}
      </Explain>
    );
  }
  if (methods.data === undefined) return <section className={styles["waiting"]} aria-busy="true" />;
  const { password, first_start, providers } = methods.data;
  if (first_start) return <FirstStart />;
  if (!password && providers.length === 0) return <LinkOnly />;
  return (
    <section className={styles["card"]}>
      <header>
        <h1>{title}</h1>
        {lead !== undefined && <p>{lead}</p>}
      </header>
      {notice}
      <ProviderButtons
        providers={providers}
        {...(rest.next === undefined ? {} : { next: rest.next })}
        {...(rest.invitation === undefined ? {} : { invitation: rest.invitation })}
        {...(password ? { or: "or with a password" } : {})}
      />
      {password && <PasswordSignIn onSignedIn={onSignedIn} />}
      {rest.children}
      <details className={styles["help"]}>
        <summary>{password ? "Forgot your password?" : "Another way in"}</summary>
        <p className={styles["answer"]}>
          On a device where you are signed in, choose “Open on another device” in the account menu. An
          administrator of this Stead can make you a link for a new password. On the machine where Stead runs,
          its owner gets in with <code>stead open</code>.
        </p>
      </details>
    </section>
  );
}

function PasswordSignIn({ onSignedIn }: { onSignedIn: (me: Me) => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const queryClient = useQueryClient();
  const attempt = useMutation({
    mutationFn: () => signIn(name.trim(), password),
    onSuccess: (me) => {
      queryClient.clear();
      onSignedIn(me);
    },
    onError: (error) => {
      if (error instanceof ApiError && error.code === "unauthenticated") setPassword("");
    },
  });
  return (
    <CardForm attempt={attempt} submit="Sign in" wrong={name.trim() === "" || password === ""}>
      <Field
        label="Log-in name"
        autoComplete="username"
        autoCapitalize="off"
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <PasswordField label="Password" value={password} onChange={setPassword} />
    </CardForm>
  );
}

function FirstStart() {
  return (
    <Explain icon={<KeyRound />} title="Nobody has been here yet">
      The server printed a link when it started. Whoever opens it first becomes the owner of this Stead. To
      get another one, run this on the machine where it runs:
      <pre>stead open</pre>
    </Explain>
  );
}

function LinkOnly() {
  return (
    <Explain icon={<KeyRound />} title="This browser is not signed in">
      Nobody here has a password yet, so a link lets you in. On the machine where Stead runs, ask for one and
      open it here:
      <pre>stead open</pre>
      On a device that is signed in, choose “Open on another device” in the account menu. A password can be
      set in the settings afterwards.
    </Explain>
  );
}
