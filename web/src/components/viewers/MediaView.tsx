import "./viewers.css";
import { Download, ZoomIn, ZoomOut } from "lucide-react";
import { useEffect, useState } from "react";
import { messageOf, send } from "../../api/client";
import { fileUrl } from "../../api/kernel";
import { formatBytes } from "../editor/file-content";
import { IconButton } from "../ui/IconButton";
import { kindOfFile } from "./file-kinds";

interface MediaViewProps {
  workspaceId: string;
  path: string;
  /** Another number after every change of the file. */
  version: number;
}

/** A picture, a document, sound or film, as the browser shows it. */
export function MediaView({ workspaceId, path, version }: MediaViewProps) {
  const url = `${fileUrl(workspaceId, path)}?v=${version}`;
  switch (kindOfFile(path)) {
    case "pdf":
      return <PdfView url={url} path={path} />;
    case "audio":
      return <Player key={url} sort="audio" url={url} path={path} />;
    case "video":
      return <Player key={url} sort="video" url={url} path={path} />;
    default:
      return <ImageView url={url} path={path} />;
  }
}

/** Sound or film, if the browser knows how. */
function Player({ sort, url, path }: { sort: "audio" | "video"; url: string; path: string }) {
  const [broken, setBroken] = useState(false);
  if (broken) {
    return (
      <div className="editor-message" role="alert">
        <p>The browser cannot play {path}.</p>
        <a className="editor-action" href={`${url}&download`} download>
          <Download size={14} aria-hidden="true" /> Download
        </a>
      </div>
    );
  }
  const player = {
    className: "viewer-media",
    controls: true,
    src: url,
    onError: () => setBroken(true),
    // It may have failed before it is part of the page, where nobody hears it.
    ref: (it: HTMLMediaElement | null) => {
      if (it?.error != null) setBroken(true);
    },
  };
  return sort === "audio" ? <audio {...player} /> : <video {...player} />;
}

const ZOOMS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16] as const;

/** A picture on a ground that shows what is transparent; fits until somebody zooms. */
export function ImageView({ url, path }: { url: string; path: string }) {
  const [zoom, setZoom] = useState<number | null>(null);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  const [broken, setBroken] = useState(false);
  const step = (by: 1 | -1) => {
    const now = zoom ?? 1;
    const next = by > 0 ? ZOOMS.find((it) => it > now) : ZOOMS.findLast((it) => it < now);
    setZoom(next ?? now);
  };
  if (broken) {
    return (
      <p className="editor-message" role="alert">
        The browser cannot read {path} as a picture.
      </p>
    );
  }
  return (
    <div className="viewer">
      <div className="viewer-bar">
        <span>{size !== null && `${size.width} × ${size.height}`}</span>
        <IconButton label="Smaller" icon={<ZoomOut />} onClick={() => step(-1)} />
        <button type="button" onClick={() => setZoom(zoom === null ? 1 : null)}>
          {zoom === null ? "fits" : `${Math.round(zoom * 100)}%`}
        </button>
        <IconButton label="Larger" icon={<ZoomIn />} onClick={() => step(1)} />
      </div>
      <div className="viewer-ground">
        <img
          src={url}
          alt={path}
          data-fit={zoom === null || undefined}
          {...(zoom === null || size === null
            ? {}
            : { width: Math.round(size.width * zoom), height: Math.round(size.height * zoom) })}
          onLoad={({ currentTarget: it }) => setSize({ width: it.naturalWidth, height: it.naturalHeight })}
          onError={() => setBroken(true)}
        />
      </div>
    </div>
  );
}

/** The browser's own viewer, which keeps the document's scripts away from the page. */
function PdfView({ url, path }: { url: string; path: string }) {
  const [shown, setShown] = useState<{ url: string; bytes: number } | { error: string } | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    let made: string | null = null;
    send(url, { signal: abort.signal })
      .then((response) => response.arrayBuffer())
      .then((bytes) => {
        // Whatever the file holds, it is shown as a PDF and as nothing else.
        made = URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
        setShown({ url: made, bytes: bytes.byteLength });
      })
      .catch((error) => {
        if (!abort.signal.aborted) setShown({ error: messageOf(error) });
      });
    return () => {
      abort.abort();
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [url]);
  if (shown === null) return <div className="editor-message">Reading {path}…</div>;
  if ("error" in shown) {
    return (
      <p className="editor-message" role="alert">
        {shown.error}
      </p>
    );
  }
  return (
    <div className="viewer">
      <div className="viewer-bar">
        <span>{formatBytes(shown.bytes)}</span>
        <a className="editor-action" href={shown.url} download={path.slice(path.lastIndexOf("/") + 1)}>
          <Download size={14} aria-hidden="true" /> Download
        </a>
      </div>
      {/* Chromium shows no PDF in a sandboxed frame; the frame's origin is the viewer's own. */}
      <iframe className="viewer-frame" src={`${shown.url}#navpanes=0`} title={`Pages of ${path}`} />
    </div>
  );
}
