/** Search and replace in one text: a line above it, with how many places there are. */
import {
  closeSearchPanel,
  findNext,
  findPrevious,
  getSearchQuery,
  replaceAll,
  replaceNext,
  SearchQuery,
  selectMatches,
  setSearchQuery,
} from "@codemirror/search";
import type { Command, EditorView, Panel, ViewUpdate } from "@codemirror/view";
import { runScopeHandlers } from "@codemirror/view";

/** Places that are counted; whoever has more searches for less. */
const COUNTED_MAX = 1_000;

type Option = "caseSensitive" | "wholeWord" | "regexp";

const OPTIONS: readonly (readonly [option: Option, sign: string, label: string])[] = [
  ["caseSensitive", "Aa", "Match case"],
  ["wholeWord", "ab", "Whole words"],
  ["regexp", ".*", "Regular expression"],
];

export function searchPanel(view: EditorView): Panel {
  return new SearchPanel(view);
}

class SearchPanel implements Panel {
  readonly dom: HTMLElement;
  readonly top = true;
  readonly #view: EditorView;
  readonly #wanted: HTMLInputElement;
  readonly #replacement: HTMLInputElement;
  readonly #count = document.createElement("span");
  readonly #options: ReadonlyMap<Option, HTMLButtonElement>;

  constructor(view: EditorView) {
    this.#view = view;
    const { search, replace } = getSearchQuery(view.state);
    this.#wanted = field("Search in the file", search, () => this.#commit());
    this.#wanted.setAttribute("main-field", "true");
    this.#replacement = field("Replace by", replace, () => this.#commit());
    this.#count.className = "cm-find-count";
    this.#count.role = "status";
    this.#options = new Map(
      OPTIONS.map(([option, sign, label]) => {
        const toggle = button(sign, label, () => this.#commit(option));
        toggle.classList.add("cm-find-option");
        return [option, toggle];
      }),
    );
    const find = document.createElement("div");
    find.append(
      together(this.#wanted, ...this.#options.values()),
      this.#count,
      this.#does("↑", "Previous place (Shift+Enter)", findPrevious),
      this.#does("↓", "Next place (Enter)", findNext),
      this.#does("All", "Select all places", selectMatches),
      this.#does("×", "Close the search", closeSearchPanel),
    );
    this.dom = document.createElement("div");
    this.dom.className = "cm-find";
    this.dom.role = "search";
    this.dom.ariaLabel = "Search and replace in the file";
    this.dom.append(find);
    if (!view.state.readOnly) this.dom.append(this.#replacing());
    this.dom.addEventListener("keydown", (event) => this.#pressed(event));
    this.#show();
  }

  mount(): void {
    this.#wanted.select();
  }

  update({ state, transactions, docChanged, selectionSet }: ViewUpdate): void {
    const isNew = transactions.some((it) => it.effects.some((effect) => effect.is(setSearchQuery)));
    if (isNew) {
      const { search, replace } = getSearchQuery(state);
      if (this.#wanted.value !== search) this.#wanted.value = search;
      if (this.#replacement.value !== replace) this.#replacement.value = replace;
    }
    if (isNew || docChanged || selectionSet) this.#show();
  }

  #replacing(): HTMLElement {
    const line = document.createElement("div");
    line.append(
      together(this.#replacement),
      this.#does("Replace", "Replace this place (Enter)", replaceNext),
      this.#does("Replace all", "Replace all places", replaceAll),
    );
    return line;
  }

  #does(sign: string, label: string, command: Command): HTMLButtonElement {
    return button(sign, label, () => command(this.#view));
  }

  /** Searches for what is typed, with an option turned over. */
  #commit(turned?: Option): void {
    const before = getSearchQuery(this.#view.state);
    const option = (it: Option) => (it === turned ? !before[it] : before[it]);
    const query = new SearchQuery({
      search: this.#wanted.value,
      replace: this.#replacement.value,
      caseSensitive: option("caseSensitive"),
      wholeWord: option("wholeWord"),
      regexp: option("regexp"),
    });
    if (!query.eq(before)) this.#view.dispatch({ effects: setSearchQuery.of(query) });
  }

  #pressed(event: KeyboardEvent): void {
    const isEnter = event.key === "Enter" && !event.isComposing;
    if (isEnter && event.target === this.#wanted) (event.shiftKey ? findPrevious : findNext)(this.#view);
    else if (isEnter && event.target === this.#replacement) replaceNext(this.#view);
    else if (!runScopeHandlers(this.#view, event, "search-panel")) return;
    event.preventDefault();
  }

  #show(): void {
    const query = getSearchQuery(this.#view.state);
    for (const [option, toggle] of this.#options) toggle.ariaPressed = String(query[option]);
    this.#count.textContent = this.#words(query);
    this.#wanted.ariaInvalid = String(query.search !== "" && !query.valid);
  }

  #words(query: SearchQuery): string {
    if (query.search === "") return "";
    if (!query.valid) return "Not a regular expression";
    const { from, to } = this.#view.state.selection.main;
    const places = query.getCursor(this.#view.state);
    let [count, at] = [0, 0];
    for (let next = places.next(); next.done !== true && count <= COUNTED_MAX; next = places.next()) {
      count += 1;
      if (next.value.from === from && next.value.to === to) at = count;
    }
    if (count === 0) return "Nothing found";
    const all = count > COUNTED_MAX ? `more than ${COUNTED_MAX}` : String(count);
    return at === 0 ? all : `${at} of ${all}`;
  }
}

function field(label: string, value: string, onInput: () => void): HTMLInputElement {
  const made = document.createElement("input");
  made.value = value;
  made.placeholder = label;
  made.ariaLabel = label;
  made.spellcheck = false;
  made.autocapitalize = "off";
  made.autocomplete = "off";
  made.addEventListener("input", onInput);
  return made;
}

function button(sign: string, label: string, onClick: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = sign;
  made.title = label;
  // A word that can be read is a name; a sign is none.
  if (!label.startsWith(sign)) made.ariaLabel = label;
  made.addEventListener("click", onClick);
  return made;
}

function together(...parts: HTMLElement[]): HTMLElement {
  const made = document.createElement("div");
  made.className = "cm-find-field";
  made.append(...parts);
  return made;
}
