import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { getVersion, listVersions, restoreVersion } from "../../api/documents";
import type { DocumentVersion } from "../../api/types";
import { notify, notifyFailure } from "../../live/notices";
import { useNow } from "../../live/use-now";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { ago } from "../ui/words";
import { authorName } from "./author-name";
import { CompareView } from "./CompareView";
import type { LiveFile } from "./live-file";

/** The list is asked for this often while somebody looks at it, in milliseconds. */
const REFRESH_MS = 10_000;
const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

interface TimelineProps {
  workspaceId: string;
  file: LiveFile;
  readOnly: boolean;
  onClose: () => void;
}

/** What a document went through: who changed it when, each state beside the present one, to be brought back. */
export function Timeline({ workspaceId, file, readOnly, onClose }: TimelineProps) {
  const now = useNow();
  const queries = useQueryClient();
  const key = ["document-history", workspaceId, file.path];
  const history = useQuery({
    queryKey: key,
    queryFn: () => listVersions(workspaceId, file.path),
    // Whoever opens it has just typed.
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
  const [chosen, setChosen] = useState<number | null>(null);
  const versions = history.data?.versions.toReversed() ?? [];
  // The newest one is what the text is now.
  const current = versions.find((it) => it.version === chosen) ?? versions[1] ?? versions[0];
  const restore = async (version: number) => {
    try {
      await restoreVersion(workspaceId, file.path, version);
      await queries.invalidateQueries({ queryKey: key });
      notify({ tone: "good", title: "Restored", detail: "What was there before is in the timeline." });
      onClose();
    } catch (error) {
      notifyFailure("It was not restored", error);
    }
  };
  if (history.isError) {
    return (
      <div className="editor-message" role="alert">
        <p>{messageOf(history.error)}</p>
        <Button onClick={onClose}>Back to the text</Button>
      </div>
    );
  }
  if (current === undefined) {
    return (
      <div className="editor-message">
        <p>{history.isPending ? "Reading the timeline…" : "Nothing was changed here yet."}</p>
        <Button onClick={onClose}>Back to the text</Button>
      </div>
    );
  }
  return (
    <section className="timeline" aria-label={`Timeline of ${file.path}`}>
      <ol className="timeline-list">
        {versions.map((it) => (
          <li key={it.version}>
            <button
              type="button"
              className="timeline-entry"
              aria-current={it.version === current.version}
              onClick={() => setChosen(it.version)}
            >
              <span>
                {authorsOf(it)}
                <small>
                  {ago(it.until_ms, now)}
                  {changesOf(it)}
                </small>
              </span>
            </button>
          </li>
        ))}
      </ol>
      <div className="timeline-side">
        <div className="timeline-bar">
          <span>{MOMENT.format(current.until_ms)}</span>
          {!readOnly && (
            <Button size="s" onClick={() => void restore(current.version)}>
              Restore this version
            </Button>
          )}
          <Button size="s" onClick={onClose}>
            Close
          </Button>
        </div>
        <Version workspaceId={workspaceId} file={file} version={current} />
      </div>
    </section>
  );
}

interface VersionProps {
  workspaceId: string;
  file: LiveFile;
  version: DocumentVersion;
}

function Version({ workspaceId, file, version }: VersionProps) {
  const text = useStore(file.text);
  const then = useQuery({
    // The last version goes on growing.
    queryKey: ["document-version", workspaceId, file.path, version.version, version.until_ms],
    queryFn: () => getVersion(workspaceId, file.path, version.version),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (then.isError) {
    return (
      <div className="editor-message" role="alert">
        {messageOf(then.error)}
      </div>
    );
  }
  if (then.data === undefined) return <div className="editor-message">Reading the version…</div>;
  return <CompareView path={file.path} mine={text} disk={then.data.text} names={["Now", "Then"]} />;
}

function authorsOf({ authors }: DocumentVersion): string {
  if (authors.length === 0) return "As it was found";
  const names = [...new Set(authors.map((it) => authorName(it.author)))].join(", ");
  return names.slice(0, 1).toUpperCase() + names.slice(1);
}

/** “, +12 −3”, in bytes. */
function changesOf({ authors }: DocumentVersion): string {
  const sum = (of: "added" | "removed") => authors.reduce((total, it) => total + it[of], 0);
  return authors.length === 0 ? "" : `, +${sum("added")} −${sum("removed")}`;
}
