import type { Role } from "../../api/types";
import styles from "./RoleField.module.css";
import { ROLES } from "./roles";

/** One of the three roles, with what each may do. */
export function RoleField({ role, onChange }: { role: Role; onChange: (role: Role) => void }) {
  return (
    <fieldset className={styles["roles"]}>
      <legend>Role</legend>
      {ROLES.map((it) => (
        <label key={it.value}>
          <input
            type="radio"
            name="role"
            value={it.value}
            checked={role === it.value}
            onChange={() => onChange(it.value)}
          />
          <span>
            {it.label}
            <small>{it.detail}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
