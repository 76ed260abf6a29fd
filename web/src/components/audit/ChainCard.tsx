import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Lock, ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";
import { type AuditState, checkAudit, getAuditState } from "../../api/audit";
import { messageOf } from "../../api/client";
import { useNow } from "../../live/use-now";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { ago } from "../ui/words";
import styles from "./Audit.module.css";
import { resultWords } from "./audit-words";

const KEY = ["audit-state"];
/** How stale the state may be while somebody looks at it, and while the chain is walked. */
const REFRESH_MS = 10_000;
const REFRESH_RUNNING_MS = 700;

/** Whether the log is whole and can be written to, and what to do when it is not. */
export function ChainCard() {
  const queryClient = useQueryClient();
  const state = useQuery({
    queryKey: KEY,
    queryFn: getAuditState,
    refetchInterval: ({ state: { data } }) =>
      data?.check?.result.kind === "running" ? REFRESH_RUNNING_MS : REFRESH_MS,
  });
  const check = useMutation({
    mutationFn: checkAudit,
    onMutate: () =>
      setTimeout(() => void queryClient.invalidateQueries({ queryKey: KEY }), REFRESH_RUNNING_MS),
    onSuccess: (next) => queryClient.setQueryData(KEY, next),
  });
  if (state.data === undefined) {
    return state.isError ? (
      <FormError>{messageOf(state.error)}</FormError>
    ) : (
      <div className={styles["chain"]} />
    );
  }
  const running = state.data.check?.result.kind === "running";
  return (
    <>
      {!state.data.writable && <Closed />}
      <section
        className={styles["chain"]}
        data-bad={isBad(state.data) || undefined}
        aria-label="The chain of hashes"
      >
        <ChainWords state={state.data} />
        <Button size="s" busy={running || check.isPending} onClick={() => check.mutate()}>
          {running || check.isPending ? "Checking" : "Check now"}
        </Button>
      </section>
      {check.isError && <FormError>The check did not begin. {messageOf(check.error)}</FormError>}
      {isBad(state.data) && <WhatToDo />}
    </>
  );
}

function isBad({ check }: AuditState): boolean {
  return check !== null && ["broken", "cut", "rewritten"].includes(check.result.kind);
}

function ChainWords({ state }: { state: AuditState }) {
  const { rows, check } = state;
  const now = useNow();
  const all = `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
  if (check === null) {
    return (
      <>
        <ShieldQuestion aria-hidden="true" />
        <div>
          <strong>{all} in the chain</strong>
          <span>Not checked since this server started.</span>
        </div>
      </>
    );
  }
  const { title, text } = resultWords(check.result);
  const seen = check.rows.toLocaleString("en");
  if (check.result.kind === "running") {
    return (
      <>
        <ShieldQuestion aria-hidden="true" />
        <div>
          <strong>{title}</strong>
          <progress max={Math.max(rows, 1)} value={check.rows} aria-label="Rows that were looked at" />
          <span>
            {seen} of {all}
          </span>
        </div>
      </>
    );
  }
  const bad = isBad(state);
  return (
    <>
      {bad ? <ShieldAlert aria-hidden="true" /> : <ShieldCheck aria-hidden="true" />}
      <div role={bad ? "alert" : "status"}>
        <strong>{title}</strong>
        <span>
          {check.result.kind === "whole"
            ? `Verified up to row ${seen}, ${ago(check.started_at_ms, now)}. ${all} now.`
            : `${text} Checked ${ago(check.started_at_ms, now)}.`}
        </span>
      </div>
    </>
  );
}

function WhatToDo() {
  return (
    <section className={styles["todo"]} aria-label="What to do">
      <h3>What to do</h3>
      <ol>
        <li>Stop nothing and delete nothing: the database as it is now is the evidence. Copy it away.</li>
        <li>
          On the machine where Stead runs, <code>stead audit verify</code> says the same from outside the
          server; with <code>--head NUMBER:HASH</code> it compares with a head that you kept, or that stands
          in the server’s log.
        </li>
        <li>Export the rows before and after the place, and compare them with your last backup.</li>
        <li>
          Find out who can write to the database: Stead itself only appends. Changes go on to be written down
          behind what is there.
        </li>
      </ol>
    </section>
  );
}

/** Fail closed: what cannot be written down is not done. */
function Closed() {
  return (
    <section className={styles["chain"]} data-bad role="alert">
      <Lock aria-hidden="true" />
      <div>
        <strong>The log cannot be written to</strong>
        <span>
          Until it can, Stead refuses every change, here and in all workspaces; what runs goes on, and reading
          works. Look whether the disk is full, whether the database is read-only, and whether another program
          holds it locked. Nothing has to be restarted afterwards.
        </span>
      </div>
    </section>
  );
}
