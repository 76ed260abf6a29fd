import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { git } from "../../api/git";
import type { GitCommit } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { keyOfView } from "../../live/editor-views";
import { gitStore } from "../../live/git-store";
import { useNow } from "../../live/use-now";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { ago } from "../ui/words";
import { type GraphRow, graphOf } from "./graph";

/** Commits that are asked for at once. */
const PAGE = 200;
/** Height of a row and width of a lane, in pixels. */
const ROW = 28;
const LANE = 14;
/** Lanes that are drawn; a wider history is cut. */
const LANES_MAX = 12;

/** Every commit of every branch, with the lines between them. */
export function HistoryTab({ workspaceId }: { workspaceId: string }) {
  const { status } = useStore(gitStore(workspaceId));
  const [text, setText] = useState("");
  const now = useNow();
  const search = text.trim();
  const log = useInfiniteQuery({
    queryKey: ["git", workspaceId, "log", search, status?.head, status?.upstream?.behind],
    queryFn: ({ pageParam, signal }) =>
      git.log(
        workspaceId,
        { all: true, skip: pageParam, limit: PAGE, ...(search === "" ? {} : { search }) },
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (last.more ? pages.length * PAGE : undefined),
    placeholderData: (previous) => previous,
  });
  const commits = log.data?.pages.flatMap((it) => it.commits) ?? [];
  // Found commits are rarely parents of each other: lines between them would lie.
  const rows = search === "" ? graphOf(commits) : [];
  return (
    <div className="history">
      <header className="diff-head">
        <input
          type="search"
          aria-label="Search in messages"
          placeholder="Search in messages"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </header>
      {log.isError && <Explain title="The history cannot be shown">{messageOf(log.error)}</Explain>}
      {log.isSuccess && commits.length === 0 && (
        <p className="diff-note">
          {search === "" ? "Nothing is committed yet." : "No message has this in it."}
        </p>
      )}
      <ol className="history-list">
        {commits.map((commit, index) => (
          <li key={commit.id}>
            <button
              type="button"
              onClick={() => editorStore(workspaceId).openFile(keyOfView({ kind: "commit", id: commit.id }))}
            >
              <Graph row={rows[index]} />
              <Subject commit={commit} />
              <span className="history-who">{commit.author}</span>
              <time dateTime={new Date(commit.time_ms).toISOString()}>{ago(commit.time_ms, now)}</time>
            </button>
          </li>
        ))}
      </ol>
      {log.hasNextPage && (
        <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          Show older commits
        </Button>
      )}
    </div>
  );
}

function Subject({ commit }: { commit: GitCommit }) {
  return (
    <span className="history-subject">
      {commit.refs.map((ref) => (
        <em key={ref}>{ref.replace("HEAD -> ", "").replace("tag: ", "")}</em>
      ))}
      {commit.subject}
    </span>
  );
}

function Graph({ row }: { row: GraphRow | undefined }) {
  if (row === undefined) return null;
  const width = (Math.min(row.lanes, LANES_MAX) + 1) * LANE;
  const x = (lane: number) => lane * LANE + LANE / 2 + 2;
  const middle = ROW / 2;
  return (
    <svg width={width} height={ROW} viewBox={`0 0 ${width} ${ROW}`} aria-hidden="true">
      {row.strokes.map(({ from, to, half }) => {
        const [top, bottom] = [half === "bottom" ? middle : 0, half === "top" ? middle : ROW];
        const bend = (top + bottom) / 2;
        const path = `M${x(from)} ${top}C${x(from)} ${bend} ${x(to)} ${bend} ${x(to)} ${bottom}`;
        return <path key={`${from}-${to}-${half}`} d={path} data-lane={(half === "top" ? from : to) % 5} />;
      })}
      <circle cx={x(row.lane)} cy={middle} r={4} data-lane={row.lane % 5} />
    </svg>
  );
}
