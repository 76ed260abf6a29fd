import { Eye, EyeOff } from "lucide-react";
import { useId, useState } from "react";
import { IconButton } from "../ui/IconButton";
import styles from "./Environment.module.css";

interface ValueFieldProps {
  label: string;
  /** Shows dots until asked to show the text. */
  masked: boolean;
  value: string;
  placeholder?: string;
  hint?: string | undefined;
  onChange: (value: string) => void;
}

/** A value of one line or of many, such as a private key. */
export function ValueField({ label, masked, value, placeholder, hint, onChange }: ValueFieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const lines = Math.min(value.split("\n").length, 8);
  return (
    <div className={styles["value"]}>
      <label htmlFor={id}>{label}</label>
      <div className={styles["box"]}>
        <textarea
          id={id}
          rows={lines}
          value={value}
          placeholder={placeholder}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          data-masked={(masked && !shown && value !== "") || undefined}
          aria-describedby={hint === undefined ? undefined : `${id}-note`}
          onChange={(event) => onChange(event.target.value)}
        />
        {masked && (
          <IconButton
            label={shown ? "Hide the value" : "Show the value"}
            icon={shown ? <EyeOff /> : <Eye />}
            onClick={() => setShown(!shown)}
          />
        )}
      </div>
      {hint !== undefined && (
        <p id={`${id}-note`} className={styles["note"]}>
          {hint}
        </p>
      )}
    </div>
  );
}
