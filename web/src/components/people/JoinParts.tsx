import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type JoinDetails, joinWithAccount } from "../../api/people";
import { Field } from "../ui/Field";
import { CardForm } from "./CardForm";
import { isLoginName, LoginNameField, suggestLoginName } from "./LoginNameField";
import { isLongEnough, PasswordField } from "./PasswordField";
import styles from "./People.module.css";

const MEANING = {
  owner: "You may do everything there, and invite others.",
  editor: "You may change files and run things.",
  viewer: "You may look at files and the preview.",
};

/** Who invites to what. */
export function InvitationFacts({ details }: { details: JoinDetails }) {
  const { invited_by, workspace_name, role } = details;
  return (
    <span className={styles["facts"]}>
      <strong>
        {workspace_name == null
          ? `${invited_by} invites you to this Stead`
          : `${invited_by} invites you to “${workspace_name}”`}
      </strong>
      <span>
        {role == null
          ? "With an account you can make workspaces of your own."
          : `As ${role === "viewer" ? "a" : "an"} ${role}. ${MEANING[role]}`}
      </span>
    </span>
  );
}

interface NewAccountFormProps {
  invitation: string;
  onDone: () => void;
}

/** Takes an invitation with a new account. */
export function NewAccountForm({ invitation, onDone }: NewAccountFormProps) {
  const [name, setName] = useState("");
  const [loginName, setLoginName] = useState<string | null>(null);
  const [password, setPassword] = useState("");
  const queryClient = useQueryClient();
  const suggested = loginName ?? suggestLoginName(name);
  const attempt = useMutation({
    mutationFn: () => joinWithAccount(invitation, name.trim(), suggested.trim(), password),
    onSuccess: (me) => {
      queryClient.clear();
      queryClient.setQueryData(["me"], me);
      onDone();
    },
  });
  return (
    <CardForm
      attempt={attempt}
      submit="Create the account and join"
      wrong={name.trim() === "" || !isLoginName(suggested) || !isLongEnough(password)}
    >
      <Field
        label="Your name"
        hint="Shown beside what you do."
        autoComplete="name"
        maxLength={80}
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <LoginNameField value={suggested} onChange={setLoginName} />
      <PasswordField label="Password" fresh value={password} onChange={setPassword} />
    </CardForm>
  );
}
