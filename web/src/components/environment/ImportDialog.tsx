import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { type Import, importEnvironment, type Owner, type VariableKind } from "../../api/environment";
import { notify } from "../../live/notices";
import { Badge } from "../settings/SettingsPage";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { Prose } from "../ui/Prose";
import styles from "./Environment.module.css";
import { useRefresh } from "./use-environment";
import { ValueField } from "./ValueField";

const CHANGES = { added: "new", changed: "replaced", unchanged: "as it is" } as const;

/** Sets what stands in the text of a `.env` file, after showing what that is. */
export function ImportDialog({ owner, onClose }: { owner: Owner; onClose: () => void }) {
  const [text, setText] = useState("");
  const [kinds, setKinds] = useState<Record<string, VariableKind>>({});
  const [found, setFound] = useState<Import | null>(null);
  const refresh = useRefresh(owner);
  const look = useMutation({
    mutationFn: (chosen: Record<string, VariableKind>) =>
      importEnvironment(owner, { text, kinds: chosen, uses: [], apply: false }),
    onSuccess: setFound,
  });
  const set = useMutation({
    mutationFn: () => importEnvironment(owner, { text, kinds, uses: [], apply: true }),
    onSuccess: async (done) => {
      const count = done.entries.filter((it) => it.change !== "unchanged").length;
      notify({
        key: "environment",
        tone: "good",
        title: `${plural(count)} set`,
        detail: "In force for what starts next.",
      });
      onClose();
      await refresh();
    },
  });
  const choose = (name: string, kind: VariableKind) => {
    const next = { ...kinds, [name]: kind };
    setKinds(next);
    look.mutate(next);
  };
  const error = look.error ?? set.error;
  const count = found?.entries.filter((it) => it.change !== "unchanged").length ?? 0;
  return (
    <Modal
      open
      onClose={onClose}
      title="Paste a .env file"
      lead={
        found === null
          ? "One NAME=value a line; quotes, comments and values of several lines are understood."
          : "Nothing is set yet. Names that look like keys, tokens or passwords become secrets."
      }
      actions={
        found === null ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              look="ink"
              busy={look.isPending}
              disabled={text.trim() === ""}
              onClick={() => look.mutate(kinds)}
            >
              See what it sets
            </Button>
          </>
        ) : (
          <>
            <Button
              disabled={look.isPending}
              onClick={() => {
                look.reset();
                setFound(null);
              }}
            >
              Back
            </Button>
            <Button look="ink" busy={set.isPending} disabled={count === 0} onClick={() => set.mutate()}>
              {count === 0 ? "Nothing to set" : `Set ${plural(count)}`}
            </Button>
          </>
        )
      }
    >
      {found === null ? (
        <ValueField
          label="Text of the file"
          masked={false}
          value={text}
          placeholder={"DATABASE_URL=postgres://…\nAPI_KEY=…"}
          onChange={setText}
        />
      ) : (
        <Found found={found} kinds={kinds} onKind={choose} />
      )}
      {error !== null && (
        <FormError>
          <Prose text={messageOf(error)} />
        </FormError>
      )}
    </Modal>
  );
}

function plural(count: number): string {
  return count === 1 ? "one variable" : `${count} variables`;
}

interface FoundProps {
  found: Import;
  /** What the person chose; the answer to it may be on its way. */
  kinds: Record<string, VariableKind>;
  onKind: (name: string, kind: VariableKind) => void;
}

/** What the text would set, and the lines that say nothing. */
function Found({ found, kinds, onKind }: FoundProps) {
  return (
    <>
      {found.entries.length === 0 && <p>No line of it is an assignment.</p>}
      {found.entries.length > 0 && (
        <ul className={styles["found"]} aria-label="What it sets">
          {found.entries.map(({ name, kind, change }) => (
            <li key={name} data-same={change === "unchanged" || undefined}>
              <code>{name}</code>
              <Badge tone={change === "added" ? "lake" : "plain"}>{CHANGES[change]}</Badge>
              <label>
                <input
                  type="checkbox"
                  checked={(kinds[name] ?? kind) === "secret"}
                  onChange={(event) => onKind(name, event.target.checked ? "secret" : "plain")}
                />
                Secret<span className="sr-only"> {name}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
      {found.problems.length > 0 && (
        <ul className={styles["problems"]} aria-label="Lines that are left out">
          {found.problems.map((it) => (
            <li key={it.line}>
              Line {it.line} is left out: <Prose text={it.message} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
