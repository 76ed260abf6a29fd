import { createFileRoute } from "@tanstack/react-router";
import { PlugZap, Plus, Server } from "lucide-react";
import { useState } from "react";
import { AddMachineDialog } from "../components/machines/AddMachineDialog";
import { MachineCard, OwnCard } from "../components/machines/MachineCard";
import styles from "../components/machines/Machines.module.css";
import { SetAsideCopies } from "../components/machines/SetAsideCopies";
import { Card, SettingsPage } from "../components/settings/SettingsPage";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { FormError } from "../components/ui/Field";
import { machinesFeed } from "../live/machines-feed";
import { useStore } from "../live/use-store";

export const Route = createFileRoute("/settings/machines")({ component: MachinesPage });

/** Attempts after which a page without a picture says that there is none. */
const PATIENCE = 2;

function MachinesPage() {
  const { frame, live, failures } = useStore(machinesFeed);
  const [adding, setAdding] = useState(false);
  const add = (
    <Button look="ink" icon={<Plus />} onClick={() => setAdding(true)}>
      Add a machine
    </Button>
  );
  return (
    <SettingsPage
      title="Machines"
      lead="Where workspaces lie and run. What is shown changes by itself."
      action={frame !== null && frame.machines.length > 0 ? add : undefined}
    >
      {!live && failures > 0 && frame !== null && (
        <FormError>
          The server cannot be reached. What is shown may be old; it is asked again by itself.
        </FormError>
      )}
      {frame === null && failures >= PATIENCE && (
        <Explain icon={<PlugZap />} tone="bad" title="The machines cannot be shown">
          The server cannot be reached, or does not show them to you. It is asked again by itself.
        </Explain>
      )}
      {frame !== null && (
        <ul className={styles["list"]} aria-label="Machines">
          <OwnCard own={frame.own} />
          {frame.machines.map((machine) => (
            <MachineCard key={machine.id} machine={machine} fleet={frame} />
          ))}
        </ul>
      )}
      {frame !== null && frame.machines.length === 0 && (
        <Card>
          <Explain icon={<Server />} title="No other machine has joined" actions={add}>
            A machine that joins takes workspaces, too: new ones are made where there is most room, and those
            that are here can be moved. It dials out to this server and needs no open port.
          </Explain>
        </Card>
      )}
      {frame !== null && <SetAsideCopies fleet={frame} />}
      {adding && frame !== null && (
        <AddMachineDialog machines={frame.machines} onClose={() => setAdding(false)} />
      )}
    </SettingsPage>
  );
}
