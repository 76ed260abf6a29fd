import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { useState } from "react";
import { messageOf } from "../api/client";
import { getMe, updateMe } from "../api/gateway";
import type { Me } from "../api/types";
import { Card, SettingsPage } from "../components/settings/SettingsPage";
import { Button } from "../components/ui/Button";
import { Field, FormError } from "../components/ui/Field";
import { notify } from "../live/notices";

export const Route = createFileRoute("/settings/profile")({ component: ProfilePage });

function ProfilePage() {
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  return (
    <SettingsPage title="Profile" lead="How others see you beside what you do.">
      {me.data !== undefined && <NameCard me={me.data} />}
    </SettingsPage>
  );
}

function NameCard({ me }: { me: Me }) {
  const [name, setName] = useState(me.name);
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: () => updateMe({ name: name.trim(), login_name: null }),
    onSuccess: (next) => {
      queryClient.setQueryData(["me"], next);
      setName(next.name);
      notify({ key: "profile", tone: "good", title: "Profile saved" });
    },
  });
  return (
    <Card>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field
          label="Your name"
          autoComplete="name"
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {save.isError && <FormError>{messageOf(save.error)}</FormError>}
        <Button
          look="ink"
          type="submit"
          busy={save.isPending}
          disabled={name.trim() === "" || name.trim() === me.name}
        >
          Save
        </Button>
      </form>
    </Card>
  );
}
