import { useQuery } from "@tanstack/react-query";
import { GitBranchPlus } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { git, reasonOf } from "../../api/git";
import type { GitBranch, GitStatus } from "../../api/types";
import { gitStore } from "../../live/git-store";
import { useNow } from "../../live/use-now";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { AskDialog } from "./AskDialog";
import { BranchRow } from "./BranchRow";
import { InTheWayDialog } from "./InTheWayDialog";

interface BranchDialogProps {
  workspaceId: string;
  status: GitStatus;
  onClose: () => void;
}

/** A question that stands in the place of the list. */
type Asked = { what: "in-the-way"; name: string; refusal: unknown } | { what: "delete"; name: string };

/** Branches: find, switch, make, rename, merge, delete. */
export function BranchDialog({ workspaceId, status, onClose }: BranchDialogProps) {
  const store = gitStore(workspaceId);
  const { busy, revision } = useStore(store);
  const now = useNow();
  const [text, setText] = useState("");
  const branches = useQuery({
    queryKey: ["git", workspaceId, "branches", revision],
    queryFn: () => git.branches(workspaceId),
    placeholderData: (previous) => previous,
  });
  const wanted = text.trim().toLowerCase();
  const shown = (branches.data ?? []).filter((it) => it.name.toLowerCase().includes(wanted));
  const exists = (branches.data ?? []).some((it) => it.name === text.trim());
  const run = async (
    what: string,
    action: Parameters<typeof store.run>[1],
    close = true,
    refused?: Parameters<typeof store.run>[2],
  ) => {
    const done = await store.run(what, action, refused);
    if (done && close) onClose();
    return done;
  };
  const create = () =>
    run("The branch was not made", () =>
      git.createBranch(workspaceId, { name: text.trim(), checkout: true }),
    );
  const [asked, setAsked] = useState<Asked | null>(null);
  const switchTo = (name: string) =>
    run(
      `Still on ${status.branch ?? "the same commit"}`,
      () => git.checkout(workspaceId, name),
      true,
      (error) => {
        const isInTheWay = reasonOf(error) === "changes_in_the_way";
        if (isInTheWay) setAsked({ what: "in-the-way", name, refusal: error });
        return isInTheWay;
      },
    );
  const remove = ({ name }: GitBranch, force = false) =>
    run(
      "The branch was not deleted",
      () => git.deleteBranch(workspaceId, name, force),
      false,
      (error) => {
        const isNowhereElse = reasonOf(error) === "not_merged";
        if (isNowhereElse) setAsked({ what: "delete", name });
        return isNowhereElse;
      },
    );
  if (asked?.what === "in-the-way") {
    const back = () => setAsked(null);
    return <InTheWayDialog {...asked} workspaceId={workspaceId} onClose={back} onDone={onClose} />;
  }
  if (asked?.what === "delete") {
    return (
      <AskDialog
        title={`Delete ${asked.name}?`}
        lead="It has commits that no other branch has. They are lost with it, as far as people can see; Git itself keeps them for some weeks."
        act="Delete with its commits"
        danger
        busy={busy}
        onAct={() =>
          void run(
            "The branch was not deleted",
            () => git.deleteBranch(workspaceId, asked.name, true),
            false,
          ).then(() => setAsked(null))
        }
        onClose={() => setAsked(null)}
      />
    );
  }
  return (
    <Modal open onClose={onClose} title="Branches" width="m">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const [only] = shown;
          if (shown.length === 1 && only !== undefined) void switchTo(only.name);
          else if (text.trim() !== "" && !exists) void create();
        }}
      >
        <Field
          label="Find a branch, or name a new one"
          autoFocus
          mono
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {text.trim() !== "" && !exists && (
          <Button icon={<GitBranchPlus />} busy={busy} onClick={() => void create()}>
            Make “{text.trim()}” from here
          </Button>
        )}
      </form>
      {branches.isError && <FormError>{messageOf(branches.error)}</FormError>}
      <ul className="git-branches">
        {shown.slice(0, 200).map((branch) => (
          <BranchRow
            key={`${branch.remote}${branch.name}`}
            branch={branch}
            into={status.branch ?? "this"}
            now={now}
            busy={busy}
            onSwitch={() => void switchTo(branch.name)}
            onMerge={() => void run("Nothing was merged", () => git.merge(workspaceId, branch.name))}
            onRename={(to) =>
              run("The branch has its old name", () => git.renameBranch(workspaceId, branch.name, to), false)
            }
            onDelete={() => void remove(branch)}
          />
        ))}
      </ul>
      {branches.isSuccess && shown.length === 0 && (
        <p className="git-note">
          {branches.data.length === 0
            ? "Before the first commit there is no other branch; name one to begin there."
            : "No branch has this in its name."}
        </p>
      )}
    </Modal>
  );
}
