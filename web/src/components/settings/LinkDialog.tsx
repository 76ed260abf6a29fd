import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { messageOf } from "../../api/client";
import { linkOidc, type SignInProvider } from "../../api/people";
import type { Me } from "../../api/types";
import { PasswordField } from "../people/PasswordField";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import styles from "./Forms.module.css";

interface LinkDialogProps {
  me: Me;
  provider: SignInProvider;
  onClose: () => void;
}

/** Goes to a provider to link an account there; whoever has a password gives it first. */
export function LinkDialog({ me, provider, onClose }: LinkDialogProps) {
  const [password, setPassword] = useState("");
  const id = useId();
  const attempt = useMutation({
    mutationFn: () => linkOidc(provider.id, me.has_password ? password : null),
    onSuccess: ({ url }) => location.assign(url),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate();
  };
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title={`Link ${provider.label}`}
      lead={`Whoever signs in to your account at ${provider.label} can then sign in here as you.`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="ink"
            type="submit"
            form={id}
            busy={attempt.isPending}
            disabled={me.has_password && password === ""}
          >
            Go to {provider.label}
          </Button>
        </>
      }
    >
      <form id={id} className={styles["form"]} onSubmit={submit}>
        {me.has_password && (
          <>
            <input hidden readOnly autoComplete="username" value={me.login_name ?? ""} />
            <PasswordField label="Your password here" value={password} onChange={setPassword} />
          </>
        )}
        {attempt.isError && <FormError>{messageOf(attempt.error)}</FormError>}
      </form>
    </Modal>
  );
}
