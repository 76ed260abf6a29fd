import { CircleCheck, CircleX } from "lucide-react";
import type { BuildError, RuntimeState } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import type { LayoutStore } from "../../live/layout-store";
import { Explain } from "../ui/Explain";
import styles from "./Lists.module.css";

interface ProblemsProps {
  workspaceId: string;
  runtime: RuntimeState;
  layoutStore: LayoutStore;
}

/** What the compilers last complained about; a click goes there. */
export function Problems({ workspaceId, runtime, layoutStore }: ProblemsProps) {
  const { status, errors } = runtime.build;
  if (errors.length === 0) {
    const titles = {
      idle: "No build was seen yet",
      building: "Building…",
      success: "The last build succeeded",
      failed: "The build failed",
    };
    return (
      <Explain icon={<CircleCheck />} title={titles[status]}>
        {status === "failed" ? "The tool named no place; its output is in the dev server's log." : null}
      </Explain>
    );
  }
  const open = ({ file, line, column }: BuildError) => {
    layoutStore.showEditor();
    editorStore(workspaceId).openFile(file, { line: Math.max(1, line), column: Math.max(1, column) });
  };
  return (
    <ul className={styles["list"]}>
      {errors.map((error) => (
        <li key={`${error.file}:${error.line}:${error.column}:${error.message}`}>
          <button
            type="button"
            className={styles["row"]}
            disabled={error.file === ""}
            onClick={() => open(error)}
          >
            <CircleX className={styles["bad"]} />
            <span className={styles["message"]}>{error.message}</span>
            {error.file !== "" && (
              <code>
                {error.file}
                {error.line > 0 && `:${error.line}${error.column > 0 ? `:${error.column}` : ""}`}
              </code>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
}
