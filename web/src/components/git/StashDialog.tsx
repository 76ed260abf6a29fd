import { useQuery } from "@tanstack/react-query";
import { ArchiveRestore, Copy, Trash2 } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { git } from "../../api/git";
import type { GitStash, GitStatus } from "../../api/types";
import { gitStore } from "../../live/git-store";
import { useNow } from "../../live/use-now";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { IconButton } from "../ui/IconButton";
import { Modal } from "../ui/Modal";
import { ago } from "../ui/words";
import { AskDialog } from "./AskDialog";

interface StashDialogProps {
  workspaceId: string;
  status: GitStatus;
  onClose: () => void;
}

/** Changes put aside: put more aside, bring one back, throw one away. */
export function StashDialog({ workspaceId, status, onClose }: StashDialogProps) {
  const store = gitStore(workspaceId);
  const { busy, revision } = useStore(store);
  const now = useNow();
  const [message, setMessage] = useState("");
  const stashes = useQuery({
    queryKey: ["git", workspaceId, "stashes", revision],
    queryFn: () => git.stashes(workspaceId),
    placeholderData: (previous) => previous,
  });
  const putAside = async () => {
    const done = await store.run("Nothing was put aside", () => git.createStash(workspaceId, message.trim()));
    if (done) setMessage("");
  };
  const [dropped, setDropped] = useState<GitStash | null>(null);
  const bringBack = async ({ id }: GitStash, drop: boolean) => {
    if (await store.run("It was not brought back", () => git.applyStash(workspaceId, id, drop))) onClose();
  };
  if (dropped !== null) {
    const drop = async () => {
      await store.run("It was not thrown away", () => git.dropStash(workspaceId, dropped.id));
      setDropped(null);
    };
    return (
      <AskDialog
        title="Throw it away?"
        lead={`“${dropped.message}” cannot be brought back here afterwards.`}
        act="Throw away"
        danger
        busy={busy}
        onAct={() => void drop()}
        onClose={() => setDropped(null)}
      />
    );
  }
  return (
    <Modal open onClose={onClose} title="Changes put aside" width="m">
      <form
        className="git-aside"
        onSubmit={(event) => {
          event.preventDefault();
          void putAside();
        }}
      >
        <Field
          label="Put what is not committed aside"
          hint="New files go along; the workspace is then as the last commit left it."
          placeholder="A word for later (optional)"
          value={message}
          onChange={(event) => setMessage(event.target.value)}
        />
        <Button type="submit" look="ink" busy={busy} disabled={status.entries.length === 0}>
          Put aside
        </Button>
      </form>
      {stashes.isError && <FormError>{messageOf(stashes.error)}</FormError>}
      {stashes.data?.length === 0 && <p className="git-note">Nothing is put aside.</p>}
      <ul className="git-branches">
        {stashes.data?.map((stash) => (
          <li key={stash.id}>
            <span className="git-stash">
              {stash.message}
              <span className="git-branch-subject">{ago(stash.time_ms, now)}</span>
            </span>
            <IconButton
              label={`Bring back “${stash.message}”`}
              icon={<ArchiveRestore />}
              disabled={busy}
              onClick={() => void bringBack(stash, true)}
            />
            <IconButton
              label={`Bring back “${stash.message}”, and keep it here too`}
              icon={<Copy />}
              disabled={busy}
              onClick={() => void bringBack(stash, false)}
            />
            <IconButton
              label={`Throw away “${stash.message}”`}
              icon={<Trash2 />}
              disabled={busy}
              onClick={() => setDropped(stash)}
            />
          </li>
        ))}
      </ul>
    </Modal>
  );
}
