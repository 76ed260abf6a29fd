import { useQuery } from "@tanstack/react-query";
import { messageOf } from "../../api/client";
import { git } from "../../api/git";
import { useNow } from "../../live/use-now";
import { Explain } from "../ui/Explain";
import { ago } from "../ui/words";
import { DiffHead } from "./DiffHead";
import { FileDiff } from "./FileDiff";
import { useSplit } from "./use-split";

/** One commit: who, when, why, and every file it changed. */
export function CommitTab({ workspaceId, id }: { workspaceId: string; id: string }) {
  const [split, setSplit] = useSplit();
  const now = useNow();
  // A commit never changes.
  const commit = useQuery({
    queryKey: ["git", workspaceId, "commit", id],
    queryFn: async () => ({
      details: await git.commitDetails(workspaceId, id),
      diff: await git.diff(workspaceId, { commit: id }),
    }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (commit.isError) return <Explain title="The commit cannot be shown">{messageOf(commit.error)}</Explain>;
  if (commit.data === undefined) return <div className="diff" aria-busy="true" />;
  const { details, diff } = commit.data;
  const sum = (of: "added" | "removed") => diff.files.reduce((total, file) => total + file[of], 0);
  return (
    <div className="diff">
      <DiffHead
        title={<code>{id.slice(0, 12)}</code>}
        added={sum("added")}
        removed={sum("removed")}
        split={split}
        onSplit={setSplit}
      />
      <div className="diff-message">
        <h2>{details.subject}</h2>
        {details.body && <pre>{details.body}</pre>}
        <p>
          {details.author} &lt;{details.author_email}&gt; ·{" "}
          <time dateTime={new Date(details.time_ms).toISOString()}>{ago(details.time_ms, now)}</time>
        </p>
      </div>
      {diff.files.map((file) => (
        <details key={file.path} className="diff-file" open={diff.files.length <= 20}>
          <summary>
            <span className="diff-title">
              {file.original_path ? `${file.original_path} → ${file.path}` : file.path}
            </span>
            <span className="diff-count">
              {file.change.replaceAll("_", " ")} <ins>+{file.added}</ins> <del>−{file.removed}</del>
            </span>
          </summary>
          <FileDiff file={file} split={split} />
        </details>
      ))}
      {diff.files.length === 0 && <p className="diff-note">It changed no file.</p>}
      {diff.truncated && <p className="diff-note">The rest is too long to be shown.</p>}
    </div>
  );
}
