import { BookOpen, Pencil } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { fileUrl } from "../../api/kernel";
import { editorStore, type Reveal } from "../../live/editor-store";
import { useStore } from "../../live/use-store";
import { IconButton } from "../ui/IconButton";
import { hasPreview } from "../viewers/file-kinds";
import { TextPreview } from "../viewers/TextPreview";
import { CompareView } from "./CompareView";
import type { FileDocument } from "./file-document";
import { TextEditor } from "./TextEditor";
import { TroubleBar } from "./TroubleBar";

const MediaView = lazy(() => import("../viewers/MediaView").then((it) => ({ default: it.MediaView })));
const BinaryView = lazy(() => import("../viewers/BinaryView").then((it) => ({ default: it.BinaryView })));

const PREVIEWS = {
  markdown: "Read as a page",
  table: "Show as a table",
  picture: "Show as a picture",
} as const;

interface FileViewProps {
  workspaceId: string;
  document: FileDocument;
  reveal: Reveal | null;
  readOnly: boolean;
}

/** One file as what it is: text, picture, or neither. */
export function FileView({ workspaceId, document, reveal, readOnly }: FileViewProps) {
  const { content, trouble, saving, dirty } = useStore(document.view);
  const [comparing, setComparing] = useState(false);
  const [reading, setReading] = useState(false);
  const preview = hasPreview(document.path);
  const url = fileUrl(workspaceId, document.path);
  switch (content.kind) {
    case "loading":
      return <div className="editor-message">Reading {document.path}…</div>;
    case "failed":
      return (
        <div className="editor-message" role="alert">
          <p>{content.missing ? `${document.path} does not exist any more.` : content.message}</p>
          <button type="button" className="editor-action" onClick={() => void document.load()}>
            Try again
          </button>
          <button
            type="button"
            className="editor-action"
            onClick={() => editorStore(workspaceId).closeFile(document.path)}
          >
            Close tab
          </button>
        </div>
      );
    case "media":
      return (
        <Suspense>
          <MediaView workspaceId={workspaceId} path={document.path} version={content.version} />
        </Suspense>
      );
    case "binary":
      return (
        <Suspense>
          <BinaryView url={url} path={document.path} bytes={content.bytes} />
        </Suspense>
      );
    case "text":
      return (
        <>
          {trouble !== null && (
            <TroubleBar
              document={document}
              trouble={trouble}
              comparing={comparing}
              onCompare={() => setComparing(!comparing)}
            />
          )}
          {comparing && trouble?.kind === "conflict" ? (
            <CompareView path={document.path} mine={document.state.doc.toString()} disk={trouble.disk} />
          ) : preview !== null && reading ? (
            <TextPreview
              workspaceId={workspaceId}
              path={document.path}
              text={document.state.doc.toString()}
              kind={preview}
            />
          ) : (
            <TextEditor document={document} reveal={reveal} readOnly={readOnly} />
          )}
          {preview !== null && (
            <div className="editor-reading">
              <IconButton
                label={reading ? "Edit the text" : PREVIEWS[preview]}
                icon={reading ? <Pencil /> : <BookOpen />}
                onClick={() => setReading(!reading)}
              />
            </div>
          )}
          <output className="editor-saved" hidden={!saving && !dirty}>
            {saving ? "Saving…" : "Unsaved"}
          </output>
        </>
      );
  }
}
