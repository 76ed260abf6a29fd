import type { ISearchOptions, SearchAddon } from "@xterm/addon-search";
import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useEffect, useState } from "react";

const OPTIONS: ISearchOptions = {
  decorations: {
    matchBackground: "#d8b75a",
    matchOverviewRuler: "#d8b75a",
    activeMatchBackground: "#e8853d",
    activeMatchColorOverviewRuler: "#e8853d",
  },
};

/** Finds text in a terminal's screen and scrollback. */
export function TerminalSearch({ search, onClose }: { search: SearchAddon; onClose: () => void }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<{ index: number; count: number } | null>(null);
  useEffect(() => {
    const listening = search.onDidChangeResults(({ resultIndex, resultCount }) =>
      setFound({ index: resultIndex, count: resultCount }),
    );
    return () => listening.dispose();
  }, [search]);
  const look = (value: string) => {
    setText(value);
    if (value === "") {
      search.clearDecorations();
      setFound(null);
    } else search.findPrevious(value, { ...OPTIONS, incremental: true });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") onClose();
    if (event.key !== "Enter") return;
    if (event.shiftKey) search.findNext(text, OPTIONS);
    else search.findPrevious(text, OPTIONS);
  };
  return (
    <search className="terminal-search">
      <input
        // biome-ignore lint/a11y/noAutofocus: the person asked for this field with a key
        autoFocus
        type="search"
        aria-label="Find in terminal"
        placeholder="Find in terminal"
        value={text}
        onChange={(event) => look(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <span className="terminal-search-count" aria-live="polite">
        {found === null ? "" : found.count === 0 ? "No match" : `${found.index + 1} of ${found.count}`}
      </span>
      <button type="button" aria-label="Previous match" onClick={() => search.findPrevious(text, OPTIONS)}>
        <ChevronUp size={16} />
      </button>
      <button type="button" aria-label="Next match" onClick={() => search.findNext(text, OPTIONS)}>
        <ChevronDown size={16} />
      </button>
      <button type="button" aria-label="Close search" onClick={onClose}>
        <X size={16} />
      </button>
    </search>
  );
}
