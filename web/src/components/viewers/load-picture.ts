/** Pictures of the workspace as `data:` URLs, for frames that may load nothing themselves. */
import { send } from "../../api/client";
import { fileUrl } from "../../api/kernel";
import type { Picture } from "./render-markdown";

/** Largest picture that is put into a page, in bytes. */
const BYTES_MAX = 4 * 1024 * 1024;

/** The picture at a path; null when there is none, or when it is too large. */
export async function loadPicture(workspaceId: string, path: string): Promise<Picture | null> {
  try {
    const response = await send(fileUrl(workspaceId, path));
    const blob = await response.blob();
    if (BYTES_MAX < blob.size) return null;
    const type = /\.svg$/i.test(path) ? "image/svg+xml" : blob.type;
    if (!type.startsWith("image/")) return null;
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let binary = "";
    for (let at = 0; at < bytes.length; at += 0x8000) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    }
    return `data:${type};base64,${btoa(binary)}`;
  } catch {
    return null;
  }
}
