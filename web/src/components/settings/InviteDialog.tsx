import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createInvitation } from "../../api/people";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { SecretOnce } from "../ui/SecretOnce";

const DAY_S = 86_400;
const LIVES = [
  { value: "1", label: "One day" },
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
] as const;

/** Makes a link that lets people in, and shows it once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [note, setNote] = useState("");
  const [people, setPeople] = useState("1");
  const [days, setDays] = useState<(typeof LIVES)[number]["value"]>("7");
  const queryClient = useQueryClient();
  const uses = Number(people);
  const wrong = !Number.isInteger(uses) || uses < 1 || uses > 1000;
  const make = useMutation({
    mutationFn: () =>
      createInvitation({ note: note.trim(), role: null, uses_max: uses, expires_in_s: Number(days) * DAY_S }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["invitations"] }),
  });
  if (make.data !== undefined) {
    return (
      <SecretOnce
        title="Send this link"
        lead="Whoever opens it makes an account of its own here. It is shown once; make another if it gets lost."
        label="The invitation"
        text={make.data.url}
        onClose={onClose}
      />
    );
  }
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title="Invite people"
      lead="An invitation lets people make an account on this Stead. To share one workspace, invite from its own page."
      submit="Make the link"
      busy={make.isPending}
      wrong={wrong}
      error={make.error}
      onSubmit={() => make.mutate()}
    >
      <Field
        label="For whom?"
        hint="To tell it from others; the invited do not see it."
        maxLength={80}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <Field
        label="How many people"
        inputMode="numeric"
        value={people}
        error={wrong ? "A number from 1 to 1000." : undefined}
        onChange={(event) => setPeople(event.target.value)}
      />
      <Choice label="Good for" value={days} options={LIVES} onChange={setDays} />
    </FormModal>
  );
}
