import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { useId } from "react";
import styles from "./Shares.module.css";

interface ChoicesProps<T extends string> {
  label: string;
  options: readonly { value: T; label: string; detail?: string }[];
  value: T;
  /** Small words beside each other. */
  compact?: boolean;
  onChange: (value: T) => void;
}

/** One of a few, all of them seen. */
export function Choices<T extends string>({ label, options, value, compact, onChange }: ChoicesProps<T>) {
  const id = useId();
  return (
    <div className={styles["choices"]}>
      <span id={id} className={styles["label"]}>
        {label}
      </span>
      <RadioGroup
        aria-labelledby={id}
        className={compact === true ? styles["pills"] : styles["options"]}
        value={value}
        onValueChange={(next) => onChange(next as T)}
      >
        {options.map((it) => (
          <Radio.Root key={it.value} value={it.value} className={styles["option"]}>
            <span className={styles["optionName"]}>{it.label}</span>
            {it.detail !== undefined && <span className={styles["optionDetail"]}>{it.detail}</span>}
          </Radio.Root>
        ))}
      </RadioGroup>
    </div>
  );
}
