import { Check } from "lucide-react";
import { useState } from "react";
import { git } from "../../api/git";
import type { GitStatus } from "../../api/types";
import { gitStore } from "../../live/git-store";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";

interface CommitBoxProps {
  workspaceId: string;
  status: GitStatus;
  /** How many files are staged. */
  staged: number;
}

/** Where the message waits between reloads. */
const key = (id: string) => `stead.commit.${id}`;

/** The message and the commit. Without anything staged it commits every change of tracked files. */
export function CommitBox({ workspaceId, status, staged }: CommitBoxProps) {
  const store = gitStore(workspaceId);
  const { busy } = useStore(store);
  const [message, setMessage] = useState(() => localStorage.getItem(key(workspaceId)) ?? "");
  const [amend, setAmend] = useState(false);
  const conflicts = status.entries.some((it) => it.conflict);
  const changed = status.entries.length > 0;
  const ready = !conflicts && (amend || (message.trim() !== "" && changed));
  const write = (text: string) => {
    setMessage(text);
    localStorage.setItem(key(workspaceId), text);
  };
  const commit = async () => {
    const done = await store.run("Nothing was committed", async () => {
      // New files are part of "everything" for people, and Git leaves them out of it.
      if (staged === 0 && !amend) {
        const paths = status.entries.map((it) => it.path);
        await git.stage(workspaceId, paths);
      }
      return git.commit(workspaceId, { message, amend });
    });
    if (!done) return;
    write("");
    setAmend(false);
  };
  return (
    <form
      className="git-commit"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void commit();
      }}
    >
      <textarea
        aria-label="Message of the commit"
        placeholder={amend ? "Empty keeps the last message" : "What changed, and why"}
        rows={Math.min(8, Math.max(2, message.split("\n").length))}
        value={message}
        onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && ready) {
            event.preventDefault();
            void commit();
          }
        }}
      />
      <div className="git-commit-row">
        <label className="git-amend">
          <input
            type="checkbox"
            checked={amend}
            disabled={status.head === null || status.head === undefined}
            onChange={(event) => setAmend(event.target.checked)}
          />
          Amend
        </label>
        <Button look="ink" size="s" type="submit" icon={<Check />} busy={busy} disabled={!ready}>
          {staged > 0 || amend ? "Commit" : "Commit all"}
        </Button>
      </div>
    </form>
  );
}
