import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { deleteSetAside, type Fleet, listSetAside, type SetAside } from "../../api/machines";
import { notify } from "../../live/notices";
import { Card, Row, Rows } from "../settings/SettingsPage";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { ago } from "../ui/words";
import { nameOf } from "./words";

const COPIES = ["copies"];

/** Copies that were set aside when their workspaces were placed anew; nothing when there are none. */
export function SetAsideCopies({ fleet }: { fleet: Fleet }) {
  const copies = useQuery({ queryKey: COPIES, queryFn: listSetAside, staleTime: 30_000 });
  const [deleting, setDeleting] = useState<SetAside | null>(null);
  const placeOf = (machine: string | null | undefined) => nameOf(fleet, machine);
  if (copies.isError) {
    return <FormError>Copies that were set aside cannot be shown: {messageOf(copies.error)}</FormError>;
  }
  if (copies.data === undefined || copies.data.copies.length === 0) return null;
  const silent = copies.data.silent.map(placeOf);
  return (
    <Card
      title="Copies set aside"
      lead="They were set aside when their workspaces were placed anew. They never start, and their workspaces cannot move to the machines where they lie."
    >
      <Rows label="Copies set aside">
        {copies.data.copies.map((it) => (
          <Row
            key={`${it.workspace} ${it.machine}`}
            icon={<Archive aria-hidden="true" />}
            title={called(it)}
            detail={`on ${placeOf(it.machine)}, last changed ${ago(it.changed_at_ms, fleet.now_ms)}`}
            actions={
              <Button
                size="s"
                aria-label={`Delete the copy of ${called(it)}`}
                onClick={() => setDeleting(it)}
              >
                Delete…
              </Button>
            }
          />
        ))}
      </Rows>
      {silent.length > 0 && <p>Others may lie on machines that do not answer now: {silent.join(", ")}.</p>}
      {deleting !== null && (
        <DeleteDialog copy={deleting} place={placeOf(deleting.machine)} onClose={() => setDeleting(null)} />
      )}
    </Card>
  );
}

function called({ name, workspace }: SetAside): string {
  return name ?? `Deleted workspace ${workspace}`;
}

function DeleteDialog({ copy, place, onClose }: { copy: SetAside; place: string; onClose: () => void }) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteSetAside(copy.workspace, copy.machine ?? null),
    onSuccess: async () => {
      notify({ key: "machines", tone: "good", title: `The copy on ${place} is deleted` });
      await queryClient.invalidateQueries({ queryKey: COPIES });
      onClose();
    },
  });
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title={`Delete the copy of ${called(copy)}`}
      lead={`The copy on ${place} is deleted for ever. The workspace itself, where it is now, stays as it is.`}
      submit="Delete the copy"
      look="danger"
      busy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
    />
  );
}
