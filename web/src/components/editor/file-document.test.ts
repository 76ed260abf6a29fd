import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FileDocument } from "./file-document";

/** A disk behind `fetch` that knows entity tags as the kernel does. */
class Disk {
  files = new Map<string, string>();
  #tag(text: string) {
    return `"${text.length}-${text.slice(0, 12)}"`;
  }
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const path = decodeURIComponent(url.split("/files/")[1] ?? "");
    const old = this.files.get(path);
    if (init.method === "GET") {
      if (old === undefined) return this.#refuse(404, "not_found");
      return new Response(new TextEncoder().encode(old), { headers: { etag: this.#tag(old) } });
    }
    const headers = new Headers(init.headers);
    const expected = headers.get("if-match");
    const fresh = headers.get("if-none-match") === "*";
    if (
      (expected !== null && (old === undefined || expected !== this.#tag(old))) ||
      (fresh && old !== undefined)
    ) {
      return this.#refuse(412, "precondition_failed");
    }
    const text = String(init.body);
    this.files.set(path, text);
    return Response.json({
      path,
      etag: this.#tag(text),
      size_bytes: text.length,
      created: old === undefined,
    });
  };
  #refuse(status: number, code: string) {
    return Response.json({ error: { code, message: code } }, { status });
  }
}

let disk: Disk;
beforeEach(() => {
  disk = new Disk();
  localStorage.clear();
  vi.stubGlobal("fetch", disk.fetch);
});
afterEach(() => vi.unstubAllGlobals());

async function open(path: string): Promise<FileDocument> {
  const document = new FileDocument("ws_1", path, []);
  await document.load();
  return document;
}

function type(document: FileDocument, at: number, text: string) {
  document.took(document.state.update({ changes: { from: at, insert: text }, userEvent: "input.type" }));
}

describe("a file in the editor", () => {
  test("is saved with its line endings and byte order mark", async () => {
    disk.files.set("a.txt", "\ufeffone\r\ntwo\r\n");
    const document = await open("a.txt");
    expect(document.state.doc.toString()).toBe("one\ntwo\n");
    type(document, 3, "!");
    expect(document.view.get().dirty).toBe(true);
    await document.save();
    expect(disk.files.get("a.txt")).toBe("\ufeffone!\r\ntwo\r\n");
    expect(document.view.get().dirty).toBe(false);
  });

  test("follows the disk while nobody types", async () => {
    disk.files.set("a.txt", "one\ntwo\n");
    const document = await open("a.txt");
    disk.files.set("a.txt", "one\n1.5\ntwo\n");
    await document.load();
    expect(document.state.doc.toString()).toBe("one\n1.5\ntwo\n");
    expect(document.view.get()).toMatchObject({ dirty: false, trouble: null });
  });

  test("keeps both texts when disk and editor changed, and overwrites neither", async () => {
    disk.files.set("a.txt", "one\n");
    const document = await open("a.txt");
    type(document, 0, "mine ");
    disk.files.set("a.txt", "theirs one\n");
    await document.save();
    expect(disk.files.get("a.txt")).toBe("theirs one\n");
    expect(document.view.get().trouble).toMatchObject({ kind: "conflict", disk: "theirs one\n" });
    expect(document.state.doc.toString()).toBe("mine one\n");
    await document.settle("mine");
    expect(disk.files.get("a.txt")).toBe("mine one\n");
    expect(document.view.get()).toMatchObject({ dirty: false, trouble: null });
  });

  test("taking the disk's text settles a conflict", async () => {
    disk.files.set("a.txt", "one\n");
    const document = await open("a.txt");
    type(document, 0, "mine ");
    disk.files.set("a.txt", "theirs\n");
    await document.load();
    await document.settle("disk");
    expect(document.state.doc.toString()).toBe("theirs\n");
    expect(document.view.get()).toMatchObject({ dirty: false, trouble: null });
  });

  test("its text survives its deletion and can be written again", async () => {
    disk.files.set("a.txt", "one\n");
    const document = await open("a.txt");
    disk.files.delete("a.txt");
    await document.load();
    expect(document.view.get()).toMatchObject({ dirty: true, trouble: { kind: "deleted" } });
    await document.save();
    expect(disk.files.get("a.txt")).toBe("one\n");
    expect(document.view.get()).toMatchObject({ dirty: false, trouble: null });
  });

  test("unsaved text is there again after the page was reloaded", async () => {
    disk.files.set("a.txt", "one\n");
    const before = await open("a.txt");
    type(before, 0, "unsaved ");
    before.dispose();
    const after = await open("a.txt");
    expect(after.state.doc.toString()).toBe("unsaved one\n");
    expect(after.view.get()).toMatchObject({ dirty: true, trouble: null });
  });

  test("binary content is not taken for text", async () => {
    disk.files.set("a.bin", "a\0b");
    expect((await open("a.bin")).view.get().content).toEqual({ kind: "binary", bytes: 3 });
  });
});
