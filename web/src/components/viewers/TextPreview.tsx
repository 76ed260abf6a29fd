import { Suspense } from "react";
import { lazyPart } from "../ui/lazy-part";

const ImageView = lazyPart(() => import("./MediaView").then((it) => ({ default: it.ImageView })));
const MarkdownView = lazyPart(() => import("./MarkdownView").then((it) => ({ default: it.MarkdownView })));
const TableView = lazyPart(() => import("./TableView").then((it) => ({ default: it.TableView })));

interface TextPreviewProps {
  workspaceId: string;
  path: string;
  /** The text as it is in the editor now, saved or not. */
  text: string;
  kind: "markdown" | "table" | "picture";
}

/** What a text is when it is read instead of edited. */
export function TextPreview({ workspaceId, path, text, kind }: TextPreviewProps) {
  return (
    <Suspense fallback={<div className="editor-message">Making the page…</div>}>
      {kind === "markdown" && <MarkdownView workspaceId={workspaceId} path={path} text={text} />}
      {kind === "table" && <TableView path={path} text={text} />}
      {kind === "picture" && (
        // As an image an SVG runs no script and loads nothing.
        <ImageView url={`data:image/svg+xml,${encodeURIComponent(text)}`} path={path} />
      )}
    </Suspense>
  );
}
