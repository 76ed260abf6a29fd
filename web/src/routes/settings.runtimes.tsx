import { createFileRoute } from "@tanstack/react-router";
import { PlugZap } from "lucide-react";
import { HostPart, RuntimePart } from "../components/registry/RuntimePart";
import { WorkerPart } from "../components/registry/WorkerPart";
import { SettingsPage } from "../components/settings/SettingsPage";
import { Explain } from "../components/ui/Explain";
import { FormError } from "../components/ui/Field";
import { registryFeed } from "../live/registry-feed";
import { useStore } from "../live/use-store";

export const Route = createFileRoute("/settings/runtimes")({ component: RuntimesPage });

/** Attempts after which a page without a picture says that there is none. */
const PATIENCE = 2;

function RuntimesPage() {
  const { frame, live, failures, pictures } = useStore(registryFeed);
  return (
    <SettingsPage
      title="Runtimes"
      lead="Who runs workers for this Stead, on which hosts, and which workers there are. The lists change by themselves."
    >
      {!live && failures > 0 && frame !== null && (
        <FormError>
          The server cannot be reached. What is shown may be old; it is asked again by itself.
        </FormError>
      )}
      {frame === null && failures >= PATIENCE && (
        <Explain icon={<PlugZap />} tone="bad" title="The registry cannot be shown">
          The server cannot be reached, or does not show it to you. It is asked again by itself.
        </Explain>
      )}
      {frame !== null && (
        <>
          <WorkerPart workers={frame.workers.items} runtimes={frame.runtimes.items} pictures={pictures} />
          <RuntimePart runtimes={frame.runtimes.items} />
          <HostPart hosts={frame.hosts.items} />
        </>
      )}
    </SettingsPage>
  );
}
