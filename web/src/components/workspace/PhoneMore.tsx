import { useNavigate } from "@tanstack/react-router";
import {
  Bot,
  Cable,
  CircleX,
  Command,
  ScrollText,
  Settings2,
  Share2,
  Smartphone,
  UsersRound,
} from "lucide-react";
import type { ReactNode } from "react";
import { languages } from "../../live/language/languages";
import { useStore } from "../../live/use-store";
import { AccountMenu } from "../shell/AccountMenu";
import { devServerWords } from "./DevServerChip";
import styles from "./PhoneMore.module.css";
import { errorCount } from "./problem-list";
import { Resources } from "./Resources";
import type { ShellProps } from "./shell-props";

/** What has no tab of its own on a phone. */
export function PhoneMore({ workspace, readOnly, runtime, view, me, layoutStore, onDialog }: ShellProps) {
  const navigate = useNavigate();
  const manage = () =>
    navigate({ to: "/w/$workspaceId/manage/{-$section}", params: { workspaceId: workspace.id } });
  const problems = errorCount(runtime.build.errors, useStore(languages(workspace.id).problems));
  return (
    <div className={styles["more"]}>
      <ul>
        <Line
          icon={<ScrollText />}
          name="Dev server"
          value={devServerWords(runtime.dev_server)}
          onClick={() => layoutStore.showDock("log")}
        />
        <Line
          icon={<CircleX />}
          name="Problems"
          value={String(problems)}
          onClick={() => layoutStore.showDock("problems")}
        />
        <Line
          icon={<Cable />}
          name="Ports"
          value={runtime.ports.map((it) => it.port).join(", ") || "none"}
          onClick={() => layoutStore.showDock("ports")}
        />
      </ul>
      <ul>
        <Line icon={<Command />} name="Find a file or a command" onClick={() => onDialog("palette")} />
        {!readOnly && runtime.status === "running" && (
          <Line icon={<Bot />} name="Run an agent" onClick={() => onDialog("agent")} />
        )}
        <Line icon={<UsersRound />} name="People and access" onClick={() => void manage()} />
        <Line icon={<Settings2 />} name="Settings" onClick={() => onDialog("settings")} />
        {!readOnly && <Line icon={<Share2 />} name="Share the app" onClick={() => onDialog("share")} />}
        <Line icon={<Smartphone />} name="Open on another device" onClick={() => onDialog("device")} />
      </ul>
      {view.stats !== null && (
        <section aria-label="Resources">
          <Resources workspaceId={workspace.id} stats={view.stats} />
        </section>
      )}
      {me !== undefined && (
        <div className={styles["account"]}>
          <AccountMenu me={me} />
          <span>{me.name}</span>
        </div>
      )}
    </div>
  );
}

interface LineProps {
  icon: ReactNode;
  name: string;
  value?: string;
  onClick: () => void;
}

function Line({ icon, name, value, onClick }: LineProps) {
  return (
    <li>
      <button type="button" className={styles["line"]} onClick={onClick}>
        {icon}
        <span className={styles["name"]}>{name}</span>
        {value !== undefined && <span className={styles["value"]}>{value}</span>}
      </button>
    </li>
  );
}
