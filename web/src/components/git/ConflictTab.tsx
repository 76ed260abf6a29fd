import { useQuery } from "@tanstack/react-query";
import { Check, FileText } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { git } from "../../api/git";
import { readFile, writeFile } from "../../api/kernel";
import type { GitConflict } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { keyOfView } from "../../live/editor-views";
import { gitStore } from "../../live/git-store";
import { notifyFailure } from "../../live/notices";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { ConflictPart } from "./ConflictPart";
import { ConflictWhole } from "./ConflictWhole";
import { type Choice, partsOf, resolved, withBases } from "./conflict-text";
import { isOther, namesOf, wholeChoice, wholeWords } from "./conflict-words";

interface ConflictTabProps {
  workspaceId: string;
  path: string;
  readOnly: boolean;
}

/** A file that both sides changed: ours, what both started from, theirs; and what it becomes. */
export function ConflictTab({ workspaceId, path, readOnly }: ConflictTabProps) {
  const store = gitStore(workspaceId);
  const { revision } = useStore(store);
  const conflict = useQuery({
    queryKey: ["git", workspaceId, "conflict", path, revision],
    queryFn: () => git.conflict(workspaceId, path),
    placeholderData: (previous) => previous,
  });
  if (conflict.isError) {
    return (
      <Explain
        icon={<Check />}
        title="There is no conflict here any more"
        actions={<Button onClick={() => editorStore(workspaceId).openFile(path)}>Open the file</Button>}
      >
        {messageOf(conflict.error)}
      </Explain>
    );
  }
  if (conflict.data === undefined) return <div className="diff" aria-busy="true" />;
  return (
    <Decide
      // Another text is another set of choices.
      key={conflict.data.current}
      workspaceId={workspaceId}
      conflict={conflict.data}
      readOnly={readOnly}
    />
  );
}

interface DecideProps {
  workspaceId: string;
  conflict: GitConflict;
  readOnly: boolean;
}

function Decide({ workspaceId, conflict, readOnly }: DecideProps) {
  const store = gitStore(workspaceId);
  const { busy, status } = useStore(store);
  const { path } = conflict;
  const marked = conflict.current == null ? null : partsOf(conflict.current);
  const parts = marked === null ? null : withBases(marked, conflict.base ?? null);
  const count = parts?.filter((it) => it.kind === "conflict").length ?? 0;
  const [choices, setChoices] = useState<(Choice | null)[]>(() => Array(count).fill(null));
  const left = choices.filter((it) => it === null).length;
  const names = namesOf(conflict, status?.operation);
  const take = async (side?: "ours" | "theirs", back?: () => Promise<unknown>) => {
    const key = keyOfView({ kind: "conflict", path });
    const reopen = async () => {
      await back?.();
      editorStore(workspaceId).openFile(key);
    };
    if (await store.resolve(path, side, reopen)) editorStore(workspaceId).closeFile(key);
  };
  const apply = async () => {
    const { current } = conflict;
    if (parts === null || current == null || left > 0) return;
    const text = resolved(parts, choices as Choice[]);
    try {
      await replaceText(workspaceId, path, current, text);
    } catch (error) {
      store.refresh();
      notifyFailure("It was not resolved", error);
      return;
    }
    await take(undefined, () => replaceText(workspaceId, path, text, current));
  };
  let at = -1;
  return (
    <div className="diff">
      <header className="diff-head">
        <span className="diff-title">{path}</span>
        <Button size="s" icon={<FileText />} onClick={() => editorStore(workspaceId).openFile(path)}>
          Open file
        </Button>
      </header>
      {!readOnly && (
        <div className="conflict-bar">
          <p>
            {parts === null
              ? wholeWords(conflict)
              : left === 0
                ? "Every place is decided."
                : `${left} of ${count} ${count === 1 ? "place" : "places"} to decide.`}
          </p>
          <Button size="s" busy={busy} onClick={() => void take("ours")}>
            {wholeChoice(conflict, "ours", names)}
          </Button>
          <Button size="s" busy={busy} onClick={() => void take("theirs")}>
            {wholeChoice(conflict, "theirs", names)}
          </Button>
          {parts === null ? (
            isOther(conflict) && (
              <Button size="s" busy={busy} onClick={() => void take()}>
                Take as it is
              </Button>
            )
          ) : (
            <Button size="s" look="ink" busy={busy} disabled={left > 0} onClick={() => void apply()}>
              Write and mark as resolved
            </Button>
          )}
        </div>
      )}
      {parts === null && <ConflictWhole conflict={conflict} names={names} />}
      {parts?.map((part, index) => {
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name and never move
        if (part.kind === "same") return <Same key={index} lines={part.lines} />;
        at += 1;
        const place = at;
        return (
          <ConflictPart
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            key={index}
            part={part}
            names={names}
            choice={choices[place] ?? null}
            readOnly={readOnly}
            onChoose={(choice) => setChoices(choices.map((it, i) => (i === place ? choice : it)))}
          />
        );
      })}
    </div>
  );
}

/** What both sides have; only its ends matter here. */
function Same({ lines }: { lines: string[] }) {
  const [whole, setWhole] = useState(false);
  const shown = whole || lines.length <= 8 ? lines : [...lines.slice(0, 3), "", ...lines.slice(-3)];
  return (
    <pre className="conflict-same">
      {shown.join("\n")}
      {!whole && lines.length > 8 && (
        <button type="button" onClick={() => setWhole(true)}>
          show {lines.length - 6} more lines
        </button>
      )}
    </pre>
  );
}

/** Writes `to` where `from` is; refuses when it is something else by now. */
async function replaceText(workspaceId: string, path: string, from: string, to: string): Promise<void> {
  const { bytes, etag } = await readFile(workspaceId, path);
  if (new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) !== from) {
    throw new Error("The file has changed meanwhile; nothing was written. Look at it again.");
  }
  await writeFile(workspaceId, path, to, etag);
}
