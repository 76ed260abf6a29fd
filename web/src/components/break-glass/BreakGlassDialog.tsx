import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { beginBreakGlass } from "../../api/break-glass";
import { getMe } from "../../api/gateway";
import { PasswordField } from "../people/PasswordField";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { workspaceIn } from "./words";

const ROLES = [
  { value: "viewer", label: "Viewer: look, change nothing" },
  { value: "editor", label: "Editor: change files, run and stop things" },
] as const;
/** As the server counts. */
const REASON_LENGTH_MIN = 10;

/** Takes access to a workspace of others, and goes there. */
export function BreakGlassDialog({ onClose }: { onClose: () => void }) {
  const [address, setAddress] = useState("");
  const [role, setRole] = useState<(typeof ROLES)[number]["value"]>("viewer");
  const [reason, setReason] = useState("");
  const [password, setPassword] = useState("");
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const workspace = workspaceIn(address);
  const begin = useMutation({
    mutationFn: (id: string) =>
      beginBreakGlass({
        workspace: id,
        role,
        reason: reason.trim(),
        password: password === "" ? null : password,
      }),
    onSuccess: async (access) => {
      // What was "not found" a moment ago is there now.
      await queryClient.invalidateQueries();
      await navigate({ to: "/w/$workspaceId", params: { workspaceId: access.workspace } });
    },
  });
  const ready = workspace !== null && reason.trim().length >= REASON_LENGTH_MIN;
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title="Enter a workspace of others"
      lead="For an hour, in this browser only. Its owners are told your name, the reason and when, and can end it at once. What you do there is marked in the audit log."
      submit="Break the glass"
      look="danger"
      busy={begin.isPending}
      wrong={!ready}
      error={begin.error}
      onSubmit={() => {
        if (workspace !== null) begin.mutate(workspace);
      }}
    >
      <Field
        label="The workspace’s address"
        placeholder={`${location.origin}/w/ws_…`}
        value={address}
        onChange={(event) => setAddress(event.target.value)}
        error={address !== "" && workspace === null ? "This is not the address of a workspace." : undefined}
      />
      <Choice label="As" value={role} options={ROLES} onChange={setRole} />
      <Field
        label="Why? The owners read this."
        placeholder="Ticket 4711: the app sends mail in a loop"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {me.data?.has_password !== false && (
        <PasswordField label="Your password" value={password} onChange={setPassword} />
      )}
    </FormModal>
  );
}
