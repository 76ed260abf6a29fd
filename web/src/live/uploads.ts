/** Files on their way into a workspace, with progress. */
import { fileUrl } from "../api/kernel";
import { fileTree, joinPath, parentOf } from "./file-tree";
import { Cell } from "./store";

export interface Upload {
  readonly id: number;
  readonly path: string;
  /** 0 to 1. */
  readonly progress: number;
  readonly failure: string | null;
}

/** Uploads at the same time; more only share the same line. */
const PARALLEL = 3;

let nextId = 1;

export class Uploads {
  readonly list = new Cell<readonly Upload[]>([]);
  readonly #workspaceId: string;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #requests = new Map<number, XMLHttpRequest>();
  #running = 0;

  constructor(workspaceId: string) {
    this.#workspaceId = workspaceId;
  }

  /** Sends files into a directory; one that exists is left alone and reported. */
  add(directory: string, files: readonly { path: string; file: File }[]): void {
    for (const { path, file } of files) {
      const upload: Upload = { id: nextId++, path: joinPath(directory, path), progress: 0, failure: null };
      this.list.update((it) => [...it, upload]);
      this.#waiting.push(() => this.#send(upload, file));
    }
    this.#pump();
  }

  /** Ends an upload, or forgets one that failed. */
  cancel(id: number): void {
    this.#requests.get(id)?.abort();
    this.list.update((it) => it.filter((upload) => upload.id !== id));
  }

  #pump(): void {
    while (this.#running < PARALLEL) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      void next().finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }

  #send(upload: Upload, file: File): Promise<void> {
    if (!this.list.get().some((it) => it.id === upload.id)) return Promise.resolve();
    return new Promise((resolve) => {
      // `fetch` cannot tell how far an upload is.
      const request = new XMLHttpRequest();
      this.#requests.set(upload.id, request);
      request.open("PUT", fileUrl(this.#workspaceId, upload.path));
      request.setRequestHeader("if-none-match", "*");
      request.upload.onprogress = (event) =>
        this.#change(upload.id, { progress: event.total === 0 ? 0 : event.loaded / event.total });
      request.onloadend = () => {
        this.#requests.delete(upload.id);
        const failure = failureOf(request);
        if (failure === null) this.list.update((it) => it.filter((known) => known.id !== upload.id));
        else this.#change(upload.id, { failure });
        fileTree(this.#workspaceId).relist(parentOf(upload.path));
        resolve();
      };
      request.send(file);
    });
  }

  #change(id: number, change: Partial<Upload>): void {
    this.list.update((it) => it.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
  }
}

function failureOf(request: XMLHttpRequest): string | null {
  if (200 <= request.status && request.status < 300) return null;
  if (request.status === 412) return "A file of that name exists; it was left as it is.";
  if (request.status === 0) return "The connection was lost; nothing was changed.";
  try {
    return (JSON.parse(request.responseText) as { error: { message: string } }).error.message;
  } catch {
    return `The server answered ${request.status}.`;
  }
}

const all = new Map<string, Uploads>();

/** The uploads of a workspace; one list per page. */
export function uploads(workspaceId: string): Uploads {
  const known = all.get(workspaceId);
  if (known !== undefined) return known;
  const made = new Uploads(workspaceId);
  all.set(workspaceId, made);
  return made;
}

/** Every file in a drop, folders opened, with its path below the drop. */
export async function filesOfDrop(data: DataTransfer): Promise<{ path: string; file: File }[]> {
  const entries = [...data.items].map((it) => it.webkitGetAsEntry()).filter((it) => it !== null);
  const found: { path: string; file: File }[] = [];
  await Promise.all(entries.map((entry) => collect(entry, "", found)));
  return found;
}

async function collect(
  entry: FileSystemEntry,
  prefix: string,
  found: { path: string; file: File }[],
): Promise<void> {
  const path = `${prefix}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader hands out a part at a time until it is empty.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return;
    await Promise.all(part.map((it) => collect(it, `${path}/`, found)));
  }
}
