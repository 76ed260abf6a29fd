import { useStore } from "../../live/use-store";
import type { TerminalScreen } from "./terminal-screen";

/** Keys that a phone's keyboard lacks: label, what is typed, what a screen reader says. */
const KEYS: readonly (readonly [string, string, string])[] = [
  ["esc", "\x1b", "Escape"],
  ["tab", "\t", "Tab"],
  ["↑", "\x1b[A", "Up"],
  ["↓", "\x1b[B", "Down"],
  ["←", "\x1b[D", "Left"],
  ["→", "\x1b[C", "Right"],
  ["/", "/", "Slash"],
  ["-", "-", "Dash"],
  ["|", "|", "Pipe"],
  ["~", "~", "Tilde"],
  ["home", "\x1b[H", "Home"],
  ["end", "\x1b[F", "End"],
  ["pgup", "\x1b[5~", "Page up"],
  ["pgdn", "\x1b[6~", "Page down"],
];

const CURSOR_KEYS = new Set(["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F"]);

/** A row of keys under a terminal, shown where fingers point. */
export function ExtraKeys({ screen }: { screen: TerminalScreen }) {
  const sticky = useStore(screen.sticky);
  const press = (data: string) => {
    // Cursor keys have another form while a program asks for it (DECCKM).
    const application = screen.terminal.modes.applicationCursorKeysMode;
    screen.type(application && CURSOR_KEYS.has(data) ? data.replace("[", "O") : data);
    screen.focus();
  };
  // The keyboard stays open: a tap on a key must not take the focus from the terminal.
  const keepFocus = (event: React.PointerEvent) => event.preventDefault();
  return (
    <div className="terminal-keys" role="toolbar" aria-label="Terminal keys" onPointerDown={keepFocus}>
      {(["ctrl", "alt"] as const).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={sticky[name]}
          onClick={() => screen.sticky.update((it) => ({ ...it, [name]: !it[name] }))}
        >
          {name}
        </button>
      ))}
      {KEYS.map(([label, data, spoken]) => (
        <button key={label} type="button" aria-label={spoken} onClick={() => press(data)}>
          {label}
        </button>
      ))}
      <button type="button" onClick={() => void screen.paste()}>
        paste
      </button>
    </div>
  );
}
