import type { ReactNode } from "react";
import { House } from "../ui/House";
import styles from "./Page.module.css";

/** A page with one thing in its middle. */
export function Page({ children }: { children: ReactNode }) {
  return (
    <div className={styles["page"]}>
      <header>
        <House size={22} light="on" />
        Stead
      </header>
      <main>{children}</main>
    </div>
  );
}
