import { useNavigate } from "@tanstack/react-router";
import { Eye } from "lucide-react";
import type { Person } from "../../api/types";
import { followStore } from "../../live/follow-store";
import { nameOf, othersOf } from "../../live/people";
import { useStore } from "../../live/use-store";
import type { WorkspaceView } from "../../live/workspace-machine";
import { Avatar } from "../ui/Avatar";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import styles from "./WhoIsHere.module.css";

/** Pictures that fit beside one another in the header. */
const SHOWN_MAX = 3;

interface WhoIsHereProps {
  workspaceId: string;
  view: Pick<WorkspaceView, "people" | "morePeople" | "self">;
  /** Little room: one button for all. */
  compact?: boolean;
}

/** The others who have the workspace open now, each to be followed; nothing while nobody else has. */
export function WhoIsHere({ workspaceId, view, compact = false }: WhoIsHereProps) {
  const navigate = useNavigate();
  const follow = followStore(workspaceId);
  const followed = useStore(follow);
  const others = othersOf(view);
  if (others.length === 0) return null;
  const names = others.map(nameOf).join(", ");
  const hidden = others.length - SHOWN_MAX + view.morePeople;
  const isFollowed = (it: Person) => followed?.connection === it.connection;
  const toggle = (it: Person) => (isFollowed(it) ? follow.stop() : follow.follow(it.connection));
  return (
    <div className={styles["here"]}>
      {!compact &&
        others.slice(0, SHOWN_MAX).map((it) => (
          <button
            key={it.connection}
            type="button"
            className={styles["face"]}
            aria-label={`Follow ${nameOf(it)}`}
            aria-pressed={isFollowed(it)}
            title={`Follow ${nameOf(it)}${it.looking == null ? "" : ` – ${it.looking}`}`}
            onClick={() => toggle(it)}
          >
            <Avatar principal={it.principal ?? it.connection} name={nameOf(it)} size="s" />
          </button>
        ))}
      <Menu
        trigger={
          <button type="button" className={styles["all"]} aria-label={`Here now: ${names}`} title="Here now">
            {compact &&
              others
                .slice(0, SHOWN_MAX)
                .map((it) => (
                  <Avatar
                    key={it.connection}
                    principal={it.principal ?? it.connection}
                    name={nameOf(it)}
                    size="s"
                  />
                ))}
            {hidden > 0 ? <span className={styles["more"]}>+{hidden}</span> : !compact && <Eye />}
          </button>
        }
      >
        <p className={styles["title"]}>Here now</p>
        {others.map((it) => (
          <MenuItem
            key={it.connection}
            icon={<Avatar principal={it.principal ?? it.connection} name={nameOf(it)} size="xs" />}
            hint={isFollowed(it) ? "Stop following" : "Follow"}
            onSelect={() => toggle(it)}
          >
            <span className={styles["person"]}>
              {nameOf(it)}
              <small>{it.looking ?? it.role}</small>
            </span>
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem
          onSelect={() =>
            void navigate({
              to: "/w/$workspaceId/manage/{-$section}",
              params: { workspaceId, section: "people" },
            })
          }
        >
          Everybody with access
        </MenuItem>
      </Menu>
    </div>
  );
}
