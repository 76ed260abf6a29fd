/** What this browser remembers about its person: theme, editor and terminal taste. */
import { Cell } from "./store";

export type Theme = "system" | "light" | "dark";

/** Whose keys the editor has. */
export type KeyMap = "usual" | "vim" | "emacs";

export interface Preferences {
  theme: Theme;
  /** Pixels. */
  editorFontSize: number;
  editorWrap: boolean;
  editorKeys: KeyMap;
  /** The whole text in small at the side. */
  editorOverview: boolean;
  /** Gives a text its form when it is saved by hand, where a language server can. */
  formatOnSave: boolean;
  /** Pixels. */
  terminalFontSize: number;
  /** Mirrors the terminal's text for screen readers, at some cost in speed. */
  terminalScreenReader: boolean;
}

const DEFAULTS: Preferences = {
  theme: "system",
  editorFontSize: 13,
  editorWrap: false,
  editorKeys: "usual",
  editorOverview: false,
  formatOnSave: false,
  terminalFontSize: 13,
  terminalScreenReader: false,
};

const KEY = "stead.preferences";
const THEME_KEY = "stead.theme";

function restore(): Preferences {
  try {
    const saved = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    return { ...DEFAULTS, ...saved };
  } catch {
    return DEFAULTS;
  }
}

const cell = new Cell<Preferences>(restore());

export const preferences = { get: cell.get, subscribe: cell.subscribe };

/** Changes some preferences, applies and remembers them. */
export function setPreferences(change: Partial<Preferences>): void {
  cell.update((it) => ({ ...it, ...change }));
  const { theme } = cell.get();
  applyTheme(theme);
  try {
    localStorage.setItem(KEY, JSON.stringify(cell.get()));
    // `public/theme.js` reads this before the first paint.
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Storage is blocked: the choice lasts until the page closes.
  }
}

function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

// Every tab follows the one in which something was chosen, and none takes it back with its next choice.
addEventListener("storage", ({ key }) => {
  if (key !== KEY && key !== null) return;
  cell.update(restore);
  applyTheme(cell.get().theme);
});

const darkQuery = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;

/** Whether the page is dark now, whoever chose it. */
export const darkMode = {
  get: (): boolean => {
    const { theme } = cell.get();
    return theme === "system" ? (darkQuery?.matches ?? false) : theme === "dark";
  },
  subscribe: (listener: () => void): (() => void) => {
    const forget = cell.subscribe(listener);
    darkQuery?.addEventListener("change", listener);
    return () => {
      forget();
      darkQuery?.removeEventListener("change", listener);
    };
  },
};
