import { Dialog } from "@base-ui/react/dialog";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import type { AuditEntry, Verb } from "../../api/audit";
import { useNow } from "../../live/use-now";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { ago } from "../ui/words";
import styles from "./AuditDetails.module.css";
import { type AuditSearch, deedOf, type Names, OUTCOMES, textOf, whoOf, withNames } from "./audit-words";

interface AuditDetailsProps {
  entry: AuditEntry;
  verb: Verb | undefined;
  names: Names;
  across: boolean;
  onNarrow: (search: AuditSearch) => void;
  onClose: () => void;
}

/** One row in full, beside the others, which can still be gone through. */
export function AuditDetails({ entry, verb, names, across, onNarrow, onClose }: AuditDetailsProps) {
  const now = useNow();
  const outcome = OUTCOMES[entry.outcome];
  const { principal, workspace, object } = entry;
  return (
    <Dialog.Root open modal={false} disablePointerDismissal onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Popup className={styles["panel"]}>
          <header>
            <Dialog.Title>Row {entry.seq.toLocaleString("en")}</Dialog.Title>
            <Dialog.Close render={<IconButton label="Close" icon={<X />} />} />
          </header>
          <p className={styles["sentence"]}>
            <b>{whoOf(entry, names)}</b> {deedOf(entry, verb, names)}.
          </p>
          <p className={styles["outcome"]} data-tone={outcome.tone}>
            {outcome.meaning}
          </p>
          <dl>
            <Fact name="When">
              {new Date(entry.time_ms).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" })},{" "}
              {ago(entry.time_ms, now)}
            </Fact>
            {principal !== null && (
              <Fact name="Who">
                {names.people[principal] ?? "an account that is gone"}
                <code>{principal}</code>
              </Fact>
            )}
            {entry.operator !== null && <Fact name="Through">{operatorWords(entry.operator)}</Fact>}
            {entry.address !== null && (
              <Fact name="From">
                <code>{entry.address}</code>
              </Fact>
            )}
            {across && workspace !== null && (
              <Fact name="Workspace">
                {names.workspaces[workspace] === undefined ? (
                  "one that is deleted"
                ) : (
                  <Link to="/w/$workspaceId" params={{ workspaceId: workspace }}>
                    {names.workspaces[workspace]}
                  </Link>
                )}
                <code>{workspace}</code>
              </Fact>
            )}
            <Fact name="Verb">
              <code>{entry.verb}</code>
            </Fact>
            {object !== null && (
              <Fact name="Object">
                <code>{withNames(object, names)}</code>
              </Fact>
            )}
            {Object.entries(entry.details as Record<string, unknown>).map(([name, value]) => (
              <Fact key={name} name={name.replaceAll("_", " ")}>
                <code>{withNames(textOf(value), names)}</code>
              </Fact>
            ))}
            {entry.request_id !== null && (
              <Fact name="Request">
                <code>{entry.request_id}</code>
              </Fact>
            )}
            {entry.login !== null && (
              <Fact name="Sign-in">
                <code>{entry.login}</code>
              </Fact>
            )}
            {entry.follows !== null && <Fact name="Begun in">row {entry.follows.toLocaleString("en")}</Fact>}
            <Fact name="Hash">
              <code>{entry.hash}</code>
            </Fact>
          </dl>
          <footer>
            {principal !== null && (
              <Button size="s" onClick={() => onNarrow({ who: principal })}>
                Only by {names.people[principal] ?? "this account"}
              </Button>
            )}
            <Button size="s" onClick={() => onNarrow({ verb: entry.verb })}>
              Only this verb
            </Button>
            {across && workspace !== null && (
              <Button size="s" onClick={() => onNarrow({ workspace })}>
                Only this workspace
              </Button>
            )}
            {object !== null && (
              <Button size="s" onClick={() => onNarrow({ text: object })}>
                Only about this
              </Button>
            )}
          </footer>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const OPERATORS: Record<string, string> = {
  browser: "a browser",
  cli: "the command line",
  token: "a token of a program",
};

function operatorWords(operator: string): string {
  return OPERATORS[operator] ?? operator;
}
