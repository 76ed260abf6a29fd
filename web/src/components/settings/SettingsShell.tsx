import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { Me } from "../../api/types";
import { AccountMenu } from "../shell/AccountMenu";
import { House } from "../ui/House";
import styles from "./SettingsShell.module.css";
import { ENTRIES, SECTIONS } from "./sections";

/** Below this width the list and its pages are screens of their own. */
export const SETTINGS_PHONE = "(max-width: 760px)";

/** Everything of `/settings`: where one can go, and where one is. */
export function SettingsShell({ me }: { me: Me }) {
  const path = useLocation({ select: (it) => it.pathname.replace(/\/$/, "") });
  const atList = path === "/settings";
  return (
    <div className={styles["page"]} data-list={atList || undefined}>
      <header className={styles["bar"]}>
        {!atList && (
          <Link to="/settings" className={styles["up"]}>
            <ChevronLeft aria-hidden="true" /> Settings
          </Link>
        )}
        <Link to="/" className={styles["brand"]} title="All workspaces">
          <House size={20} light="on" /> Stead
        </Link>
        <AccountMenu me={me} />
      </header>
      <div className={styles["columns"]} data-wide={path === "/settings/audit" || undefined}>
        <nav className={styles["nav"]} aria-label="Settings">
          <h1>Settings</h1>
          {SECTIONS.filter((it) => it.id === "you" || me.administrator).map((section) => (
            <section key={section.id}>
              <h2>{section.label}</h2>
              <ul>
                {ENTRIES.filter((it) => it.section === section.id).map((entry) => (
                  <li key={entry.to}>
                    <Link to={entry.to} className={styles["entry"]}>
                      <entry.icon aria-hidden="true" />
                      <span>{entry.label}</span>
                      <ChevronRight aria-hidden="true" className={styles["chevron"]} />
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </nav>
        <main className={styles["main"]}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}
