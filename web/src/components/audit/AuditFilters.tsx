import { Search, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Place, Verb } from "../../api/audit";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import styles from "./Audit.module.css";
import { type AuditSearch, verbGroups } from "./audit-words";

export interface Person {
  id: string;
  name: string;
}

interface AuditFiltersProps {
  place: Place;
  people: readonly Person[];
  /** Names of workspaces that were seen in the rows. */
  workspaces: Record<string, string>;
  verbs: readonly Verb[];
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
}

const OUTCOMES = [
  { value: "", label: "Any" },
  { value: "ok,forwarded", label: "Done" },
  { value: "denied", label: "Not allowed" },
  { value: "refused", label: "Refused" },
  { value: "failed,unknown", label: "Failed or unknown" },
  { value: "denied,refused,failed,unknown", label: "All but done" },
];

/** What is looked for. It stands in the address, so that it can be sent and gone back to. */
export function AuditFilters({ place, people, workspaces, verbs, search, onSearch }: AuditFiltersProps) {
  const set = (name: keyof AuditSearch, value: string) => {
    const { [name]: _, ...rest } = search;
    onSearch(value === "" ? rest : { ...rest, [name]: value });
  };
  return (
    <search className={styles["filters"]} aria-label="Filters">
      <TextFilter key={search.text} text={search.text ?? ""} onText={(text) => set("text", text)} />
      <Choice
        label="Who"
        value={search.who ?? ""}
        options={[{ value: "", label: "Anybody" }, ...withChosen(people, search.who)]}
        onChange={(value) => set("who", value)}
      />
      <Choice
        label="What"
        value={search.verb ?? ""}
        options={[{ value: "", label: "Anything" }]}
        groups={verbGroups(verbs)}
        onChange={(value) => set("verb", value)}
      />
      {place === null && (
        <Choice
          label="Workspace"
          value={search.workspace ?? ""}
          options={[
            { value: "", label: "All, and none" },
            ...withChosen(
              Object.entries(workspaces).map(([id, name]) => ({ id, name })),
              search.workspace,
            ),
          ]}
          onChange={(value) => set("workspace", value)}
        />
      )}
      <Choice
        label="Outcome"
        value={search.outcome ?? ""}
        options={OUTCOMES}
        onChange={(value) => set("outcome", value)}
      />
      <div className={styles["days"]}>
        <Field
          label="From"
          type="date"
          value={search.from ?? ""}
          max={search.until}
          onChange={(event) => set("from", event.target.value)}
        />
        <Field
          label="Until"
          type="date"
          value={search.until ?? ""}
          min={search.from}
          onChange={(event) => set("until", event.target.value)}
        />
      </div>
    </search>
  );
}

/** Choices by name; what is chosen is among them even if its name is not known. */
function withChosen(all: readonly Person[], chosen: string | undefined) {
  const known = all.toSorted((a, b) => a.name.localeCompare(b.name));
  const options = known.map((it) => ({ value: it.id, label: it.name }));
  if (chosen !== undefined && !all.some((it) => it.id === chosen)) {
    options.push({ value: chosen, label: chosen });
  }
  return options;
}

/** A text is searched for when it is whole, since that takes longer than the rest. */
function TextFilter({ text, onText }: { text: string; onText: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onText(typed.trim());
  };
  return (
    <form className={styles["search"]} onSubmit={submit}>
      <Field
        label="Text"
        type="search"
        enterKeyHint="search"
        placeholder="File, name, address, request…"
        maxLength={200}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {typed.trim() === text && text !== "" ? (
        <Button icon={<X />} aria-label="Search for no text" onClick={() => onText("")} />
      ) : (
        <Button type="submit" icon={<Search />} aria-label="Search" />
      )}
    </form>
  );
}
