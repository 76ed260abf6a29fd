import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changePassword } from "../../api/people";
import type { Me } from "../../api/types";
import { notify } from "../../live/notices";
import { CardForm } from "../people/CardForm";
import { isLongEnough, PasswordField } from "../people/PasswordField";
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
  return (
    <Card
      title="Password"
      lead={
        me.has_password
          ? "Changing it signs your other browsers out."
          : `You have none yet: links let you in. With one you sign in anywhere as “${me.login_name ?? ""}”.`
      }
    >
      <CardForm
        attempt={change}
        submit={me.has_password ? "Change the password" : "Set a password"}
        wrong={!isLongEnough(next) || (me.has_password && old === "")}
        size="m"
      >
        <input hidden readOnly autoComplete="username" value={me.login_name ?? ""} />
        {me.has_password && <PasswordField label="Old password" value={old} onChange={setOld} />}
        <PasswordField label="New password" fresh value={next} onChange={setNext} />
      </CardForm>
    </Card>
  );
}
