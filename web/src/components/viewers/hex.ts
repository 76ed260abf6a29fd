/** Bytes for people: what they begin like, and as sixteen a line. */

const SIGNATURES: readonly [bytes: number[], name: string][] = [
  [[0x7f, 0x45, 0x4c, 0x46], "An ELF program or library"],
  [[0x50, 0x4b, 0x03, 0x04], "A ZIP archive, or an Office document or package in one"],
  [[0x1f, 0x8b], "A gzip archive"],
  [[0x28, 0xb5, 0x2f, 0xfd], "A Zstandard archive"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "An xz archive"],
  [[0x42, 0x5a, 0x68], "A bzip2 archive"],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], "An SQLite database"],
  [[0x00, 0x61, 0x73, 0x6d], "A WebAssembly module"],
  [[0xca, 0xfe, 0xba, 0xbe], "A Java class or Mach-O program"],
  [[0x89, 0x48, 0x44, 0x46], "An HDF5 file"],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "A NumPy array"],
  [[0x50, 0x41, 0x52, 0x31], "A Parquet table"],
  [[0x77, 0x4f, 0x46, 0x32], "A WOFF2 font"],
  [[0xff, 0xfe], "Text in UTF-16, little endian"],
  [[0xfe, 0xff], "Text in UTF-16, big endian"],
];

/** What a file seems to be by its first bytes. */
export function kindByContent(bytes: Uint8Array): string | null {
  return SIGNATURES.find(([sign]) => sign.every((it, at) => bytes[at] === it))?.[1] ?? null;
}

/** Offset, sixteen bytes and their characters, a line each. */
export function hexLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const digits = row.map((it) => it.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((it) => (it > 0x1f && it < 0x7f ? String.fromCharCode(it) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${digits.padEnd(47)}  ${text}`);
  }
  return lines;
}
