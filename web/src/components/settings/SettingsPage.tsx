import type { ReactNode } from "react";
import { usePageStatus } from "../../live/page-status";
import styles from "./SettingsPage.module.css";

interface SettingsPageProps {
  title: string;
  /** One or two sentences: what this page is about. */
  lead?: ReactNode;
  /** The page's main action. */
  action?: ReactNode;
  children: ReactNode;
}

/** One page of the settings. */
export function SettingsPage({ title, lead, action, children }: SettingsPageProps) {
  usePageStatus(title, "off");
  return (
    <div className={styles["page"]}>
      <header className={styles["head"]}>
        <div>
          <h2>{title}</h2>
          {lead !== undefined && <p>{lead}</p>}
        </div>
        {action}
      </header>
      {children}
    </div>
  );
}

/** A framed part of a page: a form, or rows. */
export function Card({ title, lead, children }: { title?: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles["card"]}>
      {title !== undefined && <h3>{title}</h3>}
      {lead !== undefined && <p className={styles["lead"]}>{lead}</p>}
      {children}
    </section>
  );
}

/** Rows in one frame, divided by lines. */
export function Rows({ children, label }: { children: ReactNode; label: string }) {
  return (
    <ul className={styles["rows"]} aria-label={label}>
      {children}
    </ul>
  );
}

interface RowProps {
  icon?: ReactNode;
  title: ReactNode;
  /** Small words behind the title, such as a role. */
  badge?: ReactNode;
  detail?: ReactNode;
  /** Buttons or a menu at the end. */
  actions?: ReactNode;
  /** Shown, and not in use. */
  dim?: boolean;
}

/** One thing in {@link Rows}. */
export function Row({ icon, title, badge, detail, actions, dim = false }: RowProps) {
  return (
    <li className={styles["row"]} data-dim={dim || undefined}>
      {icon !== undefined && <span className={styles["icon"]}>{icon}</span>}
      <div className={styles["what"]}>
        <strong>
          {title}
          {badge}
        </strong>
        {detail !== undefined && <span>{detail}</span>}
      </div>
      {actions}
    </li>
  );
}

/** A word about a row. */
export function Badge({
  tone = "plain",
  children,
}: {
  tone?: "plain" | "lake" | "bad";
  children: ReactNode;
}) {
  return (
    <span className={styles["badge"]} data-tone={tone}>
      {children}
    </span>
  );
}
