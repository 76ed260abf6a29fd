import { Suspense, useState } from "react";
import { fileUrl } from "../../api/kernel";
import type { Reveal } from "../../live/editor-store";
import { useStore } from "../../live/use-store";
import { lazyPart } from "../ui/lazy-part";
import { hasPreview } from "../viewers/file-kinds";
import { TextPreview } from "../viewers/TextPreview";
import { CompareView } from "./CompareView";
import type { FileDocument } from "./file-document";
import type { Alone } from "./open-file";
import { ReadingSwitch } from "./ReadingSwitch";
import { TextEditor } from "./TextEditor";
import { TroubleBar } from "./TroubleBar";
import { Unavailable } from "./Unavailable";

const MediaView = lazyPart(() => import("../viewers/MediaView").then((it) => ({ default: it.MediaView })));
const BinaryView = lazyPart(() => import("../viewers/BinaryView").then((it) => ({ default: it.BinaryView })));

/** Why a file is not edited together, said to its person. */
const ALONE: Record<Alone, string> = {
  too_large: "This file is too large to be edited together. What you change is saved when you say so.",
  not_text: "This file is not plain text all through. What you change is saved when you say so.",
  reserved: "This file is not edited here.",
  too_many: "Too many files are open in this workspace. What you change here is saved when you say so.",
};

interface PlainFileViewProps {
  workspaceId: string;
  document: FileDocument;
  alone: Alone | null;
  reveal: Reveal | null;
  readOnly: boolean;
}

/** One file as what it is, a text that is saved by hand, a picture, or neither. */
export function PlainFileView({ workspaceId, document, alone, reveal, readOnly }: PlainFileViewProps) {
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
        <Unavailable
          workspaceId={workspaceId}
          path={document.path}
          words={content.missing ? `${document.path} does not exist any more.` : content.message}
          onRetry={() => void document.load()}
        />
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
          {alone !== null && (
            <div className="editor-trouble" data-tone="calm">
              <p>{ALONE[alone]}</p>
              {!readOnly && alone !== "reserved" && (
                <div className="editor-trouble-actions">
                  {/* A phone has no keys for it. */}
                  <button
                    type="button"
                    className="editor-action"
                    title="Ctrl+S does the same"
                    disabled={saving || !dirty}
                    onClick={() => void document.save()}
                  >
                    Save
                  </button>
                </div>
              )}
            </div>
          )}
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
            <TextEditor document={document} reveal={reveal} readOnly={readOnly || alone === "reserved"} />
          )}
          {preview !== null && <ReadingSwitch kind={preview} reading={reading} onChange={setReading} />}
          <output className="editor-saved" hidden={!saving && !dirty}>
            {saving ? "Saving…" : "Unsaved"}
          </output>
        </>
      );
  }
}
