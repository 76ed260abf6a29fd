import { CaseSensitive, ChevronRight, Regex, ReplaceAll, SlidersHorizontal, WholeWord } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { counted } from "../../live/search-results";
import { replaceable, type SearchState, type SearchStore } from "../../live/search-store";
import { IconButton } from "../ui/IconButton";

interface SearchFormProps {
  store: SearchStore;
  state: SearchState;
  readOnly: boolean;
  /** The person wants to walk through the results. */
  onDown: () => void;
}

type Switch = "matchCase" | "word" | "regex";

const SWITCHES: readonly { name: Switch; code: string; label: string; keys: string; icon: ReactNode }[] = [
  { name: "matchCase", code: "KeyC", label: "Match case", keys: "Alt+C", icon: <CaseSensitive /> },
  { name: "word", code: "KeyW", label: "Whole words", keys: "Alt+W", icon: <WholeWord /> },
  { name: "regex", code: "KeyR", label: "Regular expression", keys: "Alt+R", icon: <Regex /> },
];

/** What is looked for, what it becomes, and where. */
export function SearchForm({ store, state, readOnly, onDown }: SearchFormProps) {
  const { form, failure, replaced, phase, wish } = state;
  const text = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const answered = useRef(0);
  useEffect(() => {
    if (wish === answered.current) return;
    answered.current = wish;
    text.current?.focus();
    text.current?.select();
  }, [wish]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const toggled = event.altKey && SWITCHES.find((it) => it.code === event.code);
    if (toggled) store.edit({ [toggled.name]: !form[toggled.name] });
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) store.run();
    else if (event.key === "ArrowDown") onDown();
    else return;
    event.preventDefault();
  };
  const bad = (field: string) => failure?.field === field || undefined;
  const able = replaceable(state.files);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of every field in it
    <div className="search-form" onKeyDown={onKeyDown}>
      <div className="search-line">
        {!readOnly && (
          <button
            type="button"
            className="search-twist"
            aria-label="Replace"
            title="Replace"
            aria-expanded={form.replacing}
            onClick={() => store.edit({ replacing: !form.replacing })}
          >
            <ChevronRight aria-hidden="true" />
          </button>
        )}
        <div className="search-box" data-bad={bad("q")}>
          <input
            ref={text}
            className="search-text"
            type="text"
            aria-label="Search"
            placeholder="Search"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-invalid={bad("q")}
            aria-describedby={failure === null ? undefined : "search-failure"}
            value={form.text}
            onChange={(event) => store.edit({ text: event.target.value })}
          />
          {SWITCHES.map((it) => (
            <IconButton
              key={it.name}
              className="search-switch"
              label={it.label}
              keys={it.keys}
              icon={it.icon}
              pressed={form[it.name]}
              onClick={() => store.edit({ [it.name]: !form[it.name] })}
            />
          ))}
        </div>
      </div>
      {form.replacing && !readOnly && (
        <div className="search-line search-indented">
          <div className="search-box" data-bad={bad("replacement")}>
            <input
              type="text"
              aria-label="Replace with"
              placeholder={form.regex ? "Replace with, $1 for a group" : "Replace with"}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={form.replacement}
              onChange={(event) => store.edit({ replacement: event.target.value })}
            />
            <IconButton
              className="search-switch"
              label={
                able.matches === 0
                  ? "Replace all"
                  : `Replace ${able.matches.toLocaleString("en")} in ${counted(able.files, "file")}`
              }
              icon={<ReplaceAll />}
              disabled={phase !== "done" || able.matches === 0 || replaced?.phase === "running"}
              onClick={() => void store.replace()}
            />
          </div>
        </div>
      )}
      <div className="search-line search-indented">
        <button
          type="button"
          className="search-more"
          aria-expanded={form.details}
          onClick={() => store.edit({ details: !form.details })}
        >
          <SlidersHorizontal aria-hidden="true" />
          {whereWords(state)}
        </button>
      </div>
      {form.details && <Where store={store} state={state} />}
    </div>
  );
}

function whereWords({ form }: SearchState): string {
  const parts = [
    form.include !== "" && `in ${form.include}`,
    form.exclude !== "" && `not in ${form.exclude}`,
    form.ignored && "with ignored files",
  ].filter((it) => it !== false);
  return parts.length === 0 ? "All files" : parts.join(", ");
}

/** Which files are looked into. */
function Where({ store, state: { form, failure } }: { store: SearchStore; state: SearchState }) {
  const field = (name: "include" | "exclude", label: string, placeholder: string) => (
    <label className="search-where">
      {label}
      <input
        type="text"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder={placeholder}
        aria-invalid={failure?.field === name || undefined}
        value={form[name]}
        onChange={(event) => store.edit({ [name]: event.target.value })}
      />
    </label>
  );
  return (
    <div className="search-indented">
      {field("include", "Files to include", "*.ts, src")}
      {field("exclude", "Files to leave out", "*.lock, docs")}
      <label className="search-check">
        <input
          type="checkbox"
          checked={form.ignored}
          onChange={(event) => store.edit({ ignored: event.target.checked })}
        />
        Ignored files, too
      </label>
    </div>
  );
}
