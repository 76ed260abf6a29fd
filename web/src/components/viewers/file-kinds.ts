/** Which files have a view of their own besides their text. */

export type FileKind = "text" | "image" | "pdf" | "audio" | "video" | "markdown" | "table";

const KINDS: readonly [RegExp, FileKind][] = [
  [/\.(png|jpe?g|gif|webp|avif|ico|bmp)$/i, "image"],
  [/\.pdf$/i, "pdf"],
  [/\.(mp3|ogg|oga|opus|wav|flac|m4a|aac)$/i, "audio"],
  [/\.(mp4|webm|ogv|mov|m4v)$/i, "video"],
  [/\.(md|markdown|mdx)$/i, "markdown"],
  [/\.(csv|tsv)$/i, "table"],
];

/** What a file is by its name. An SVG is text that is also a picture, see {@link hasPreview}. */
export function kindOfFile(path: string): FileKind {
  return KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? "text";
}

/** Kinds whose bytes are no text: they are shown and not edited. */
export function isMedia(path: string): boolean {
  return ["image", "pdf", "audio", "video"].includes(kindOfFile(path));
}

/** The second view that a text has, if it has one. */
export function hasPreview(path: string): "markdown" | "table" | "picture" | null {
  const kind = kindOfFile(path);
  if (kind === "markdown" || kind === "table") return kind;
  return /\.svg$/i.test(path) ? "picture" : null;
}
