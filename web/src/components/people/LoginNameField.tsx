import { Field } from "../ui/Field";

interface LoginNameFieldProps {
  value: string;
  onChange: (value: string) => void;
  hint?: string;
}

const ALLOWED = /^[a-z0-9][a-z0-9._-]{1,39}$/;

/** Whether the server takes it as a log-in name. */
export function isLoginName(text: string): boolean {
  return ALLOWED.test(text.trim().toLowerCase());
}

/** What somebody called so may want to type when signing in. */
export function suggestLoginName(name: string): string {
  const plain = name.normalize("NFKD").toLowerCase();
  const joined = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return joined.slice(0, 34);
}

/** The name that is typed when signing in. */
export function LoginNameField({ value, onChange, hint }: LoginNameFieldProps) {
  const wrong = value.trim() !== "" && !isLoginName(value);
  return (
    <Field
      label="Log-in name"
      autoComplete="username"
      autoCapitalize="off"
      maxLength={40}
      value={value}
      hint={hint ?? "You type it to sign in. Letters a–z, digits, dots, dashes and underscores."}
      error={wrong ? "2 to 40 letters a–z, digits, dots, dashes or underscores." : undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
