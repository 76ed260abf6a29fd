import { Eye, EyeOff } from "lucide-react";
import { useId, useState } from "react";
import fieldStyles from "../ui/Field.module.css";
import { IconButton } from "../ui/IconButton";
import styles from "./PasswordField.module.css";

interface PasswordFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** A new one: the browser offers to make and keep it. */
  fresh?: boolean;
  optional?: boolean;
  autoFocus?: boolean;
}

/** As the server counts: fewer characters than this are refused. */
export const PASSWORD_LENGTH_MIN = 10;

/** Whether a new password is long enough to be sent. */
export function isLongEnough(password: string): boolean {
  return [...password].length >= PASSWORD_LENGTH_MIN;
}

/** A password, which its person may look at. */
export function PasswordField({
  label,
  value,
  onChange,
  fresh = false,
  optional = false,
  ...rest
}: PasswordFieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const short = fresh && value !== "" && !isLongEnough(value);
  return (
    <div className={fieldStyles["field"]}>
      <label htmlFor={id}>{label}</label>
      <div className={styles["box"]}>
        <input
          id={id}
          type={shown ? "text" : "password"}
          autoComplete={fresh ? "new-password" : "current-password"}
          spellCheck={false}
          autoCapitalize="off"
          maxLength={256}
          required={!optional}
          aria-describedby={fresh ? `${id}-note` : undefined}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          {...rest}
        />
        <IconButton
          className={styles["eye"]}
          label={shown ? "Hide the password" : "Show the password"}
          icon={shown ? <EyeOff /> : <Eye />}
          onClick={() => setShown(!shown)}
        />
      </div>
      {fresh && (
        <p id={`${id}-note`} className={fieldStyles["note"]} data-error={short || undefined}>
          {short
            ? `${PASSWORD_LENGTH_MIN - [...value].length} more characters, please.`
            : "At least 10 characters. Three or four unrelated words are easy to remember."}
        </p>
      )}
    </div>
  );
}
