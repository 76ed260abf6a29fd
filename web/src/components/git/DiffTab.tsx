import { useQuery } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { git } from "../../api/git";
import type { GitHunk } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { gitStore } from "../../live/git-store";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { counted } from "../ui/words";
import { DiffHead } from "./DiffHead";
import { FileDiff } from "./FileDiff";
import { useSplit } from "./use-split";

interface DiffTabProps {
  workspaceId: string;
  path: string;
  staged: boolean;
  readOnly: boolean;
}

const NONE: ReadonlySet<number> = new Set();

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
  // Lines of one part at a time; another part, or the same after a change, begins anew.
  const [choice, setChoice] = useState<{ hunk: string; lines: ReadonlySet<number> } | null>(null);
  const chosenOf = (hunk: GitHunk) => (choice?.hunk === hunk.id ? choice.lines : NONE);
  const act = (hunk: GitHunk, action: "stage" | "unstage" | "discard") => {
    const lines = [...chosenOf(hunk)];
    const ask = () => git.hunks(workspaceId, path, action, [hunk.id], lines.length > 0 ? lines : undefined);
    const what = lines.length > 0 ? counted(lines.length, "line") : "a part";
    if (action === "discard") void store.discard(`Discarded ${what}`, ask);
    else void store.run(`It was not ${action}d`, async () => (await ask()).status);
  };
  const word = (hunk: GitHunk, verb: string) => {
    const count = chosenOf(hunk).size;
    return count === 0 ? verb : `${verb} ${counted(count, "line")}`;
  };
  const actions = (hunk: GitHunk) =>
    readOnly ? null : (
      <span className="diff-actions">
        {staged ? (
          <Button size="s" disabled={busy} onClick={() => act(hunk, "unstage")}>
            {word(hunk, "Unstage")}
          </Button>
        ) : (
          <>
            <Button size="s" disabled={busy} onClick={() => act(hunk, "discard")}>
              {word(hunk, "Discard")}
            </Button>
            <Button size="s" disabled={busy} onClick={() => act(hunk, "stage")}>
              {word(hunk, "Stage")}
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
      {file !== undefined && (
        <FileDiff
          file={file}
          split={split}
          hunkActions={actions}
          choiceOf={(hunk) =>
            readOnly
              ? undefined
              : { chosen: chosenOf(hunk), onChoose: (lines) => setChoice({ hunk: hunk.id, lines }) }
          }
        />
      )}
      {diff.data?.truncated && file?.hunks.length !== 0 && (
        <p className="diff-note">The rest is too long to be shown.</p>
      )}
    </div>
  );
}
