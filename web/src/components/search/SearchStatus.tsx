import { ChevronsDownUp, ChevronsUpDown, Undo2, X } from "lucide-react";
import { counted, countOf, countWords } from "../../live/search-results";
import type { Replaced, SearchFailure, SearchState, SearchStore } from "../../live/search-store";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";

interface SearchStatusProps {
  store: SearchStore;
  state: SearchState;
  replacing: boolean;
}

/** How the search stands, and what the last replacement did. */
export function SearchStatus({ store, state, replacing }: SearchStatusProps) {
  const { phase, files, failure, replaced, looked, form } = state;
  const folded = files.length > 0 && state.folded.size === files.length;
  return (
    <div className="search-status">
      {replaced !== null && <Outcome store={store} replaced={replaced} />}
      {failure !== null && <Failure failure={failure} pattern={form.text} />}
      {phase === "running" && (
        <div className="search-counts">
          <span className="search-busy" aria-hidden="true" />
          <span role="status">
            {countOf(files).toLocaleString("en")} so far
            {looked > 0 && ` · ${counted(looked, "file")} read`}
          </span>
          <IconButton label="Stop searching" keys="Esc" icon={<X />} onClick={store.cancel} />
        </div>
      )}
      {phase === "done" && files.length > 0 && (
        <div className="search-counts">
          <span role="status">{countWords(countOf(files), files.length)}</span>
          <IconButton
            label={folded ? "Unfold all" : "Fold all"}
            icon={folded ? <ChevronsUpDown /> : <ChevronsDownUp />}
            onClick={() => store.foldAll(!folded)}
          />
        </div>
      )}
      {phase === "done" && notesOf(state, replacing).map((it) => <p key={it}>{it}</p>)}
    </div>
  );
}

/** What a person should know about results that are not everything. */
function notesOf({ summary, files }: SearchState, replacing: boolean): string[] {
  if (summary === null) return files.length > 0 ? ["The search was stopped; these are not all."] : [];
  const { ended_early, long_lines, unreadable } = summary;
  const kept = replacing ? files.filter((it) => typeof it.kept === "string").length : 0;
  return [
    ended_early === "matches" && "There are more. Narrow the search to see them.",
    ended_early === "time" && "The search took too long and was ended. Narrow it, or leave folders out.",
    ended_early !== "matches" &&
      files.some((it) => it.truncated) &&
      "Only the first 1,000 results of a file are shown.",
    long_lines > 0 && `${counted(long_lines, "file")} with very long lines were not read to the end.`,
    unreadable > 0 && `${counted(unreadable, "file")} could not be read.`,
    kept > 0 && `${counted(kept, "file")} cannot be changed here and will be left as they are.`,
  ].filter((it) => it !== false && it !== undefined);
}

function Failure({ failure, pattern }: { failure: SearchFailure; pattern: string }) {
  const { position, message, field } = failure;
  return (
    <div className="search-failure" id="search-failure" role="alert">
      <p>{message}</p>
      {field === "q" && position !== null && (
        <code>
          {pattern.slice(0, position)}
          <mark>{pattern.slice(position, position + 1) || "␣"}</mark>
          {pattern.slice(position + 1)}
        </code>
      )}
    </div>
  );
}

function Outcome({ store, replaced }: { store: SearchStore; replaced: Replaced }) {
  const { phase, left, undo } = replaced;
  return (
    <section className="search-outcome" aria-label="Last replacement">
      <div>
        <span role="status">{outcomeWords(replaced)}</span>
        {phase === "done" && undo !== null && (
          <Button size="s" icon={<Undo2 />} onClick={() => void store.undo()}>
            Undo replace
          </Button>
        )}
        {phase !== "running" && <IconButton label="Close" icon={<X />} onClick={store.forgetReplaced} />}
      </div>
      {left.length > 0 && (
        <ul>
          {left.slice(0, 5).map((it) => (
            <li key={it.path}>
              {it.path !== "" && <b>{it.path}: </b>}
              {it.left}
            </li>
          ))}
          {left.length > 5 && <li>and {counted(left.length - 5, "file")} more</li>}
        </ul>
      )}
    </section>
  );
}

function outcomeWords({ phase, replaced, files, left }: Replaced): string {
  if (phase === "running") return `Replacing: ${counted(files, "file")} done`;
  const rest = left.length > 0 ? `; ${counted(left.length, "file")} left alone` : "";
  if (phase === "undone") return `Taken back in ${counted(files, "file")}${rest}`;
  if (files === 0) return `Nothing was replaced${rest}`;
  return `Replaced ${replaced.toLocaleString("en")} in ${counted(files, "file")}${rest}`;
}
