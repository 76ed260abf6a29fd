import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { registerRuntime } from "../../api/registry";
import { notify } from "../../live/notices";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";

/** Registers another installation. */
export function AddRuntimeDialog({ onClose }: { onClose: () => void }) {
  const [label, setLabel] = useState("");
  const [address, setAddress] = useState("");
  const [token, setToken] = useState("");
  const add = useMutation({
    mutationFn: () =>
      registerRuntime({
        label: label.trim(),
        base_url: address.trim(),
        token: token.trim(),
        runtime_id: null,
      }),
    onSuccess: (runtime) => {
      const away = runtime.status === "unavailable";
      notify({
        key: "runtimes",
        tone: away ? "bad" : "good",
        title: away ? `“${runtime.label}” is added and does not answer` : `“${runtime.label}” is added`,
      });
      onClose();
    },
  });
  const wrong = label.trim() === "" || address.trim() === "" || token.trim() === "";
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title="Add an installation"
      lead="Another Stead whose runtime is used from here. Its address and token are sealed, and shown to nobody again."
      submit="Add it"
      busy={add.isPending}
      wrong={wrong}
      error={add.error}
      onSubmit={() => add.mutate()}
    >
      <Field
        label="What is it called here?"
        placeholder="The big machine"
        maxLength={80}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      <Field
        label="Its address"
        placeholder="https://stead.example.org"
        hint="With https://; http:// is for this machine only."
        mono
        value={address}
        onChange={(event) => setAddress(event.target.value)}
      />
      <Field
        label="A token of its administrator"
        hint="Made there, under Settings, Tokens."
        type="password"
        mono
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
    </FormModal>
  );
}
