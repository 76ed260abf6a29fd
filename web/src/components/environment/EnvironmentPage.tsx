import { ClipboardPaste, KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import type { Owner, Variable } from "../../api/environment";
import type { SectionProps } from "../manage/sections";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { Credentials } from "./Credentials";
import styles from "./Environment.module.css";
import { ImportDialog } from "./ImportDialog";
import { InForce } from "./InForce";
import { RemoveDialog } from "./RemoveDialog";
import { useEnvironment } from "./use-environment";
import { VariableDialog } from "./VariableDialog";
import { VariableList } from "./VariableList";

/** The environment of a workspace, as a page of its management. */
export function WorkspaceEnvironment({ workspace }: SectionProps) {
  return <EnvironmentPage owner={workspace.id} />;
}

type Dialog =
  | { kind: "set"; variable: Variable | null }
  | { kind: "remove"; variable: Variable }
  | { kind: "import" };

/** Variables, secrets and Git credentials of a workspace, or one's own. */
export function EnvironmentPage({ owner }: { owner: Owner }) {
  const environment = useEnvironment(owner);
  const own = useEnvironment(null);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  if (environment.data === undefined) {
    return environment.isError ? (
      <Explain
        title="The variables cannot be loaded"
        tone="bad"
        actions={<Button onClick={() => void environment.refetch()}>Try again</Button>}
      >
        {messageOf(environment.error)}
      </Explain>
    ) : (
      <div className={styles["empty"]} aria-busy="true" />
    );
  }
  const { variables, credentials, may_change, changed_at_ms } = environment.data;
  const add = (
    <>
      <Button icon={<ClipboardPaste />} onClick={() => setDialog({ kind: "import" })}>
        Paste a .env
      </Button>
      <Button look="ink" icon={<Plus />} onClick={() => setDialog({ kind: "set", variable: null })}>
        Add a variable
      </Button>
    </>
  );
  return (
    <div className={styles["page"]}>
      <section className={styles["part"]} aria-labelledby="variables">
        <header>
          <h3 id="variables">Variables and secrets</h3>
          {may_change && variables.length > 0 && <div className={styles["actions"]}>{add}</div>}
        </header>
        {owner !== null && <InForce workspaceId={owner} changedAtMs={changed_at_ms} />}
        {variables.length === 0 ? (
          <div className={styles["empty"]}>
            <Explain icon={<KeyRound />} title="Nothing is set yet" actions={may_change && add}>
              {owner === null
                ? "Keys and settings of yours that terminals and agents should have, in every workspace."
                : "API keys, addresses of databases, settings: what programs here should find in their environment."}
            </Explain>
          </div>
        ) : (
          <VariableList
            owner={owner}
            variables={variables}
            own={owner === null ? [] : (own.data?.variables ?? [])}
            mayChange={may_change}
            onChange={(variable) => setDialog({ kind: "set", variable })}
            onRemoveSecret={(variable) => setDialog({ kind: "remove", variable })}
          />
        )}
        <WhoWins owner={owner} mayChange={may_change} />
      </section>
      <Credentials owner={owner} credentials={credentials} mayChange={may_change} />
      {dialog?.kind === "set" && (
        <VariableDialog
          owner={owner}
          variable={dialog.variable}
          names={variables.map((it) => it.name)}
          onClose={close}
        />
      )}
      {dialog?.kind === "remove" && (
        <RemoveDialog owner={owner} thing={{ kind: "secret", name: dialog.variable.name }} onClose={close} />
      )}
      {dialog?.kind === "import" && <ImportDialog owner={owner} onClose={close} />}
    </div>
  );
}

/** Who is given what, who may change it, and which of two values counts. */
function WhoWins({ owner, mayChange }: { owner: Owner; mayChange: boolean }) {
  return (
    <ul className={styles["rules"]}>
      {owner === null ? (
        <>
          <li>
            Given to terminals and agents that you start, in every workspace, and to nothing that all share.
          </li>
          <li>Where a workspace has a variable of the same name, yours wins in them.</li>
          <li>A terminal is shared: whoever may type into one that you opened can print what it has.</li>
        </>
      ) : (
        <>
          <li>
            {mayChange ? "Owners change these; editors" : "Owners change these. You"} see names and plain
            values; viewers see nothing of them.
          </li>
          <li>
            Whoever sets a variable of the same name for themselves has their own in their terminals and
            agents.
          </li>
          <li>
            In force for what starts next, without a restart of anything. <code>PORT</code>, <code>PATH</code>{" "}
            and others that Stead or the shell needs are reserved.
          </li>
        </>
      )}
    </ul>
  );
}
