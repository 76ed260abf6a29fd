/** Live documents for clients that nobody here wrote: `y-websocket` in Node and `pycrdt` in Python. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as decoding from "lib0/decoding";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { expect, test, type World } from "./world";

const run = promisify(execFile);

/** One client of one document. */
class Client {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText("content");
  readonly provider: WebsocketProvider;
  /** Who wrote the file, as far as the kernel told. */
  readonly authors: string[] = [];

  constructor(world: World, token: string, id: string, path: string) {
    const url = `ws://localhost:${world.port}/api/v1/workspaces/${id}/documents`;
    this.provider = new WebsocketProvider(url, encodeURI(path), this.doc, {
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
      protocols: [`bearer.${token}`],
      params: { stead: "1" },
      disableBc: true,
      maxBackoffTime: 500,
    });
    this.provider.messageHandlers[64] = (_encoder, decoder) => {
      const message = JSON.parse(decoding.readVarString(decoder));
      if (message.type === "changed") this.authors.push(message.author.kind);
    };
  }

  get shows(): string {
    return this.text.toString();
  }

  /** Types a word at the beginning of some word. */
  types(word: string, random: () => number): void {
    const places = [0, ...[...this.shows.matchAll(/\s/g)].map((it) => it.index + 1)];
    const at = places[Math.floor(random() * places.length)] ?? 0;
    this.text.insert(at, `${word}${random() < 0.3 ? "\n" : " "}`);
  }

  dispose(): void {
    this.provider.destroy();
    this.doc.destroy();
  }
}

/** The same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const request = (world: World, id: string, path: string, init: RequestInit = {}) =>
  world.request(`/workspaces/${id}/${path}`, init);
const put = async (world: World, id: string, path: string, body: string) =>
  expect((await request(world, id, `files/${path}`, { method: "PUT", body })).ok).toBe(true);
/** What is in a file; nothing while the kernel is not there. */
const onDisk = (world: World, id: string, path: string) =>
  request(world, id, `files/${path}`)
    .then((answer) => answer.text())
    .catch(() => "");

/** Ends the process of a workspace's kernel as a crash would. */
async function killKernel(world: World): Promise<void> {
  for (const entry of await readdir(world.data, { recursive: true })) {
    if (!entry.endsWith("kernel.json")) continue;
    const record = JSON.parse(await readFile(join(world.data, entry), "utf8"));
    if (record.phase === "running") process.kill(record.pid, "SIGKILL");
  }
}

/** Lets a script run in the workspace until it ends, or its kernel does. */
function program(world: World, id: string, script: string): Promise<string> {
  return world.stead("run", id, "--", "sh", "-c", script).catch(() => "");
}

function count(text: string, word: string): number {
  return text.split(word).length - 1;
}

async function allShow(clients: Client[], file: () => Promise<string>): Promise<string> {
  const settled = async () => {
    const texts = [await file(), ...clients.map((it) => it.shows)];
    return texts.every((it) => it === texts[0]) && clients.every((it) => it.provider.synced);
  };
  await expect.poll(settled, { timeout: 60_000 }).toBe(true);
  return clients[0]?.shows ?? "";
}

