import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, Crown, DoorOpen, Ellipsis, UserRoundX } from "lucide-react";
import { changeMember } from "../../api/members";
import type { Member, Role } from "../../api/types";
import { notify, notifyFailure } from "../../live/notices";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuChoice, MenuItem } from "../ui/Menu";
import type { MemberAction } from "./MemberDialog";
import styles from "./People.module.css";
import { ROLES, roleName, withArticle } from "./roles";

interface MemberRowProps {
  workspaceId: string;
  member: Member;
  /** It is the person who looks. */
  self: boolean;
  /** The person who looks is an owner. */
  manages: boolean;
  /** Nobody else owns the workspace. */
  lastOwner: boolean;
  onAction: (action: MemberAction) => void;
}

/** One member: who, which role, and what can be done about it. */
export function MemberRow({ workspaceId, member, self, manages, lastOwner, onAction }: MemberRowProps) {
  const { name, role, principal } = member;
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: (next: Role) => changeMember(workspaceId, principal, next),
    onSuccess: async (members, next) => {
      queryClient.setQueryData(["members", workspaceId], members);
      notify({
        key: principal,
        tone: "good",
        title: `${name} is ${withArticle(next)} now`,
        detail: "In force at once, in pages and terminals that are open too.",
      });
      if (self) await queryClient.invalidateQueries({ queryKey: ["workspaces"] });
    },
    onError: (error) => notifyFailure(`${name} is still ${withArticle(role)}`, error),
  });
  // The only change an owner cannot make is the one that would leave no owner.
  const choosable = manages && !lastOwner;
  return (
    <li className={styles["row"]}>
      <Avatar principal={principal} name={name} />
      <span className={styles["who"]}>
        <span className={styles["name"]}>
          {name}
          {self && <span className={styles["you"]}>you</span>}
        </span>
        {lastOwner && self && (
          <span className={styles["detail"]}>Nobody else owns it: make another owner to leave</span>
        )}
      </span>
      {choosable ? (
        <Menu
          trigger={
            <button
              type="button"
              className={styles["role"]}
              aria-label={`Role of ${name}: ${roleName(role)}`}
              disabled={change.isPending}
            >
              {roleName(role)}
              <ChevronDown />
            </button>
          }
        >
          <MenuChoice
            label="Role"
            value={role}
            options={ROLES}
            onChange={(next) => next !== role && (self ? onAction(next) : change.mutate(next))}
          />
        </Menu>
      ) : (
        <span className={styles["role"]} title={lastOwner && manages ? "Somebody has to own it" : undefined}>
          {roleName(role)}
        </span>
      )}
      {(manages && !self) || (self && !lastOwner) ? (
        <Menu trigger={<IconButton label={`More for ${name}`} icon={<Ellipsis />} />}>
          {manages && !self && (
            <>
              <MenuItem icon={<Crown />} onSelect={() => onAction("hand-over")}>
                Hand the workspace over…
              </MenuItem>
              <MenuItem icon={<UserRoundX />} danger onSelect={() => onAction("remove")}>
                Remove…
              </MenuItem>
            </>
          )}
          {self && (
            <MenuItem icon={<DoorOpen />} danger onSelect={() => onAction("leave")}>
              Leave…
            </MenuItem>
          )}
        </Menu>
      ) : (
        <span />
      )}
    </li>
  );
}
