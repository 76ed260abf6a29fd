import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { type Owner, setVariable, type Use, type Variable } from "../../api/environment";
import { notify } from "../../live/notices";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { Switch } from "../ui/Switch";
import styles from "./Environment.module.css";
import { nameTrouble, usesOf } from "./environment-words";
import { useRefresh } from "./use-environment";
import { ValueField } from "./ValueField";

interface VariableDialogProps {
  owner: Owner;
  /** The one that is changed; none when it is a new one. */
  variable: Variable | null;
  /** What there is already. */
  names: readonly string[];
  onClose: () => void;
}

/** Sets a variable: a new one, or another value, kind or use of one that is there. */
export function VariableDialog({ owner, variable, names, onClose }: VariableDialogProps) {
  const choices = usesOf(owner);
  const [name, setName] = useState(variable?.name ?? "");
  const [value, setValue] = useState(variable?.value ?? "");
  const [secret, setSecret] = useState(variable === null || variable.kind === "secret");
  const [uses, setUses] = useState<Use[]>(
    choices.map((it) => it.value).filter((it) => variable?.uses.includes(it) ?? true),
  );
  const refresh = useRefresh(owner);
  const hidden = variable?.kind === "secret";
  // A secret's value is not known here: an empty field leaves it as it is.
  const keeps = hidden && value === "";
  const save = useMutation({
    mutationFn: () =>
      setVariable(owner, name, { value: keeps ? null : value, kind: secret ? "secret" : "plain", uses }),
    onSuccess: async () => {
      notify({
        key: "environment",
        tone: "good",
        title: `${name} is set`,
        detail: "In force for what starts next.",
      });
      onClose();
      await refresh();
    },
  });
  const trouble = nameTrouble(name);
  const replaces = variable === null && names.includes(name);
  const wrong = name === "" || trouble !== undefined || uses.length === 0 || (keeps && !secret);
  return (
    <FormModal
      onClose={onClose}
      title={variable === null ? "Add a variable" : `Change ${variable.name}`}
      submit={replaces ? "Replace" : "Save"}
      busy={save.isPending}
      wrong={wrong}
      error={save.error}
      onSubmit={() => save.mutate()}
    >
      <Field
        label="Name"
        mono
        placeholder="API_KEY"
        autoCapitalize="off"
        value={name}
        disabled={variable !== null}
        error={trouble}
        hint={
          variable !== null
            ? "The name stays. For another one, add it and remove this."
            : replaces
              ? "There is one of this name already: saving replaces it."
              : undefined
        }
        onChange={(event) => setName(event.target.value)}
      />
      <ValueField
        label={hidden ? "New value" : "Value"}
        masked={secret}
        value={value}
        placeholder={hidden ? "Leave empty to keep the one it has" : ""}
        hint={
          hidden
            ? secret
              ? "It is never shown again; type another to replace it."
              : "To make it a plain variable, type its value: the one it has is not shown again."
            : undefined
        }
        onChange={setValue}
      />
      <div>
        <Switch label="Secret" checked={secret} onChange={setSecret} />
        <p className={styles["note"]}>
          {secret
            ? "Kept encrypted, never shown again, and masked in logs and in what viewers see."
            : "Shown to whoever may see this page."}
        </p>
      </div>
      <UseField owner={owner} uses={uses} onChange={setUses} />
    </FormModal>
  );
}

interface UseFieldProps {
  owner: Owner;
  uses: readonly Use[];
  onChange: (uses: Use[]) => void;
}

/** Which processes are given it. */
function UseField({ owner, uses, onChange }: UseFieldProps) {
  const id = useId();
  const toggle = (use: Use) =>
    onChange(uses.includes(use) ? uses.filter((it) => it !== use) : [...uses, use]);
  return (
    <fieldset className={styles["uses"]} aria-describedby={uses.length === 0 ? `${id}-note` : undefined}>
      <legend>Given to</legend>
      {usesOf(owner).map(({ value, label }) => (
        <label key={value}>
          <input type="checkbox" checked={uses.includes(value)} onChange={() => toggle(value)} />
          {label}
        </label>
      ))}
      {uses.length === 0 && (
        <p id={`${id}-note`} className={styles["note"]} data-error>
          Choose at least one.
        </p>
      )}
    </fieldset>
  );
}
