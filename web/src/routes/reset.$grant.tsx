import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { Link2Off } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../api/client";
import { getResetDetails, resetPassword } from "../api/people";
import { CardForm } from "../components/people/CardForm";
import { isLongEnough, PasswordField } from "../components/people/PasswordField";
import styles from "../components/people/People.module.css";
import { Page } from "../components/shell/Page";
import { Explain } from "../components/ui/Explain";
import { usePageStatus } from "../live/page-status";

export const Route = createFileRoute("/reset/$grant")({ component: ResetPage });

function ResetPage() {
  const { grant } = Route.useParams();
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  usePageStatus("New password", "off");
  const details = useQuery({
    queryKey: ["reset", grant],
    queryFn: () => getResetDetails(grant),
    refetchOnWindowFocus: false,
  });
  const reset = useMutation({
    mutationFn: () => resetPassword(grant, password),
    onSuccess: async (me) => {
      queryClient.clear();
      queryClient.setQueryData(["me"], me);
      await navigate({ to: "/", replace: true });
    },
  });
  if (details.isError) {
    return (
      <Page>
        <Explain icon={<Link2Off />} title="This link no longer works">
          {messageOf(details.error)} Your password is what it was before.
        </Explain>
      </Page>
    );
  }
  return (
    <Page>
      <section className={styles["card"]}>
        <header>
          <h1>Choose a new password</h1>
          <p>
            {details.data === undefined
              ? "Looking at the link…"
              : `For ${details.data.name}, who signs in as “${details.data.login_name}”. Every browser that is signed in as you now is signed out; tokens of programs stay.`}
          </p>
        </header>
        <CardForm
          attempt={reset}
          submit="Set the password and sign in"
          wrong={details.data === undefined || !isLongEnough(password)}
        >
          {/* For password managers: whose password this is. */}
          <input hidden readOnly autoComplete="username" value={details.data?.login_name ?? ""} />
          <PasswordField label="New password" fresh value={password} onChange={setPassword} />
        </CardForm>
      </section>
    </Page>
  );
}
