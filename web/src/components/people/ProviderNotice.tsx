import { CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./ProviderNotice.module.css";

interface ProviderNoticeProps {
  tone: "good" | "bad";
  title: string;
  children?: ReactNode;
}

/** What came of a visit to a provider, at the top of the page that the browser comes back to. */
export function ProviderNotice({ tone, title, children }: ProviderNoticeProps) {
  return (
    <div className={styles["notice"]} data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      {tone === "bad" ? <TriangleAlert aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
      <div>
        <strong>{title}</strong>
        {children !== undefined && <p>{children}</p>}
      </div>
    </div>
  );
}
