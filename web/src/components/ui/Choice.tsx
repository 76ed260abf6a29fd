import { useId } from "react";
import styles from "./Choice.module.css";

interface Option<T extends string> {
  value: T;
  label: string;
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly Option<T>[];
  /** Further options below headings. */
  groups?: readonly { label: string; options: readonly Option<T>[] }[];
  /** Beside its label rather than below it. */
  line?: boolean;
  onChange: (value: T) => void;
}

/** One of a few, in the browser's own control, which works on every screen. */
export function Choice<T extends string>({
  label,
  value,
  options,
  groups = [],
  line = false,
  onChange,
}: ChoiceProps<T>) {
  const id = useId();
  return (
    <div className={styles["choice"]} data-line={line || undefined}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value as T)}>
        <Options options={options} />
        {groups.map((it) => (
          <optgroup key={it.label} label={it.label}>
            <Options options={it.options} />
          </optgroup>
        ))}
      </select>
    </div>
  );
}

function Options({ options }: { options: readonly Option<string>[] }) {
  return options.map((it) => (
    <option key={it.value} value={it.value}>
      {it.label}
    </option>
  ));
}
