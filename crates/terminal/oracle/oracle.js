// Reads cases as JSON lines from standard input and answers each with one JSON line: what a
// reference terminal shows after the steps of the case.
//
//   {"cols": 80, "rows": 24, "steps": [{"write": "<base64>"}, {"resize": [100, 30]}, {"reset": true}]}
//
// {"widths": true} asks for the width of every code point instead, as a string of digits.

import { createInterface } from "node:readline";
import xterm from "@xterm/headless";
import unicode11 from "@xterm/addon-unicode11";

const UNDERLINE_STYLES = ["none", "single", "double", "curly", "dotted", "dashed"];

function create(cols, rows) {
  const terminal = new xterm.Terminal({
    cols,
    rows,
    scrollback: 2000,
    allowProposedApi: true,
    logLevel: "off",
  });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  return terminal;
}

async function run({ cols, rows, steps }) {
  const terminal = create(cols, rows);
  let title = "";
  terminal.onTitleChange((it) => (title = it));
  for (const step of steps) {
    if (step.write !== undefined) {
      await new Promise((done) => terminal.write(Buffer.from(step.write, "base64"), done));
    } else if (step.resize) {
      terminal.resize(...step.resize);
    } else if (step.reset) {
      terminal.reset();
    }
  }
  const state = describe(terminal, title);
  terminal.dispose();
  return state;
}

function describe(terminal, title) {
  const core = terminal._core;
  const buffers = core.buffers;
  const modes = core.coreService.decPrivateModes;
  const isAlternate = buffers.active === buffers.alt;
  return {
    title,
    alternate: isAlternate,
    normal: describeBuffer(core, buffers.normal, terminal.cols, terminal.rows, isAlternate),
    alt: isAlternate ? describeBuffer(core, buffers.alt, terminal.cols, terminal.rows) : null,
    pen: attributes(core, core._inputHandler._curAttrData),
    charset: {
      level: core._charsetService.glevel,
      active: charset(core._charsetService.charset),
      sets: [0, 1, 2, 3].map((it) => charset(core._charsetService._charsets[it])),
    },
    modes: {
      ...modes,
      cursorBlink: modes.cursorBlink ?? null,
      cursorStyle: modes.cursorStyle ?? null,
      insert: core.coreService.modes.insertMode,
      cursorHidden: core.coreService.isCursorHidden,
      convertEol: core.optionsService.options.convertEol,
      mouse: core.coreMouseService.activeProtocol,
      mouseEncoding: core.coreMouseService.activeEncoding,
    },
  };
}

function charset(set) {
  return set ? Object.values(set).join("") : "";
}

function describeBuffer(core, buffer, cols, rows, isHidden) {
  const lines = [];
  for (let index = 0; index < buffer.lines.length; index++) {
    const line = buffer.lines.get(index);
    // The first row's predecessor is gone, so nobody can tell whether it was wrapped.
    lines.push((line.isWrapped && index > 0 ? "+" : "|") + describeLine(core, line, cols));
  }
  const stops = [];
  for (let x = 0; x < cols; x++) {
    if (buffer.tabs[x]) stops.push(x);
  }
  return {
    lines,
    base: buffer.ybase,
    // The column of a hidden screen's cursor is never used again.
    cursor: [isHidden ? 0 : buffer.x, buffer.y],
    margins: [buffer.scrollTop, buffer.scrollBottom],
    saved: describeSaved(buffer, cols, rows),
    tabs: stops.join(" "),
  };
}

/** Restoring leaves a pending wrap, and what has scrolled away, behind. */
function describeSaved(buffer, cols, rows) {
  const x = Math.min(buffer.savedX, cols - 1);
  const y = Math.min(Math.max(buffer.savedY - buffer.ybase, 0), rows - 1);
  const look = savedAttributes(buffer.savedCurAttrData);
  const set = charset(buffer.savedCharset);
  // Reflowing moves the row of a cursor that was never saved.
  return x === 0 && set === "" && look.join("") === "0" ? "home" : [x, y, set, look];
}

function describeLine(core, line, cols) {
  let text = "";
  let last = "";
  let blank = 0;
  const cell = newCell(core);
  for (let x = 0; x < cols; x++) {
    line.loadCell(x, cell);
    const content = cell.getChars();
    const width = cell.getWidth();
    if (width === 0 && content === "" && x > 0 && line.getWidth(x - 1) === 2) continue;
    const look = attributes(core, cell);
    if (content === "" && look === "") {
      blank++;
      continue;
    }
    if (blank > 0) text += `<${blank}>`;
    blank = 0;
    if (look !== last) text += `{${look}}`;
    last = look;
    text += content === "" ? "_" : content;
    if (content !== "" && width === 0) text += "<zero>";
  }
  return text;
}

let cellPrototype;
function newCell(core) {
  cellPrototype ??= Object.getPrototypeOf(core.buffers.normal.getNullCell());
  const cell = Object.create(cellPrototype);
  return Object.assign(cell, {
    content: 0,
    fg: 0,
    bg: 0,
    combinedData: "",
    extended: core._inputHandler._curAttrData.extended,
  });
}

function color(mode, value) {
  return mode === 0 ? "" : mode === 0x3000000 ? `#${value.toString(16)}` : `${value}`;
}

/** What of the attributes can be seen. */
function attributes(core, it) {
  const parts = [];
  const foreground = color(it.getFgColorMode(), it.getFgColor());
  const background = color(it.getBgColorMode(), it.getBgColor());
  if (foreground) parts.push(`fg ${foreground}`);
  if (background) parts.push(`bg ${background}`);
  for (const name of ["Bold", "Dim", "Italic", "Blink", "Inverse", "Invisible", "Strikethrough", "Overline", "Protected"]) {
    if (it[`is${name}`]()) parts.push(name.toLowerCase());
  }
  const style = it.getUnderlineStyle();
  if (style) {
    parts.push(UNDERLINE_STYLES[style]);
    const own = color(it.getUnderlineColorMode(), it.getUnderlineColor());
    parts.push(`in ${own || foreground}`);
  }
  if (it.hasExtendedAttrs() && it.extended.urlId) {
    const link = core._oscLinkService.getLinkData(it.extended.urlId);
    parts.push(`link ${link?.id ?? ""} ${link?.uri ?? "?"}`);
  }
  return parts.join(",");
}

/** Saved attributes are without the extended ones. */
function savedAttributes(it) {
  const flags = (it.fg & 0xec000000) | ((it.bg & 0x6c000000) >>> 3);
  return [color(it.getFgColorMode(), it.getFgColor()), color(it.getBgColorMode(), it.getBgColor()), flags];
}

function widths() {
  const service = create(80, 24)._core.unicodeService;
  let digits = "";
  for (let code = 0xa0; code < 0x110000; code++) digits += service.wcwidth(code);
  return digits;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = request.widths ? { widths: widths() } : await run(request);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
