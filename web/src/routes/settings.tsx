import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { isSignedOut, messageOf } from "../api/client";
import { getMe } from "../api/gateway";
import { SettingsShell } from "../components/settings/SettingsShell";
import { Page } from "../components/shell/Page";
import { SignedOut } from "../components/shell/SignedOut";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";

export const Route = createFileRoute("/settings")({ component: Settings });

function Settings() {
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  // What was loaded before counts for nothing once the login has ended.
  if (isSignedOut(me.error)) return <SignedOut />;
  if (me.data !== undefined) return <SettingsShell me={me.data} />;
  if (!me.isError) return <div aria-busy="true" />;
  return (
    <Page>
      <Explain
        title="The settings cannot be loaded"
        tone="bad"
        actions={<Button onClick={() => me.refetch()}>Try again</Button>}
      >
        {messageOf(me.error)}
      </Explain>
    </Page>
  );
}
