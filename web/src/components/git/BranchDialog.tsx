import { useQuery } from "@tanstack/react-query";
import { GitBranchPlus, GitMerge, Trash2 } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { git } from "../../api/git";
import type { GitBranch, GitStatus } from "../../api/types";
import { gitStore } from "../../live/git-store";
import { useNow } from "../../live/use-now";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { IconButton } from "../ui/IconButton";
import { Modal } from "../ui/Modal";
import { ago } from "../ui/words";

interface BranchDialogProps {
  workspaceId: string;
  status: GitStatus;
  onClose: () => void;
}

/** Branches: find, switch, make, merge, delete. */
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
  const run = async (what: string, action: Parameters<typeof store.run>[1], close = true) => {
    if ((await store.run(what, action)) && close) onClose();
  };
  const create = () =>
    run("The branch was not made", () =>
      git.createBranch(workspaceId, { name: text.trim(), checkout: true }),
    );
  const switchTo = async (name: string) => {
    const dirty = status.entries.length > 0;
    await run(`Still on ${status.branch ?? "the same commit"}${dirty ? "; nothing was lost" : ""}`, () =>
      git.checkout(workspaceId, name),
    );
  };
  const remove = (branch: GitBranch) =>
    run("The branch was not deleted", () => git.deleteBranch(workspaceId, branch.name, false), false);
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
          <li key={`${branch.remote}${branch.name}`} data-current={branch.current || undefined}>
            <button
              type="button"
              disabled={branch.current || busy}
              onClick={() => void switchTo(branch.name)}
            >
              <span className="git-branch-name">
                {branch.name}
                {branch.current && <em>here</em>}
                {branch.remote && <em>remote</em>}
              </span>
              <span className="git-branch-subject">
                {branch.subject} · {ago(branch.time_ms, now)}
              </span>
            </button>
            {!branch.current && (
              <>
                <IconButton
                  label={`Merge ${branch.name} into ${status.branch ?? "this"}`}
                  icon={<GitMerge />}
                  disabled={busy}
                  onClick={() => void run("Nothing was merged", () => git.merge(workspaceId, branch.name))}
                />
                {!branch.remote && (
                  <IconButton
                    label={`Delete ${branch.name}`}
                    icon={<Trash2 />}
                    disabled={busy}
                    onClick={() => void remove(branch)}
                  />
                )}
              </>
            )}
          </li>
        ))}
      </ul>
      {branches.isSuccess && shown.length === 0 && (
        <p className="git-note">No branch has this in its name.</p>
      )}
    </Modal>
  );
}
