import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { getMe, listWorkspaces } from "../../api/gateway";
import { createToken } from "../../api/people";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { Prose } from "../ui/Prose";
import { SecretOnce } from "../ui/SecretOnce";
import { Switch } from "../ui/Switch";

const DAY_S = 86_400;
/** In the place of a workspace: the registry, for another installation. */
const REGISTRY = "registry";
const LIVES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "One year" },
  { value: "", label: "No end" },
] as const;

/** Makes a token and shows its secret, once. */
export function TokenDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [readOnly, setReadOnly] = useState(false);
  const [days, setDays] = useState<(typeof LIVES)[number]["value"]>("90");
  const [workspace, setWorkspace] = useState("");
  const workspaces = useQuery({ queryKey: ["workspaces"], queryFn: listWorkspaces });
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, staleTime: 300_000 });
  const queryClient = useQueryClient();
  const make = useMutation({
    mutationFn: () =>
      createToken({
        name: name.trim(),
        read_only: readOnly,
        registry_only: workspace === REGISTRY,
        workspaces: workspace === "" || workspace === REGISTRY ? null : [workspace],
        expires_in_s: days === "" ? null : Number(days) * DAY_S,
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["tokens"] }),
  });
  if (make.data !== undefined) {
    return (
      <SecretOnce
        title={`Token “${make.data.token.name}”`}
        lead="This is shown once. Keep it where the program finds it, and nowhere else."
        label="The token"
        text={make.data.secret}
        onClose={onClose}
      />
    );
  }
  const places = [
    { value: "", label: "All my workspaces" },
    // The registry is for administrators, and so are tokens that reach nothing else.
    ...(me.data?.administrator === true
      ? [{ value: REGISTRY, label: "The registry, for another Stead" }]
      : []),
    ...(workspaces.data ?? []).map((it) => ({ value: it.id, label: it.name })),
  ];
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title="New token"
      lead="A program with this token acts as you, within these bounds. It cannot make tokens or change your password."
      submit="Make the token"
      busy={make.isPending}
      wrong={name.trim() === ""}
      error={make.error}
      onSubmit={() => make.mutate()}
    >
      <Field
        label="What is it for?"
        placeholder="Nightly build"
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Choice label="Reaches" value={workspace} options={places} onChange={setWorkspace} />
      {workspace === REGISTRY && (
        <Prose text="Another installation lists the runtimes, hosts and workers of this one with it, and asks its workers. It opens no workspace." />
      )}
      <Choice label="Lasts" value={days} options={LIVES} onChange={setDays} />
      <Switch label="It may only look" checked={readOnly} onChange={setReadOnly} />
    </FormModal>
  );
}
