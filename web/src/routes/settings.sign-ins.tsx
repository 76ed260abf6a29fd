import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { LogOut, Monitor, Smartphone, SquareTerminal } from "lucide-react";
import { messageOf } from "../api/client";
import { endOtherSignIns, endSignIn, listSignIns, type SignInEntry } from "../api/people";
import { Badge, Row, Rows, SettingsPage } from "../components/settings/SettingsPage";
import { Button } from "../components/ui/Button";
import { FormError } from "../components/ui/Field";
import { ago } from "../components/ui/words";
import { notify, notifyFailure } from "../live/notices";
import { useNow } from "../live/use-now";

export const Route = createFileRoute("/settings/sign-ins")({ component: SignInsPage });

function SignInsPage() {
  const entries = useQuery({ queryKey: ["sign-ins"], queryFn: listSignIns, refetchInterval: 15_000 });
  const queryClient = useQueryClient();
  const now = useNow();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["sign-ins"] });
  const endOne = useMutation({
    mutationFn: (entry: SignInEntry) => endSignIn(entry.id),
    onSuccess: async (_, entry) => {
      notify({ key: "sign-ins", tone: "good", title: `${entry.device} is signed out` });
      await refresh();
    },
    onError: (error) => notifyFailure("It is still signed in", error),
  });
  const endOthers = useMutation({
    mutationFn: endOtherSignIns,
    onSuccess: async () => {
      notify({ key: "sign-ins", tone: "good", title: "Every other browser is signed out" });
      await refresh();
    },
    onError: (error) => notifyFailure("They are still signed in", error),
  });
  const others = (entries.data ?? []).filter((it) => !it.current && !it.command_line);
  return (
    <SettingsPage
      title="Sign-ins"
      lead="Where you are signed in. Signing one out ends at once what it has open; what runs in your workspaces goes on."
      action={
        others.length > 0 ? (
          <Button icon={<LogOut />} busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            Sign out all others
          </Button>
        ) : undefined
      }
    >
      {entries.isError && <FormError>{messageOf(entries.error)}</FormError>}
      {entries.data !== undefined && (
        <Rows label="Sign-ins">
          {entries.data.map((entry) => (
            <Row
              key={entry.id}
              icon={<DeviceIcon entry={entry} />}
              title={entry.device}
              badge={entry.current && <Badge tone="lake">This one</Badge>}
              detail={`${entry.current ? "here now" : `last used ${ago(entry.seen_at_ms, now)}`}${entry.address == null ? "" : ` from ${entry.address}`}, since ${new Date(entry.created_at_ms).toLocaleDateString()}`}
              actions={
                !entry.current && (
                  <Button
                    size="s"
                    aria-label={`Sign out ${entry.device}`}
                    busy={endOne.isPending && endOne.variables.id === entry.id}
                    onClick={() => endOne.mutate(entry)}
                  >
                    Sign out
                  </Button>
                )
              }
            />
          ))}
        </Rows>
      )}
    </SettingsPage>
  );
}

function DeviceIcon({ entry }: { entry: SignInEntry }) {
  if (entry.command_line) return <SquareTerminal aria-hidden="true" />;
  return /iPhone|Android|iPad/.test(entry.device) ? (
    <Smartphone aria-hidden="true" />
  ) : (
    <Monitor aria-hidden="true" />
  );
}
