import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { messageOf } from "../../api/client";
import { git } from "../../api/git";
import type { GitCommit } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { keyOfView } from "../../live/editor-views";
import { gitStore } from "../../live/git-store";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { CommitList } from "./CommitList";
import { graphOf } from "./graph";

/** Commits that are asked for at once. */
const PAGE = 200;

interface HistoryTabProps {
  workspaceId: string;
  /** Commits of one file or folder, on the branch that is checked out. */
  path?: string | undefined;
}

/** Every commit of every branch with the lines between them, or those that changed one path. */
export function HistoryTab({ workspaceId, path }: HistoryTabProps) {
  const { status } = useStore(gitStore(workspaceId));
  const [text, setText] = useState("");
  const search = text.trim();
  const log = useInfiniteQuery({
    queryKey: ["git", workspaceId, "log", path, search, status?.head, status?.upstream?.behind],
    queryFn: ({ pageParam, signal }) => {
      const which = path === undefined ? { all: true } : { path };
      const query = { ...which, skip: pageParam, limit: PAGE, ...(search === "" ? {} : { search }) };
      return git.log(workspaceId, query, signal);
    },
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (last.more ? pages.length * PAGE : undefined),
    placeholderData: (previous) => previous,
  });
  const commits = useMemo(() => log.data?.pages.flatMap((it) => it.commits) ?? [], [log.data]);
  // Some of the commits are rarely parents of each other: lines between them would lie.
  const whole = search === "" && path === undefined;
  const rows = useMemo(() => (whole ? graphOf(commits) : []), [whole, commits]);
  const open = (commit: GitCommit) =>
    editorStore(workspaceId).openFile(keyOfView({ kind: "commit", id: commit.id }));
  return (
    <div className="history">
      <header className="diff-head">
        {path !== undefined && <span className="diff-title">{path}</span>}
        <input
          type="search"
          aria-label="Search in messages"
          placeholder="Search in messages"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </header>
      {log.isError && (
        <Explain
          title="The history cannot be shown"
          actions={<Button onClick={() => void log.refetch()}>Try again</Button>}
        >
          {messageOf(log.error)}
        </Explain>
      )}
      {log.isSuccess && commits.length === 0 && <p className="diff-note">{nothing(search, path)}</p>}
      <CommitList
        commits={commits}
        rows={rows}
        busy={log.isFetching}
        onOpen={open}
        // After a failure somebody says when to try again.
        onMore={log.hasNextPage && !log.isFetching && !log.isError ? () => void log.fetchNextPage() : null}
      />
    </div>
  );
}

function nothing(search: string, path: string | undefined): string {
  if (search !== "") return "No message has this in it.";
  return path === undefined ? "Nothing is committed yet." : "No commit of this branch changed it.";
}