// covers: S0.30, S0.42, S0.48
test("unmodified Yjs clients, a program and a crash of the kernel end with one text", async ({ world }) => {
  test.setTimeout(180_000);
  const id = await world.create("Yjs");
  await world.stead("start", id);
  await put(world, id, "notes.txt", "begin\nend\n");
  const secret = await world.token();
  const clients = [1, 2, 3].map(() => new Client(world, secret, id, "notes.txt"));
  for (const client of clients) await expect.poll(() => client.shows).toBe("begin\nend\n");
  const writer = (from: number) => `
    i=${from}
    while [ $i -lt ${from + 60} ]; do
      i=$((i+1))
      { echo "p$i."; cat notes.txt; } > .next && mv .next notes.txt
      echo $i > .count
      sleep 0.1
    done`;
  const random = numbers(7);
  const words: string[] = [];
  const type = async (steps: number) => {
    for (let step = 0; step < steps; step += 1) {
      const index = Math.floor(random() * clients.length);
      const client = clients[index];
      if (client === undefined) continue;
      const word = `c${index}w${words.length}.`;
      words.push(word);
      client.types(word, random);
      if (random() < 0.05) client.provider.disconnect();
      if (random() < 0.15) for (const it of clients) it.provider.connect();
      await new Promise((done) => setImmediate(done));
      if (step % 5 === 0) await onDisk(world, id, ".count");
    }
  };
  const first = program(world, id, writer(0));
  await expect.poll(() => onDisk(world, id, "notes.txt")).toContain("p3.");
  await type(300);
  await killKernel(world);
  await type(100);
  for (const client of clients) client.provider.connect();
  await first;
  await allShow(clients, () => onDisk(world, id, "notes.txt"));
  // It was written while the kernel ended: it is there once the next one is.
  const counted = async () => Number.parseInt(await onDisk(world, id, ".count"), 10);
  await expect.poll(counted).toBeGreaterThan(0);
  const written = await counted();
  await world.stead("start", id);
  const second = program(world, id, writer(1000));
  await type(300);
  for (const client of clients) client.provider.connect();
  await second;
  const text = await allShow(clients, () => onDisk(world, id, "notes.txt"));
  for (const word of words) expect(`${word} ${count(text, word)}`).toBe(`${word} 1`);
  for (let line = 1; line <= written; line += 1) expect(`p${line} ${count(text, `p${line}.`)}`).toBe(`p${line} 1`);
  for (let line = 1001; line <= 1060; line += 1) expect(`p${line} ${count(text, `p${line}.`)}`).toBe(`p${line} 1`);
  for (const client of clients) client.dispose();
});

// covers: S2.14
test("a checkout of two hundred files reaches the fifty that are open, as a change by Git", async ({ world }) => {
  test.setTimeout(180_000);
  const id = await world.create("Checkout");
  await world.stead("start", id);
  await program(
    world,
    id,
    `git init -q -b main && git config user.name T && git config user.email t@example.org
     for i in $(seq 200); do printf 'file %s\\nmain\\nend\\n' $i > f$i.txt; done
     git add -A && git commit -qm main && git switch -qc side
     for i in $(seq 200); do printf 'file %s\\nside\\nend\\n' $i > f$i.txt; done
     git commit -qam side && git switch -q main`,
  );
  const secret = await world.token();
  const clients = Array.from({ length: 50 }, (_, index) => new Client(world, secret, id, `f${index + 1}.txt`));
  const shows = async (branch: string) => {
    const all = clients.map((_, index) => `file ${index + 1}\n${branch}\nend\n`);
    await expect.poll(() => clients.map((it) => it.shows), { timeout: 60_000 }).toEqual(all);
  };
  await shows("main");
  await program(world, id, "git checkout -q side");
  await shows("side");
  const body = JSON.stringify({ revision: "main" });
  const headers = { "content-type": "application/json" };
  expect((await request(world, id, "git/checkout", { method: "POST", body, headers })).ok).toBe(true);
  await shows("main");
  // On a busy machine a file may be seen while Git is in the middle of it: then it changes twice.
  for (const client of clients) await expect.poll(() => [...new Set(client.authors)]).toEqual(["git"]);
  // Typed, and committed by the next request: the commit has it.
  const seen = new Client(world, secret, id, "f1.txt");
  await expect.poll(() => seen.shows).toBe("file 1\nmain\nend\n");
  clients[0]?.text.insert(0, "typed ");
  await expect.poll(() => seen.shows, { intervals: [10] }).toContain("typed ");
  const commit = JSON.stringify({ message: "typed", all: true });
  const answer = await request(world, id, "git/commit", { method: "POST", body: commit, headers });
  expect(await answer.text()).not.toContain("f1.txt");
  const content = await (await request(world, id, "git/content?revision=HEAD&path=f1.txt")).text();
  expect(content).toBe("typed file 1\nmain\nend\n");
  for (const client of [...clients, seen]) client.dispose();
});

