import "./viewers.css";
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { messageOf, send } from "../../api/client";
import { formatBytes } from "../editor/file-content";
import { hexLines, kindByContent } from "./hex";

/** How much of a file is shown, in bytes. */
const SHOWN_BYTES = 4096;

interface BinaryViewProps {
  url: string;
  path: string;
  bytes: number;
}

/** A file that is no text: what it seems to be, how large, and its first bytes. */
export function BinaryView({ url, path, bytes }: BinaryViewProps) {
  const head = useQuery({
    queryKey: ["bytes", url, bytes],
    queryFn: async () => {
      const response = await send(url, { headers: { range: `bytes=0-${SHOWN_BYTES - 1}` } });
      return new Uint8Array(await response.arrayBuffer()).subarray(0, SHOWN_BYTES);
    },
  });
  const kind = head.data === undefined ? null : kindByContent(head.data);
  return (
    <div className="viewer">
      <div className="viewer-bar">
        <span>
          {kind ?? "Not UTF-8 text"}, {formatBytes(bytes)}
        </span>
        <a className="editor-action" href={`${url}?download`} download>
          <Download size={14} aria-hidden="true" /> Download
        </a>
      </div>
      {head.isError && (
        <p className="editor-message" role="alert">
          {messageOf(head.error)}
        </p>
      )}
      {head.data !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
        <section className="viewer-hex" tabIndex={0} aria-label={`First bytes of ${path}`}>
          <pre>
            {hexLines(head.data).join("\n")}
            {bytes > SHOWN_BYTES && `\n… and ${formatBytes(bytes - SHOWN_BYTES)} more`}
          </pre>
        </section>
      )}
    </div>
  );
}
