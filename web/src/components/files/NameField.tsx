import { useState } from "react";
import { messageOf } from "../../api/client";
import { type FileTreeStore, nameProblem, type Row } from "../../live/file-tree";

interface NameFieldProps {
  store: FileTreeStore;
  row: Extract<Row, { kind: "naming" }>;
}

const LABELS = { rename: "New name", file: "Name of the new file", directory: "Name of the new folder" };

/** Where a name is typed in the tree. Enter takes it, Escape and leaving forget it. */
export function NameField({ store, row }: NameFieldProps) {
  const [name, setName] = useState(row.initial);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const take = async () => {
    const wrong = nameProblem(name);
    setProblem(wrong);
    if (wrong !== null) return;
    setBusy(true);
    try {
      await store.named(row.naming, name);
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <div className="files-naming">
      <input
        // biome-ignore lint/a11y/noAutofocus: the person asked to type a name here
        autoFocus
        aria-label={LABELS[row.naming.kind]}
        aria-invalid={problem !== null}
        aria-describedby="files-naming-problem"
        spellCheck={false}
        autoCapitalize="off"
        value={name}
        disabled={busy}
        onFocus={(event) => {
          const dot = name.lastIndexOf(".");
          event.target.setSelectionRange(0, 0 < dot ? dot : name.length);
        }}
        onChange={(event) => {
          setName(event.target.value);
          setProblem(null);
        }}
        onBlur={() => !busy && problem === null && store.name(null)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") store.name(null);
          if (event.key === "Enter") void take();
        }}
      />
      {problem !== null && (
        <p id="files-naming-problem" className="files-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
