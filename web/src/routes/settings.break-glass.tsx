import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { ShieldAlert } from "lucide-react";
import { useState } from "react";
import { endBreakGlass, listBreakGlass } from "../api/break-glass";
import { messageOf } from "../api/client";
import { AccessRow } from "../components/break-glass/AccessRow";
import { BreakGlassDialog } from "../components/break-glass/BreakGlassDialog";
import { Rows, SettingsPage } from "../components/settings/SettingsPage";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { FormError } from "../components/ui/Field";
import { notifyFailure } from "../live/notices";

export const Route = createFileRoute("/settings/break-glass")({ component: BreakGlassPage });

function BreakGlassPage() {
  const [entering, setEntering] = useState(false);
  const accesses = useQuery({ queryKey: ["break-glass"], queryFn: listBreakGlass });
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: endBreakGlass,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["break-glass"] }),
    onError: (error) => notifyFailure("The access was not ended", error),
  });
  return (
    <SettingsPage
      title="Break-glass"
      lead="Administrators see no workspace of others. When one must, it is for a reason, for an hour, and the owners are told."
      action={
        <Button icon={<ShieldAlert />} onClick={() => setEntering(true)}>
          Enter a workspace
        </Button>
      }
    >
      {accesses.isError && <FormError>{messageOf(accesses.error)}</FormError>}
      {accesses.data?.length === 0 && (
        <Explain icon={<ShieldAlert />} title="Nobody has broken the glass">
          Every access that administrators take to workspaces of others is listed here, for all of them.
        </Explain>
      )}
      {accesses.data !== undefined && accesses.data.length > 0 && (
        <Rows label="Break-glass accesses">
          {accesses.data.map((access) => (
            <AccessRow
              key={access.id}
              access={access}
              title={`${access.name} in ${access.workspace_name}`}
              busy={end.isPending}
              onEnd={() => end.mutate(access.id)}
            />
          ))}
        </Rows>
      )}
      {entering && <BreakGlassDialog onClose={() => setEntering(false)} />}
    </SettingsPage>
  );
}
