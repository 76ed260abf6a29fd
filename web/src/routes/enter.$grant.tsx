import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { Link2Off } from "lucide-react";
import { useState } from "react";
import { ApiError } from "../api/client";
import { enter } from "../api/people";
import { CardForm } from "../components/people/CardForm";
import { isLoginName, LoginNameField, suggestLoginName } from "../components/people/LoginNameField";
import { isLongEnough, PasswordField } from "../components/people/PasswordField";
import styles from "../components/people/People.module.css";
import { Page } from "../components/shell/Page";
import { Explain } from "../components/ui/Explain";
import { Field } from "../components/ui/Field";
import { ownPath } from "../live/own-path";
import { usePageStatus } from "../live/page-status";

export const Route = createFileRoute("/enter/$grant")({
  component: EnterPage,
  // `stead serve` prints the very first link with `?first`, because that one asks for a name.
  // `stead open WORKSPACE` names where to go on to, always a path of this application.
  validateSearch: (search): { first?: true; next?: string } => ({
    ...("first" in search ? { first: true } : {}),
    next: ownPath(search["next"]),
  }),
});

function EnterPage() {
  const { grant } = Route.useParams();
  const { first = false, next: asked } = Route.useSearch();
  const next = ownPath(asked);
  const [name, setName] = useState("");
  const [loginName, setLoginName] = useState<string | null>(null);
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  usePageStatus("Welcome", "on");

  const suggested = loginName ?? suggestLoginName(name);
  const attempt = useMutation({
    mutationFn: () =>
      enter(
        grant,
        first
          ? {
              name: name.trim(),
              login_name: suggested.trim() === "" ? null : suggested.trim(),
              password: password === "" ? null : password,
            }
          : undefined,
      ),
    onSuccess: async (me) => {
      queryClient.clear();
      queryClient.setQueryData(["me"], me);
      await navigate({ href: next, replace: true });
    },
  });
  if (attempt.error instanceof ApiError && attempt.error.code === "link_expired") return <Expired />;
  const wrong =
    first &&
    ((suggested.trim() !== "" && !isLoginName(suggested)) || (password !== "" && !isLongEnough(password)));
  return (
    <Page>
      <section className={styles["card"]}>
        <header>
          <h1>{first ? "Welcome to Stead" : "Sign this browser in"}</h1>
          <p>
            {first
              ? "You are the first one here, so this Stead becomes yours: you administer it, and this browser stays signed in."
              : "This link signs this browser in, once. Terminals and servers that run stay as they are."}
          </p>
        </header>
        <CardForm attempt={attempt} submit={first ? "Begin" : "Continue"} wrong={wrong}>
          {first && (
            <>
              <Field
                label="Your name"
                hint="Shown beside what you do. Any name will do."
                autoComplete="name"
                maxLength={80}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
              <LoginNameField value={suggested} onChange={setLoginName} />
              <PasswordField
                label="Password (optional)"
                fresh
                optional
                value={password}
                onChange={setPassword}
              />
              <p className={styles["later"]}>
                Without a password, links let your other devices in; you can set one later in the settings.
              </p>
            </>
          )}
        </CardForm>
      </section>
    </Page>
  );
}

function Expired() {
  return (
    <Page>
      <Explain icon={<Link2Off />} title="This link no longer works">
        Each link works once and only for a short time. Nothing is lost: on the machine where Stead runs, ask
        for a new one and open it here:
        <pre>stead open</pre>
        On a device that is signed in, choose “Open on another device” in the account menu. With a password
        you can <a href="/">sign in</a> without a link.
      </Explain>
    </Page>
  );
}
