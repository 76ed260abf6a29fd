import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { messageOf } from "../../api/client";
import { changeMember, handOver, leaveWorkspace, removeMember } from "../../api/members";
import type { Member, Role, Workspace } from "../../api/types";
import { notify } from "../../live/notices";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { roleName, withArticle } from "./roles";

/** What is asked about before it is done. A role is the one that an owner takes for themselves. */
export type MemberAction = "remove" | "leave" | "hand-over" | Role;

interface MemberDialogProps {
  workspace: Workspace;
  member: Member;
  action: MemberAction;
  onClose: () => void;
}

interface Words {
  title: string;
  lead: ReactNode;
  button: string;
  done: string;
}

/** Asks once before something that the person could not undo alone. */
export function MemberDialog({ workspace, member, action, onClose }: MemberDialogProps) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const words = wordsFor(action, member.name, workspace.name);
  const act = useMutation({
    mutationFn: () => perform(workspace.id, member.principal, action),
    onSuccess: async () => {
      notify({ key: member.principal, tone: "good", title: words.done });
      onClose();
      if (action === "leave") await navigate({ to: "/" });
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ["workspaces"] }),
        queryClient.invalidateQueries({ queryKey: ["members", workspace.id] }),
      ]);
    },
  });
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title={words.title}
      lead={words.lead}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" busy={act.isPending} onClick={() => act.mutate()}>
            {words.button}
          </Button>
        </>
      }
    >
      {act.isError && <FormError>{messageOf(act.error)}</FormError>}
    </Modal>
  );
}

async function perform(id: string, principal: string, action: MemberAction): Promise<unknown> {
  switch (action) {
    case "remove":
      return removeMember(id, principal);
    case "leave":
      return leaveWorkspace(id);
    case "hand-over":
      return handOver(id, principal);
    default:
      return changeMember(id, principal, action);
  }
}

function wordsFor(action: MemberAction, name: string, workspace: string): Words {
  switch (action) {
    case "remove":
      return {
        title: `Remove ${name}`,
        lead: (
          <>
            <strong>{name}</strong> can no longer see <strong>{workspace}</strong>. Whatever {name} has open
            there, terminals and previews too, closes at once. Files stay as they are, and what runs goes on.
          </>
        ),
        button: "Remove",
        done: `${name} was removed`,
      };
    case "leave":
      return {
        title: "Leave workspace",
        lead: (
          <>
            You can no longer see <strong>{workspace}</strong> until an owner lets you in again. What runs in
            it goes on.
          </>
        ),
        button: "Leave",
        done: `You left ${workspace}`,
      };
    case "hand-over":
      return {
        title: "Hand the workspace over",
        lead: (
          <>
            <strong>{name}</strong> becomes the owner of <strong>{workspace}</strong>, and you stay as an
            editor. Only {name} can make you an owner again.
          </>
        ),
        button: `Hand over to ${name}`,
        done: `${workspace} belongs to ${name} now`,
      };
    default:
      return {
        title: `Become ${withArticle(action)}`,
        lead: "Only another owner can make you an owner again.",
        button: `Become ${roleName(action).toLowerCase()}`,
        done: `You are ${withArticle(action)} now`,
      };
  }
}
