import type { ReactNode } from "react";
import styles from "./Explain.module.css";

interface ExplainProps {
  icon?: ReactNode;
  title: string;
  tone?: "plain" | "bad";
  children?: ReactNode;
  /** Buttons: what can be done about it. */
  actions?: ReactNode;
}

/** In place of content: why there is none, and what to do. */
export function Explain({ icon, title, tone = "plain", children, actions }: ExplainProps) {
  return (
    <section className={styles["explain"]} data-tone={tone}>
      {icon !== undefined && <div className={styles["icon"]}>{icon}</div>}
      <h2>{title}</h2>
      {children !== undefined && <div className={styles["text"]}>{children}</div>}
      {actions !== undefined && <div className={styles["actions"]}>{actions}</div>}
    </section>
  );
}
