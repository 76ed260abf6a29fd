import { useNavigate } from "@tanstack/react-router";
import type { Person } from "../../api/types";
import type { WorkspaceView } from "../../live/workspace-machine";
import { Avatar } from "../ui/Avatar";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import styles from "./WhoIsHere.module.css";

/** Pictures that fit beside one another in the header. */
const SHOWN_MAX = 3;

interface WhoIsHereProps {
  workspaceId: string;
  view: Pick<WorkspaceView, "people" | "morePeople" | "self">;
}

/** The others who have the workspace open now; nothing while nobody else has. */
export function WhoIsHere({ workspaceId, view }: WhoIsHereProps) {
  const navigate = useNavigate();
  const others = othersOf(view);
  if (others.length === 0) return null;
  const names = others.map(nameOf).join(", ");
  const hidden = others.length - SHOWN_MAX + view.morePeople;
  return (
    <Menu
      trigger={
        <button type="button" className={styles["here"]} aria-label={`Here now: ${names}`} title={names}>
          {others.slice(0, SHOWN_MAX).map((it) => (
            <Avatar
              key={it.connection}
              principal={it.principal ?? it.connection}
              name={nameOf(it)}
              size="s"
            />
          ))}
          {hidden > 0 && <span className={styles["more"]}>+{hidden}</span>}
        </button>
      }
    >
      <p className={styles["title"]}>Here now</p>
      <ul className={styles["list"]}>
        {others.map((it) => (
          <li key={it.connection}>
            <Avatar principal={it.principal ?? it.connection} name={nameOf(it)} size="s" />
            <span>
              {nameOf(it)}
              <small>{it.looking ?? it.role}</small>
            </span>
          </li>
        ))}
      </ul>
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
  );
}

/** Each other person once, whatever number of pages they have open. */
export function othersOf({ people, self }: Pick<WorkspaceView, "people" | "self">): Person[] {
  const own = people.find((it) => it.connection === self)?.principal;
  const seen = new Set<string>();
  return people.filter((it) => {
    const who = it.principal ?? it.connection;
    if (it.connection === self || who === own || seen.has(who)) return false;
    seen.add(who);
    return true;
  });
}

function nameOf(person: Person): string {
  return person.name ?? "Somebody";
}
