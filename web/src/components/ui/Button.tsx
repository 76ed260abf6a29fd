import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";
import styles from "./Button.module.css";

export interface ButtonProps extends ComponentProps<"button"> {
  /** `ink` is the one main action of a place; `run` starts something; `danger` destroys. */
  look?: "plain" | "ink" | "run" | "danger" | "ghost";
  size?: "s" | "m" | "l";
  icon?: ReactNode;
  /** Shows that the action is under way and refuses another click. */
  busy?: boolean;
}

export function Button({
  look = "plain",
  size = "m",
  icon,
  busy = false,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={clsx(styles["button"], className)}
      data-look={look}
      data-size={size}
      data-busy={busy || undefined}
      aria-busy={busy || undefined}
      disabled={rest.disabled === true || busy}
    >
      {busy ? <span className={styles["spinner"]} aria-hidden="true" /> : icon}
      {children !== undefined && <span className={styles["label"]}>{children}</span>}
    </button>
  );
}
