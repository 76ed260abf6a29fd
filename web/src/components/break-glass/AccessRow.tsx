import type { ReactNode } from "react";
import type { BreakGlass } from "../../api/break-glass";
import { useNow } from "../../live/use-now";
import { Badge, Row } from "../settings/SettingsPage";
import { Button } from "../ui/Button";
import styles from "./BreakGlass.module.css";
import { span } from "./words";

interface AccessRowProps {
  access: BreakGlass;
  title: ReactNode;
  icon?: ReactNode;
  busy: boolean;
  onEnd: () => void;
}

/** One access: whose, in which role, when and why. */
export function AccessRow({ access, title, icon, busy, onEnd }: AccessRowProps) {
  const now = useNow();
  const open = access.ended_at_ms == null;
  return (
    <Row
      icon={icon}
      title={title}
      badge={<Badge tone={open ? "bad" : "plain"}>{open ? `${access.role}, now` : access.role}</Badge>}
      detail={
        <>
          {span(access, now)}
          <q className={styles["reason"]}>{access.reason}</q>
        </>
      }
      actions={
        open && (
          <Button size="s" busy={busy} onClick={onEnd}>
            End it now
          </Button>
        )
      }
    />
  );
}
