/** The screen of one terminal in the page: xterm.js fed by a {@link TerminalConnection}. */
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal } from "@xterm/xterm";
import { Cell } from "../../live/store";
import { TerminalConnection, type TerminalSize } from "../../live/terminal-connection";
import { silenceReplies } from "./silence-replies";
import { terminalTheme } from "./terminal-theme";

/** Lines kept above the screen in the page. */
const SCROLLBACK_LINES = 5_000;
/** How long the frame flashes for a bell, in milliseconds. */
const BELL_MS = 150;

export interface ScreenLook {
  fontSize: number;
  dark: boolean;
  screenReader: boolean;
}

export class TerminalScreen {
  readonly connection: TerminalConnection;
  readonly terminal: Terminal;
  readonly search = new SearchAddon();
  /** Set while another client's window decides the size. */
  readonly foreignSize = new Cell<TerminalSize | null>(null);
  readonly ringing = new Cell(false);
  readonly #fit = new FitAddon();
  readonly #element: HTMLElement;
  readonly #resizeObserver: ResizeObserver;
  readonly #forget: (() => void)[] = [];
  /** A modifier of the phone keys that applies to the next key. */
  readonly sticky = new Cell<{ ctrl: boolean; alt: boolean }>({ ctrl: false, alt: false });
  #bellTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement, workspaceId: string, name: string, look: ScreenLook) {
    this.#element = element;
    this.terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: true,
      fontFamily: getComputedStyle(element).getPropertyValue("--mono"),
      fontSize: look.fontSize,
      lineHeight: 1.2,
      macOptionIsMeta: true,
      minimumContrastRatio: 4.5,
      screenReaderMode: look.screenReader,
      scrollback: SCROLLBACK_LINES,
      theme: terminalTheme(look.dark),
      linkHandler: { activate: openLink },
    });
    this.terminal.loadAddon(this.#fit);
    this.terminal.loadAddon(this.search);
    this.terminal.loadAddon(new Unicode11Addon());
    this.terminal.unicode.activeVersion = "11";
    this.terminal.loadAddon(new WebLinksAddon(openLink));
    silenceReplies(this.terminal);
    this.terminal.open(element);
    void this.#measureAgain();
    this.#accelerate();
    this.connection = new TerminalConnection(workspaceId, name, this.#size());
    this.#listen();
    this.#resizeObserver = new ResizeObserver(() => this.fit());
    this.#resizeObserver.observe(element);
    this.terminal.attachCustomKeyEventHandler((event) => this.#key(event));
  }

  dispose(): void {
    clearTimeout(this.#bellTimer);
    this.#resizeObserver.disconnect();
    for (const forget of this.#forget) forget();
    this.connection.dispose();
    this.terminal.dispose();
  }

  /** Changes what can change while it runs. */
  restyle(look: ScreenLook): void {
    this.terminal.options.theme = terminalTheme(look.dark);
    this.terminal.options.screenReaderMode = look.screenReader;
    if (this.terminal.options.fontSize !== look.fontSize) {
      this.terminal.options.fontSize = look.fontSize;
      this.fit();
    }
  }

  focus(): void {
    this.terminal.focus();
  }

  /** Tells the kernel how much fits; the size on screen follows when the kernel says so. */
  fit(): void {
    if (this.#element.offsetParent === null) return;
    const size = this.#size();
    this.connection.resize(size);
    this.#compare(size);
  }

  /** Types as if from the keyboard, with the sticky modifiers. */
  type(data: string): void {
    const { ctrl, alt } = this.sticky.get();
    this.sticky.set({ ctrl: false, alt: false });
    const code = data.length === 1 ? data.toLowerCase().charCodeAt(0) : 0;
    const controlled = ctrl && 0x40 <= code && code < 0x80 ? String.fromCharCode(code & 0x1f) : data;
    this.connection.input(alt ? `\x1b${controlled}` : controlled);
  }

  async copy(): Promise<void> {
    const selection = this.terminal.getSelection();
    if (selection !== "") await navigator.clipboard.writeText(selection);
  }

  async paste(): Promise<void> {
    this.terminal.paste(await navigator.clipboard.readText());
  }

  #listen(): void {
    const { connection, terminal } = this;
    this.#forget.push(
      connection.changes.on((change) => {
        if (change.kind === "size") {
          // In order with the bytes before it: those were meant for the old size.
          terminal.write("", () => this.#apply(change));
          return;
        }
        const shown = connection.offset;
        if (change.kind === "redraw") terminal.write("\x1bc");
        terminal.write(change.bytes, () => connection.shown(shown));
      }),
      connection.bell.on(() => {
        this.ringing.set(true);
        clearTimeout(this.#bellTimer);
        this.#bellTimer = setTimeout(() => this.ringing.set(false), BELL_MS);
      }),
      connection.clipboard.on((text) => {
        // Without a recent gesture the browser refuses; the text is then not copied, as in any page.
        navigator.clipboard?.writeText(text).catch(() => undefined);
      }),
    );
    terminal.onData((data) => {
      const { ctrl, alt } = this.sticky.get();
      if (ctrl || alt) this.type(data);
      else connection.input(data);
    });
    terminal.onBinary((data) => connection.input(data));
  }

  #apply(size: TerminalSize): void {
    if (size.cols !== this.terminal.cols || size.rows !== this.terminal.rows) {
      this.terminal.resize(size.cols, size.rows);
    }
    if (this.#element.offsetParent !== null) this.#compare(this.#size());
  }

  #compare(fits: TerminalSize): void {
    const { cols, rows } = this.terminal;
    const same = cols === fits.cols && rows === fits.rows;
    this.foreignSize.set(same ? null : { cols, rows });
  }

  #size(): TerminalSize {
    const proposed = this.#fit.proposeDimensions();
    return {
      cols: Math.min(Math.max(proposed?.cols ?? 80, 2), 1000),
      rows: Math.min(Math.max(proposed?.rows ?? 24, 1), 500),
    };
  }

  /** Until its font has arrived the terminal was measured with another one. */
  async #measureAgain(): Promise<void> {
    const { fontFamily, fontSize } = this.terminal.options;
    await document.fonts.load(`${fontSize}px ${fontFamily}`);
    // Only another value makes xterm.js measure.
    this.terminal.options.fontFamily = `${fontFamily}, monospace`;
    this.fit();
  }

  /** Draws with the graphics processor where there is one; the plain renderer is the fallback. */
  #accelerate(): void {
    try {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.terminal.loadAddon(webgl);
    } catch {
      // No WebGL 2 here: xterm.js goes on drawing with elements.
    }
  }

  /** Copy and paste by the keys that terminals use; everything else belongs to the program. */
  #key(event: KeyboardEvent): boolean {
    if (event.type !== "keydown") return true;
    const command = event.metaKey || (event.ctrlKey && event.shiftKey);
    const key = event.key.toLowerCase();
    if (command && key === "c" && this.terminal.hasSelection()) {
      event.preventDefault();
      void this.copy();
      return false;
    }
    // Left to the page: palette, search, panels; the browser pastes by itself on Ctrl+Shift+V.
    if (command && ["k", "f", "v"].includes(key)) return false;
    return !(event.ctrlKey && (event.key === "`" || key === "k"));
  }
}

/** Opens a link of the output in a tab that knows nothing of this page. */
function openLink(_event: MouseEvent, uri: string): void {
  if (/^https?:/i.test(uri)) window.open(uri, "_blank", "noopener,noreferrer");
}
