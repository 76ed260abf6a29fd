import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { authorOf, type Environment, setAuthor } from "../../api/environment";
import type { Me } from "../../api/types";
import { notify } from "../../live/notices";
import { useEnvironment, useRefresh } from "../environment/use-environment";
import { CardForm } from "../people/CardForm";
import { Field } from "../ui/Field";
import { Card } from "./SettingsPage";

/** Name and address that stand in the person's commits. */
export function CommitsCard({ me }: { me: Me }) {
  const environment = useEnvironment(null);
  if (environment.data === undefined) return null;
  return (
    <Card
      title="Commits"
      lead="What Git writes as the author, in commits from these pages and from your terminals."
    >
      <CommitsForm me={me} known={environment.data} />
    </Card>
  );
}

function CommitsForm({ me, known }: { me: Me; known: Environment }) {
  const saved = authorOf(known);
  const [name, setName] = useState(saved.name);
  const [email, setEmail] = useState(saved.email);
  const refresh = useRefresh(null);
  const save = useMutation({
    mutationFn: () => setAuthor(name.trim(), email.trim(), known),
    onSuccess: async () => {
      notify({
        key: "profile",
        tone: "good",
        title: "Saved",
        detail: "Terminals that you open from here on know it.",
      });
      await refresh();
    },
  });
  const same = name.trim() === saved.name && email.trim() === saved.email;
  const wrong = email.trim() !== "" && !/^[^\s<>@]+@[^\s<>@]+$/.test(email.trim());
  return (
    <CardForm attempt={save} submit="Save" wrong={same || wrong} size="m">
      <Field
        label="Name in commits"
        autoComplete="name"
        maxLength={80}
        placeholder={me.name}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="E-mail in commits"
        inputMode="email"
        autoComplete="email"
        maxLength={200}
        placeholder={`${me.id}@stead.invalid`}
        value={email}
        error={wrong ? "An address such as ada@example.org." : undefined}
        hint="Everybody who gets the commits sees it. Without one, an address that leads nowhere stands there."
        onChange={(event) => setEmail(event.target.value)}
      />
    </CardForm>
  );
}
