import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import type { RuntimeState } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { languages } from "../../live/language/languages";
import type { LayoutStore } from "../../live/layout-store";
import { useStore } from "../../live/use-store";
import { Explain } from "../ui/Explain";
import styles from "./Lists.module.css";
import { type Complaint, complaintsOf } from "./problem-list";

interface ProblemsProps {
  workspaceId: string;
  runtime: RuntimeState;
  layoutStore: LayoutStore;
}

/** What the compilers last complained about, and what language servers say; a click goes there. */
export function Problems({ workspaceId, runtime, layoutStore }: ProblemsProps) {
  const found = useStore(languages(workspaceId).problems);
  const list = complaintsOf(runtime.build.errors, found);
  if (list.length === 0) {
    const { status } = runtime.build;
    const titles = {
      idle: "No problems are known",
      building: "Building…",
      success: "The last build succeeded",
      failed: "The build failed",
    };
    return (
      <Explain icon={<CircleCheck />} title={titles[status]}>
        {status === "failed" && "The tool named no place; its output is in the dev server's log."}
        {status === "idle" && "They come from builds, and from language servers of the files that are open."}
      </Explain>
    );
  }
  const open = ({ file, line, column }: Complaint) => {
    layoutStore.showEditor();
    editorStore(workspaceId).openFile(file, { line: Math.max(1, line), column: Math.max(1, column) });
  };
  return (
    <ul className={styles["list"]}>
      {list.map((it) => (
        <li key={`${it.source}:${it.file}:${it.line}:${it.column}:${it.message}`}>
          <button type="button" className={styles["row"]} disabled={it.file === ""} onClick={() => open(it)}>
            {it.isError ? (
              <CircleX className={styles["bad"]} aria-label="Error" />
            ) : (
              <TriangleAlert className={styles["warning"]} aria-label="Warning" />
            )}
            <span className={styles["message"]}>{it.message}</span>
            {it.source !== "" && <span className={styles["source"]}>{it.source}</span>}
            {it.file !== "" && (
              <code>
                {it.file}
                {it.line > 0 && `:${it.line}${it.column > 0 ? `:${it.column}` : ""}`}
              </code>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
}
