import type { Reveal } from "../../live/editor-store";
import { useStore } from "../../live/use-store";
import { LiveFileView } from "./LiveFileView";
import type { OpenFile } from "./open-file";
import { PlainFileView } from "./PlainFileView";

export interface FileViewProps {
  workspaceId: string;
  file: OpenFile;
  reveal: Reveal | null;
  readOnly: boolean;
}

/** One open file. */
export function FileView({ file, ...props }: FileViewProps) {
  const shown = useStore(file.shown);
  return shown.kind === "live" ? (
    <LiveFileView file={shown.file} {...props} />
  ) : (
    <PlainFileView document={shown.file} alone={shown.alone} {...props} />
  );
}