test("a file that is replaced, deleted and made again, or moved by a program stays one document", async ({ world }) => {
  const id = await world.create("Replaced");
  await world.stead("start", id);
  await put(world, id, "a.txt", "one\n");
  const client = new Client(world, await world.token(), id, "a.txt");
  await expect.poll(() => client.shows).toBe("one\n");
  await program(world, id, "printf 'one\\ntwo\\n' > b && mv b a.txt");
  await expect.poll(() => client.shows).toBe("one\ntwo\n");
  await program(world, id, "cp a.txt b && rm a.txt && { cat b; echo three; } > a.txt && rm b");
  await expect.poll(() => client.shows).toBe("one\ntwo\nthree\n");
  client.text.insert(0, "zero\n");
  await expect.poll(() => onDisk(world, id, "a.txt")).toBe("zero\none\ntwo\nthree\n");
  // A program that keeps the file open, and goes on in it after ours.
  const appending = program(
    world,
    id,
    "exec 3>>a.txt; echo first >&3; while [ ! -e go ]; do sleep 0.1; done; echo second >&3",
  );
  await expect.poll(() => client.shows).toBe("zero\none\ntwo\nthree\nfirst\n");
  client.text.delete(0, 5);
  client.text.insert(0, "ZERO\n");
  await expect.poll(() => onDisk(world, id, "a.txt")).toContain("ZERO");
  await put(world, id, "go", "");
  await appending;
  await expect.poll(() => client.shows).toBe("ZERO\none\ntwo\nthree\nfirst\nsecond\n");
  client.text.delete(0, 5);
  client.text.insert(0, "zero\n");
  await expect.poll(() => onDisk(world, id, "a.txt")).toBe("zero\none\ntwo\nthree\nfirst\nsecond\n");
  await program(world, id, "chmod 751 a.txt; mv a.txt moved.txt");
  await expect.poll(() => onDisk(world, id, "moved.txt")).toContain("zero");
  client.text.insert(0, "top\n");
  await expect.poll(() => onDisk(world, id, "moved.txt")).toBe("top\nzero\none\ntwo\nthree\nfirst\nsecond\n");
  expect(await program(world, id, "stat -c %a moved.txt")).toContain("751");
  client.dispose();
});

const PYTHON = `
import asyncio, sys
from pycrdt import Doc, Text, YMessageType, YSyncMessageType, create_sync_message, create_update_message, handle_sync_message
import websockets

async def main(url, token):
    doc = Doc()
    doc["content"] = text = Text()
    async with websockets.connect(url, subprotocols=["bearer." + token]) as socket:
        await socket.send(create_sync_message(doc))
        synced = False
        while not synced:
            message = await socket.recv()
            if message[0] != YMessageType.SYNC:
                continue
            synced = message[1] == YSyncMessageType.SYNC_STEP2
            reply = handle_sync_message(message[1:], doc)
            if reply is not None:
                await socket.send(reply)
        updates = []
        subscription = doc.observe(lambda event: updates.append(event.update))
        for number in range(20):
            text.insert(len(str(text)), f"python{number} ")
        for update in updates:
            await socket.send(create_update_message(update))
        while "node" not in str(text):
            message = await socket.recv()
            if message[0] == YMessageType.SYNC:
                handle_sync_message(message[1:], doc)
        print(str(text))

asyncio.run(main(sys.argv[1], sys.argv[2]))
`;

test("pycrdt and y-websocket write one document", async ({ world }) => {
  // Installing takes most of it.
  test.setTimeout(300_000);
  const place = await mkdtemp(join(tmpdir(), "stead-pycrdt-"));
  await run("python3", ["-m", "venv", place]);
  await run(join(place, "bin/pip"), ["install", "-q", "--disable-pip-version-check", "pycrdt", "websockets"]);
  await writeFile(join(place, "client.py"), PYTHON);
  const id = await world.create("Python");
  await put(world, id, "a.txt", "begin ");
  const secret = await world.token();
  const client = new Client(world, secret, id, "a.txt");
  await expect.poll(() => client.shows).toBe("begin ");
  const url = `ws://localhost:${world.port}/api/v1/workspaces/${id}/documents/a.txt`;
  const python = run(join(place, "bin/python"), [join(place, "client.py"), url, secret]);
  const typed = Array.from({ length: 20 }, (_, number) => `python${number} `).join("");
  await expect.poll(() => client.shows).toBe(`begin ${typed}`);
  client.text.insert(0, "node ");
  expect((await python).stdout).toBe(`node begin ${typed}\n`);
  await expect.poll(() => onDisk(world, id, "a.txt")).toBe(`node begin ${typed}`);
  client.dispose();
  await rm(place, { recursive: true });
});
