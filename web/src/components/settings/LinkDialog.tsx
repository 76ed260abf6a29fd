import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { linkOidc, type SignInProvider } from "../../api/people";
import type { Me } from "../../api/types";
import { PasswordField } from "../people/PasswordField";
import { FormModal } from "../ui/FormModal";

interface LinkDialogProps {
  me: Me;
  provider: SignInProvider;
  onClose: () => void;
}

/** Goes to a provider to link an account there; whoever has a password gives it first. */
export function LinkDialog({ me, provider, onClose }: LinkDialogProps) {
  const [password, setPassword] = useState("");
  const attempt = useMutation({
    mutationFn: () => linkOidc(provider.id, me.has_password ? password : null),
    onSuccess: ({ url }) => location.assign(url),
  });
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title={`Link ${provider.label}`}
      lead={`Whoever signs in to your account at ${provider.label} can then sign in here as you.`}
      submit={`Go to ${provider.label}`}
      busy={attempt.isPending}
      wrong={me.has_password && password === ""}
      error={attempt.error}
      onSubmit={() => attempt.mutate()}
    >
      {me.has_password && (
        <>
          <input hidden readOnly autoComplete="username" value={me.login_name ?? ""} />
          <PasswordField label="Your password here" value={password} onChange={setPassword} />
        </>
      )}
    </FormModal>
  );
}
