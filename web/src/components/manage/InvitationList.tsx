import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { listInvitations, revokeInvitation } from "../../api/invitations";
import type { Invitation } from "../../api/types";
import { notify, notifyFailure } from "../../live/notices";
import { Button } from "../ui/Button";
import styles from "./People.module.css";
import { roleName } from "./roles";

/** Links that still let people in; nothing is shown while there are none. */
export function InvitationList({ workspaceId }: { workspaceId: string }) {
  const invitations = useQuery({
    queryKey: ["invitations", workspaceId],
    queryFn: () => listInvitations(workspaceId),
  });
  if (invitations.data === undefined || invitations.data.length === 0) return null;
  return (
    <>
      <h2 className={styles["heading"]}>Invitations</h2>
      <ul className={styles["list"]} aria-label="Invitations">
        {invitations.data.map((it) => (
          <InvitationRow key={it.id} workspaceId={workspaceId} invitation={it} />
        ))}
      </ul>
    </>
  );
}

function InvitationRow({ workspaceId, invitation }: { workspaceId: string; invitation: Invitation }) {
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeInvitation(workspaceId, invitation.id),
    onSuccess: () => {
      notify({ key: invitation.id, tone: "good", title: "The link no longer works" });
      return queryClient.invalidateQueries({ queryKey: ["invitations", workspaceId] });
    },
    onError: (error) => notifyFailure("The link still works", error),
  });
  const name = invitation.note === "" ? "A link" : invitation.note;
  const used =
    invitation.uses_max > 1 ? `, used by ${invitation.uses} of ${invitation.uses_max}` : ", for one person";
  const until = new Date(invitation.expires_at_ms).toLocaleDateString([], { day: "numeric", month: "short" });
  return (
    <li className={styles["row"]} data-invitation>
      <Link2 aria-hidden="true" />
      <span className={styles["who"]}>
        <span className={styles["name"]}>{name}</span>
        <span className={styles["detail"]}>
          {invitation.role === null ? "Member" : roleName(invitation.role)}
          {used}, until {until}
        </span>
      </span>
      <Button size="s" busy={revoke.isPending} aria-label={`Revoke ${name}`} onClick={() => revoke.mutate()}>
        Revoke
      </Button>
    </li>
  );
}
