/** What the bytes of a file are: text that can be edited, a picture, or neither. */

export interface Decoded {
  text: string;
  /** Line ending of the file, kept when it is saved. */
  lineBreak: "\n" | "\r\n";
  /** Byte order mark of the file, kept when it is saved. */
  mark: "" | "\ufeff";
}

/** Bytes that are searched for a NUL before a file is taken for text. */
const PROBE_BYTES = 8_192;

/** UTF-8 text, or null for anything else. */
export function decodeText(bytes: Uint8Array): Decoded | null {
  if (bytes.subarray(0, PROBE_BYTES).includes(0)) return null;
  try {
    const raw = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const mark = raw.startsWith("\ufeff") ? "\ufeff" : "";
    const text = raw.slice(mark.length);
    const windows = text.includes("\r\n") && !/(^|[^\r])\n/.test(text);
    return { text, lineBreak: windows ? "\r\n" : "\n", mark };
  } catch {
    return null;
  }
}

/** A size for people: 12 kB, 3.4 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  let value = bytes / 1_000;
  let unit = 0;
  while (1_000 <= value && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** The indentation that most lines of a text are made with; null when they say nothing. */
export function indentationOf(text: string): string | null {
  const votes = new Map<string, number>();
  let last = 0;
  for (const line of text.split("\n", 2_000)) {
    const lead = /^[\t ]*/.exec(line)?.[0] ?? "";
    if (lead.length === line.length) continue;
    if (lead.startsWith("\t")) votes.set("\t", (votes.get("\t") ?? 0) + 1);
    else {
      // The step to the line before tells the unit, its whole width does not.
      const step = Math.abs(lead.length - last);
      if (step > 1 && step <= 8) votes.set(" ".repeat(step), (votes.get(" ".repeat(step)) ?? 0) + 1);
      last = lead.length;
    }
  }
  const [best] = [...votes].toSorted((a, b) => b[1] - a[1]);
  return best?.[0] ?? null;
}
