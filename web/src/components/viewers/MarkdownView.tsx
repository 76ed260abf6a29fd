import "./viewers.css";
import { useEffect, useRef } from "react";
import { showPage } from "../../live/page-policy";
import { darkMode } from "../../live/preferences";
import { useStore } from "../../live/use-store";
import { codeHighlighter } from "./highlight-code";
import { loadPicture } from "./load-picture";
import styleUrl from "./markdown-page.css?url";
import { type Picture, picturesOf, renderMarkdown } from "./render-markdown";

/** Waits for the rest of what is typed, in milliseconds. */
const SETTLE_MS = 250;

interface MarkdownViewProps {
  workspaceId: string;
  path: string;
  text: string;
}

/**
 * A text as a page. It is made here, without scripts and without raw HTML, and shown in a frame of an
 * opaque origin, so that nothing in it could reach the application. Pictures are those of the workspace.
 */
export function MarkdownView({ workspaceId, path, text }: MarkdownViewProps) {
  const dark = useStore(darkMode);
  const frame = useRef<HTMLIFrameElement>(null);
  const shown = useRef(false);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(
      async () => {
        const pictures = new Map<string, Picture>();
        await Promise.all(
          picturesOf(text, path).map(async ({ source, file }) => {
            const picture = await loadPicture(workspaceId, file);
            if (picture !== null) pictures.set(source, picture);
          }),
        );
        const style = new URL(styleUrl, location.href).href;
        const highlight = await codeHighlighter(text);
        const next = renderMarkdown(text, pictures, { style, dark, highlight });
        if (!current || frame.current === null) return;
        shown.current = true;
        showPage(frame.current, next);
      },
      shown.current ? SETTLE_MS : 0,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [workspaceId, path, text, dark]);
  return (
    <iframe
      ref={frame}
      className="viewer-frame"
      title={`${path} as a page`}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
    />
  );
}
