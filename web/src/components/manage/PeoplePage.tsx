import { useQuery } from "@tanstack/react-query";
import { Link2, UserRoundPlus } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { listMembers } from "../../api/members";
import type { Member } from "../../api/types";
import { BreakGlassPart } from "../break-glass/BreakGlassPart";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { AddDialog } from "./AddDialog";
import { InvitationList } from "./InvitationList";
import { InviteDialog } from "./InviteDialog";
import { type MemberAction, MemberDialog } from "./MemberDialog";
import { MemberRow } from "./MemberRow";
import styles from "./People.module.css";
import type { SectionProps } from "./sections";

/** How stale the list may be while somebody looks at it. */
const REFRESH_MS = 10_000;

/** Who may do what: the list of members, with what the person may do about each. */
export function PeoplePage({ workspace, me }: SectionProps) {
  const members = useQuery({
    queryKey: ["members", workspace.id],
    queryFn: () => listMembers(workspace.id),
    refetchInterval: REFRESH_MS,
  });
  const [dialog, setDialog] = useState<{ action: MemberAction; member: Member } | null>(null);
  const [making, setMaking] = useState<"member" | "invitation" | null>(null);
  if (members.data === undefined) {
    return members.isError ? (
      <Explain
        title="The list cannot be loaded"
        tone="bad"
        actions={<Button onClick={() => void members.refetch()}>Try again</Button>}
      >
        {messageOf(members.error)}
      </Explain>
    ) : (
      <div className={styles["list"]} aria-busy="true" />
    );
  }
  const manages = workspace.role === "owner";
  const owners = members.data.filter((it) => it.role === "owner").length;
  return (
    <>
      {manages && (
        <div className={styles["bar"]}>
          <Button icon={<UserRoundPlus />} onClick={() => setMaking("member")}>
            Add a member
          </Button>
          <Button look="ink" icon={<Link2 />} onClick={() => setMaking("invitation")}>
            Invite people
          </Button>
        </div>
      )}
      <ul className={styles["list"]} aria-label="Members">
        {members.data.map((member) => (
          <MemberRow
            key={member.principal}
            workspaceId={workspace.id}
            member={member}
            self={member.principal === me.id}
            manages={manages}
            lastOwner={member.role === "owner" && owners === 1}
            onAction={(action) => setDialog({ action, member })}
          />
        ))}
      </ul>
      {manages && <InvitationList workspaceId={workspace.id} />}
      {manages && <BreakGlassPart workspaceId={workspace.id} />}
      {making === "member" && <AddDialog workspace={workspace} onClose={() => setMaking(null)} />}
      {making === "invitation" && <InviteDialog workspace={workspace} onClose={() => setMaking(null)} />}
      {dialog !== null && <MemberDialog workspace={workspace} {...dialog} onClose={() => setDialog(null)} />}
    </>
  );
}
