import { useState } from "react";
import { fileUrl } from "../../api/kernel";
import { editorStore, type Reveal } from "../../live/editor-store";
import { useStore } from "../../live/use-store";
import { CompareView } from "./CompareView";
import { formatBytes } from "./file-content";
import type { FileDocument } from "./file-document";
import { TextEditor } from "./TextEditor";
import { TroubleBar } from "./TroubleBar";

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
    case "image":
      return (
        <div className="editor-image">
          <img src={`${url}?v=${content.version}`} alt={document.path} />
        </div>
      );
    case "binary":
      return (
        <div className="editor-message">
          <p>This file is not UTF-8 text ({formatBytes(content.bytes)}), so it is not shown.</p>
          <a className="editor-action" href={`${url}?download`} download>
            Download
          </a>
        </div>
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
          ) : (
            <TextEditor document={document} reveal={reveal} readOnly={readOnly} />
          )}
          <output className="editor-saved" hidden={!saving && !dirty}>
            {saving ? "Saving…" : "Unsaved"}
          </output>
        </>
      );
  }
}
