import { useQuery } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { messageOf } from "../../api/client";
import { git } from "../../api/git";
import type { GitHunk } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { gitStore } from "../../live/git-store";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { DiffHead } from "./DiffHead";
import { FileDiff } from "./FileDiff";
import { useSplit } from "./use-split";

interface DiffTabProps {
  workspaceId: string;
  path: string;
  staged: boolean;
  readOnly: boolean;
}

/** What differs in one file, part by part. */
export function DiffTab({ workspaceId, path, staged, readOnly }: DiffTabProps) {
  const store = gitStore(workspaceId);
  const { revision, busy } = useStore(store);
  const [split, setSplit] = useSplit();
  const diff = useQuery({
    queryKey: ["git", workspaceId, "diff", path, staged, revision],
    queryFn: () => git.diff(workspaceId, { path, ...(staged ? { staged } : {}) }),
    placeholderData: (previous) => previous,
  });
  const file = diff.data?.files[0];
  const act = (hunk: GitHunk, action: "stage" | "unstage" | "discard") => {
    const ask = () => git.hunks(workspaceId, path, action, [hunk.id]);
    if (action === "discard") void store.discard("Discarded a part", ask);
    else void store.run("Nothing was staged", async () => (await ask()).status);
  };
  const actions = (hunk: GitHunk) =>
    readOnly || file?.change === "untracked" ? null : (
      <span className="diff-actions">
        {staged ? (
          <Button size="s" disabled={busy} onClick={() => act(hunk, "unstage")}>
            Unstage
          </Button>
        ) : (
          <>
            <Button size="s" disabled={busy} onClick={() => act(hunk, "discard")}>
              Discard
            </Button>
            <Button size="s" disabled={busy} onClick={() => act(hunk, "stage")}>
              Stage
            </Button>
          </>
        )}
      </span>
    );
  return (
    <div className="diff">
      <DiffHead
        title={path}
        added={file?.added ?? 0}
        removed={file?.removed ?? 0}
        split={split}
        onSplit={setSplit}
      >
        <Button size="s" icon={<FileText />} onClick={() => editorStore(workspaceId).openFile(path)}>
          Open file
        </Button>
      </DiffHead>
      {diff.isError && (
        <Explain
          title="It cannot be compared"
          actions={<Button onClick={() => void diff.refetch()}>Try again</Button>}
        >
          {messageOf(diff.error)}
        </Explain>
      )}
      {diff.isSuccess && file === undefined && (
        <p className="diff-note">{staged ? "Nothing of it is staged." : "It is as it was."}</p>
      )}
      {file !== undefined && <FileDiff file={file} split={split} hunkActions={actions} />}
      {diff.data?.truncated && file?.hunks.length !== 0 && (
        <p className="diff-note">The rest is too long to be shown.</p>
      )}
    </div>
  );
}
