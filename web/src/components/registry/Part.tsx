import type { ReactNode } from "react";
import styles from "./Registry.module.css";

interface PartProps {
  title: string;
  lead: string;
  action?: ReactNode;
  children: ReactNode;
}

/** One of the three lists, under its heading. */
export function Part({ title, lead, action, children }: PartProps) {
  return (
    <section className={styles["part"]} aria-label={title}>
      <header className={styles["head"]}>
        <div>
          <h3>{title}</h3>
          <p>{lead}</p>
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}
