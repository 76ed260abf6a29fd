import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { messageOf } from "../api/client";
import { getMe } from "../api/gateway";
import { updateMe } from "../api/people";
import type { Me } from "../api/types";
import { isLoginName, LoginNameField } from "../components/people/LoginNameField";
import { CommitsCard } from "../components/settings/CommitsCard";
import { PasswordCard } from "../components/settings/PasswordCard";
import { Card, SettingsPage } from "../components/settings/SettingsPage";
import { Button } from "../components/ui/Button";
import { Field, FormError } from "../components/ui/Field";
import { notify } from "../live/notices";

export const Route = createFileRoute("/settings/profile")({ component: ProfilePage });

function ProfilePage() {
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  return (
    <SettingsPage title="Profile" lead="How others see you beside what you do, and how you sign in.">
      {me.data !== undefined && (
        <>
          <NamesCard me={me.data} />
          <CommitsCard me={me.data} />
          <PasswordCard me={me.data} />
        </>
      )}
    </SettingsPage>
  );
}

function NamesCard({ me }: { me: Me }) {
  const [name, setName] = useState(me.name);
  const [loginName, setLoginName] = useState(me.login_name ?? "");
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      updateMe({
        ...(name.trim() === me.name ? {} : { name: name.trim() }),
        ...(loginName.trim() === (me.login_name ?? "") ? {} : { login_name: loginName.trim() }),
      }),
    onSuccess: (next) => {
      queryClient.setQueryData(["me"], next);
      setName(next.name);
      setLoginName(next.login_name ?? "");
      notify({ key: "profile", tone: "good", title: "Profile saved" });
    },
  });
  const same = name.trim() === me.name && loginName.trim() === (me.login_name ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Card title="Names">
      <form onSubmit={submit}>
        <Field
          label="Your name"
          autoComplete="name"
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <LoginNameField value={loginName} onChange={setLoginName} />
        {save.isError && <FormError>{messageOf(save.error)}</FormError>}
        <Button
          look="ink"
          type="submit"
          busy={save.isPending}
          disabled={same || name.trim() === "" || !isLoginName(loginName)}
        >
          Save
        </Button>
      </form>
    </Card>
  );
}
