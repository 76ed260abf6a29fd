import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "../../api/client";
import { changePassword } from "../../api/people";
import type { Me } from "../../api/types";
import { notify } from "../../live/notices";
import { isLongEnough, PasswordField } from "../people/PasswordField";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Card } from "./SettingsPage";

/** Sets or changes the password. */
export function PasswordCard({ me }: { me: Me }) {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: () => changePassword(me.has_password ? old : null, next),
    onSuccess: async () => {
      setOld("");
      setNext("");
      notify({
        key: "password",
        tone: "good",
        title: me.has_password ? "Password changed" : "Password set",
        detail: "Your other browsers are signed out. Tokens of programs stay.",
      });
      await queryClient.invalidateQueries({ queryKey: ["me"] });
      await queryClient.invalidateQueries({ queryKey: ["sign-ins"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Card
      title="Password"
      lead={
        me.has_password
          ? "Changing it signs your other browsers out."
          : `You have none yet: links let you in. With one you sign in anywhere as “${me.login_name ?? ""}”.`
      }
    >
      <form onSubmit={submit}>
        <input hidden readOnly autoComplete="username" value={me.login_name ?? ""} />
        {me.has_password && <PasswordField label="Old password" value={old} onChange={setOld} />}
        <PasswordField label="New password" fresh value={next} onChange={setNext} />
        {change.isError && <FormError>{messageOf(change.error)}</FormError>}
        <Button
          look="ink"
          type="submit"
          busy={change.isPending}
          disabled={!isLongEnough(next) || (me.has_password && old === "")}
        >
          {me.has_password ? "Change the password" : "Set a password"}
        </Button>
      </form>
    </Card>
  );
}
