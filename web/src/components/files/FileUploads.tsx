import { X } from "lucide-react";
import { uploads } from "../../live/uploads";
import { useStore } from "../../live/use-store";
import { IconButton } from "../ui/IconButton";

/** Files on their way, with how far they are and a way to stop them. */
export function FileUploads({ workspaceId }: { workspaceId: string }) {
  const store = uploads(workspaceId);
  const list = useStore(store.list);
  if (list.length === 0) return null;
  return (
    <ul className="files-uploads" aria-label="Uploads">
      {list.map((upload) => (
        <li key={upload.id} className="files-upload" data-failed={upload.failure !== null}>
          <span className="files-upload-name" title={upload.path}>
            {upload.path}
          </span>
          {upload.failure === null ? (
            <progress value={upload.progress} aria-label={`Upload of ${upload.path}`} />
          ) : (
            <span className="files-upload-failure">{upload.failure}</span>
          )}
          <IconButton
            label={upload.failure === null ? "Stop this upload" : "Dismiss"}
            icon={<X />}
            onClick={() => store.cancel(upload.id)}
          />
        </li>
      ))}
    </ul>
  );
}
