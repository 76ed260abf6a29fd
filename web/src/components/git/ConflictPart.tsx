import type { Choice, Part } from "./conflict-text";
import type { SideNames } from "./conflict-words";
import { markedAgainst } from "./word-diff";

interface ConflictPartProps {
  part: Extract<Part, { kind: "conflict" }>;
  names: SideNames;
  choice: Choice | null;
  readOnly: boolean;
  onChoose: (choice: Choice) => void;
}

/** One place where the sides differ, side by side, and the choice between them. */
export function ConflictPart({ part, names, choice, readOnly, onChoose }: ConflictPartProps) {
  const choices: readonly { choice: Choice; label: string }[] = [
    { choice: "ours", label: names.our },
    { choice: "theirs", label: names.their },
    { choice: "both", label: "Both" },
    { choice: "neither", label: "Neither" },
  ];
  const taken = (side: "ours" | "theirs") => choice === side || choice === "both";
  return (
    <section className="conflict-part" aria-label="Conflict" data-decided={choice !== null || undefined}>
      <div className="conflict-sides">
        <Side
          name={names.ours}
          lines={part.ours}
          base={part.base}
          taken={choice === null ? null : taken("ours")}
        />
        {part.base !== null && <Side name="Both started from" lines={part.base} isBase taken={null} />}
        <Side
          name={names.theirs}
          lines={part.theirs}
          base={part.base}
          taken={choice === null ? null : taken("theirs")}
        />
      </div>
      {!readOnly && (
        <fieldset className="conflict-choices" aria-label="What becomes of it">
          {choices.map((it) => (
            <button
              key={it.choice}
              type="button"
              aria-pressed={choice === it.choice}
              onClick={() => onChoose(it.choice)}
            >
              {it.label}
            </button>
          ))}
        </fieldset>
      )}
    </section>
  );
}

interface SideProps {
  name: string;
  lines: string[];
  /** What it is compared with. */
  base?: string[] | null;
  isBase?: boolean;
  taken: boolean | null;
}

function Side({ name, lines, base = null, isBase, taken }: SideProps) {
  return (
    <div className="conflict-side" data-base={isBase || undefined} data-taken={taken ?? undefined}>
      <h4>{name}</h4>
      <pre>
        {lines.length === 0 ? (
          <em>nothing</em>
        ) : (
          markedAgainst(base, lines).map(({ text, changed }, index) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name and never move
            changed ? <mark key={index}>{text}</mark> : text,
          )
        )}
      </pre>
    </div>
  );
}
