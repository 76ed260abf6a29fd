import type { ITheme } from "@xterm/xterm";

/** Sixteen colours tuned to the page's paper and ink; each reads on its ground. */
const LIGHT: ITheme = {
  background: "#fbfaf6",
  foreground: "#23261f",
  cursor: "#23261f",
  cursorAccent: "#fbfaf6",
  selectionBackground: "#cfe3f2",
  selectionForeground: "#23261f",
  black: "#23261f",
  red: "#b3261e",
  green: "#256b3a",
  yellow: "#7d5a00",
  blue: "#1f5f9e",
  magenta: "#86408f",
  cyan: "#0f6a73",
  white: "#6a6c62",
  brightBlack: "#5b5e54",
  brightRed: "#c93a2f",
  brightGreen: "#2f7d47",
  brightYellow: "#8f6a0a",
  brightBlue: "#2f73b5",
  brightMagenta: "#9b52a4",
  brightCyan: "#1b7d87",
  brightWhite: "#3b3e36",
};

const DARK: ITheme = {
  background: "#141510",
  foreground: "#e6e4da",
  cursor: "#e6e4da",
  cursorAccent: "#141510",
  selectionBackground: "#2f4a5e",
  selectionForeground: "#f4f2ea",
  black: "#2a2b25",
  red: "#f0776b",
  green: "#7fc98f",
  yellow: "#e0b95c",
  blue: "#7ab3e6",
  magenta: "#cf98d8",
  cyan: "#6cc5cc",
  white: "#cfcdc2",
  brightBlack: "#8c8d82",
  brightRed: "#ff9a8f",
  brightGreen: "#a1e0ae",
  brightYellow: "#f2d384",
  brightBlue: "#a2cdf4",
  brightMagenta: "#e3b9ea",
  brightCyan: "#96dde2",
  brightWhite: "#f7f5ee",
};

export function terminalTheme(dark: boolean): ITheme {
  return dark ? DARK : LIGHT;
}
