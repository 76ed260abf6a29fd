import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { Mail, UserPlus } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../api/client";
import { type Invitation, listInvitations, revokeInvitation } from "../api/people";
import { InviteDialog } from "../components/settings/InviteDialog";
import { Card, Row, Rows, SettingsPage } from "../components/settings/SettingsPage";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { FormError } from "../components/ui/Field";
import { notify, notifyFailure } from "../live/notices";

export const Route = createFileRoute("/settings/invitations")({ component: InvitationsPage });

function InvitationsPage() {
  const invitations = useQuery({ queryKey: ["invitations"], queryFn: listInvitations });
  const [making, setMaking] = useState(false);
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: (invitation: Invitation) => revokeInvitation(invitation.id),
    onSuccess: async () => {
      notify({ key: "invitations", tone: "good", title: "The link no longer works" });
      await queryClient.invalidateQueries({ queryKey: ["invitations"] });
    },
    onError: (error) => notifyFailure("The link still works", error),
  });
  const invite = (
    <Button look="ink" icon={<UserPlus />} onClick={() => setMaking(true)}>
      Invite people
    </Button>
  );
  return (
    <SettingsPage
      title="Invitations"
      lead="Links in force by which people make an account here. Invitations to a workspace are on its own page."
      action={invitations.data !== undefined && invitations.data.length > 0 ? invite : undefined}
    >
      {invitations.isError && <FormError>{messageOf(invitations.error)}</FormError>}
      {invitations.data?.length === 0 && (
        <Card>
          <Explain icon={<Mail />} title="No invitation is open" actions={invite}>
            Make a link and send it the way you like. You choose how long it works, and for how many.
          </Explain>
        </Card>
      )}
      {invitations.data !== undefined && invitations.data.length > 0 && (
        <Rows label="Invitations">
          {invitations.data.map((it) => (
            <Row
              key={it.id}
              icon={<Mail aria-hidden="true" />}
              title={it.note === "" ? "Without a note" : it.note}
              detail={`used by ${it.uses} of ${it.uses_max}, until ${new Date(it.expires_at_ms).toLocaleDateString()}, by ${it.created_by_name}`}
              actions={
                <Button
                  size="s"
                  look="danger"
                  aria-label={`Revoke the invitation ${it.note}`}
                  busy={revoke.isPending && revoke.variables.id === it.id}
                  onClick={() => revoke.mutate(it)}
                >
                  Revoke
                </Button>
              }
            />
          ))}
        </Rows>
      )}
      {making && <InviteDialog onClose={() => setMaking(false)} />}
    </SettingsPage>
  );
}
