/**
 * A stand-in for `stead serve` while working on the page's looks: a few workspaces with scripted state.
 * `node dev/mock.mjs` and `STEAD_URL=http://localhost:7899 npm run dev`. Nothing of it is shipped.
 */
import { createServer } from "node:http";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { WebSocketServer } from "ws";
import * as Y from "yjs";

const PORT = Number(process.env.MOCK_PORT ?? 7899);
const DAY = 86_400_000;
const now = Date.now();
const settings = {
  command: null,
  port: null,
  restart: "on_failure",
  viewers_see_terminals: false,
  terminal_clipboard: true,
};
const me = {
  id: "usr_0",
  name: "Ada",
  preview_origin: `http://{label}.localhost:${PORT}`,
  version: "0.1.0",
};
const templates = [
  {
    id: "static",
    title: "Static page",
    description: "HTML, CSS and JavaScript with live reload.",
    needs: [],
  },
  {
    id: "vite-react",
    title: "Vite + React",
    description: "A React app with hot module replacement.",
    needs: ["node"],
  },
  { id: "node", title: "Node server", description: "An HTTP server on plain Node.", needs: ["node"] },
  {
    id: "python",
    title: "Python server",
    description: "A small web app on the standard library.",
    needs: ["python3"],
  },
  {
    id: "rust",
    title: "Rust server",
    description: "An HTTP server that Cargo builds and runs.",
    needs: ["cargo"],
  },
];
const files = {
  "index.html":
    '<!doctype html>\n<div id="root"></div>\n<script type="module" src="/src/main.tsx"></script>\n',
  "package.json": '{\n  "name": "storefront",\n  "scripts": { "dev": "vite" }\n}\n',
  "README.md": "# Storefront\n\nA shop window for hand-made lamps.\n",
  "vite.config.ts": 'import { defineConfig } from "vite";\n\nexport default defineConfig({});\n',
  "src/App.tsx":
    'import { useState } from "react";\n\ninterface Lamp {\n  name: string;\n  watts: number;\n}\n\nconst lamps: Lamp[] = [\n  { name: "Reading lamp", watts: 7 },\n  { name: "Lantern", watts: 4 },\n];\n\nexport function App() {\n  const [lit, setLit] = useState(false);\n  // Everyone likes a switch.\n  return (\n    <main className="shop">\n      <h1>Lamps</h1>\n      {lamps.map((lamp) => (\n        <button key={lamp.name} onClick={() => setLit(!lit)}>\n          {lamp.name} · {lamp.watts} W\n        </button>\n      ))}\n    </main>\n  );\n}\n',
  "src/main.tsx": 'import { App } from "./App";\n',
  "src/styles/app.css": ".shop { display: grid; }\n",
};
const term = (name, kind, title) => ({
  name,
  id: `term_${name}`,
  kind,
  pid: 42,
  cols: 100,
  rows: 20,
  attachments: 1,
  title,
  working_directory: "~",
  created_at_ms: now,
});

function runtime(id, kind) {
  const up = kind === "running" || kind === "failed";
  return {
    workspace_id: id,
    session_id: up ? "ses_0" : null,
    generation: 3,
    revision: 10,
    updated_at_ms: now,
    status: kind === "failed" ? "running" : kind === "setup" || kind === "setup-failed" ? "idle" : kind,
    reason:
      kind === "crashed" ? "The kernel ran out of memory (limit 2 GiB) and was ended by the system." : null,
    setup:
      kind === "setup"
        ? {
            status: "running",
            message: "Cloning https://github.com/ada/engine: 1,204 of 3,310 objects",
            percent: 36,
          }
        : kind === "setup-failed"
          ? {
              status: "failed",
              message: "The repository https://example.org/gone.git was not found. Nothing was kept.",
              percent: null,
            }
          : { status: "done", message: null, percent: null },
    dev_server: {
      status: kind === "failed" ? "failed" : up ? "ready" : "stopped",
      phase: null,
      command: "npm run dev",
      framework: "vite",
      pid: up ? 61 : null,
      started_at_ms: up ? now - 300_000 : null,
      exit: kind === "failed" ? { code: 1, signal: null } : null,
      last_lines:
        kind === "failed"
          ? [
              "> storefront@0.0.0 dev",
              "> vite",
              "",
              "failed to load config from /workspace/vite.config.ts",
              "error when starting dev server:",
              "Error: Cannot find module 'vite-plugin-lamps'",
            ]
          : [],
      reason:
        kind === "failed"
          ? "The command `npm run dev` exited with code 1 before it listened on a port."
          : null,
      restarts: 2,
      retry_at_ms: kind === "failed" ? Date.now() + 8_000 : null,
    },
    build:
      kind === "failed"
        ? {
            status: "failed",
            errors: [
              {
                file: "src/App.tsx",
                line: 14,
                column: 9,
                message: "Property 'wats' does not exist on type 'Lamp'. Did you mean 'watts'?",
              },
              {
                file: "vite.config.ts",
                line: 1,
                column: 1,
                message: "Cannot find module 'vite-plugin-lamps' or its corresponding type declarations.",
              },
            ],
          }
        : { status: up ? "success" : "idle", errors: [] },
    preview: {
      status: kind === "running" ? "running" : "stopped",
      port: up ? 5173 : null,
      path: "/",
      url: null,
    },
    ports: up
      ? [
          { port: 5173, process: "node", pid: 61, primary: true },
          { port: 8025, process: "mailpit", pid: 77, primary: false },
        ]
      : [],
    terminals: up
      ? [
          term("dev-server", "dev_server", "npm run dev"),
          term("main", "shell", "zsh"),
          term("tests", "shell", "vitest"),
        ]
      : [],
    file_watch: { status: "live", directories: 12, message: null },
    capabilities: {
      provider: "sandbox",
      limits: "cgroup_v2",
      memory_bytes_max: 2 ** 31,
      processes_max: 512,
      cpu_millis_max: 2000,
      network: "public",
      seccomp: true,
      landlock_abi: 0,
      missing: [],
    },
  };
}

const kinds = ["running", "failed", "setup", "stopped", "crashed", "idle", "setup-failed"];
const names = [
  "Storefront",
  "API gateway spike",
  "engine",
  "Lecture notes",
  "Telemetry importer",
  "Blank",
  "Gone",
];
const sources = ["vite-react", "node", "git", "static", "python", "empty", "git"];
const states = new Map(kinds.map((kind, index) => [`ws_${kind}`, runtime(`ws_${kind}`, kinds[index])]));
const workspaces = kinds.map((kind, index) => ({
  id: `ws_${kind}`,
  name: names[index],
  source: sources[index],
  owner: "usr_0",
  role: "owner",
  created_at_ms: now - 30 * DAY,
  opened_at_ms: now - [120_000, 3_600_000, 20_000, 3 * DAY, 9 * DAY, 40 * DAY, DAY][index],
}));
const listed = () =>
  workspaces.map((it) => {
    const state = states.get(it.id);
    return { ...it, status: state.status, dev_server: state.dev_server.status, setup: state.setup.status };
  });

const sockets = new Map();
function publish(id, change) {
  const state = states.get(id);
  Object.assign(state, change, { revision: state.revision + 1, updated_at_ms: Date.now() });
  for (const socket of sockets.get(id) ?? []) socket.send(JSON.stringify({ type: "state", state }));
  return state;
}

function entries(path) {
  const prefix = path === "" ? "" : `${path}/`;
  const found = new Map();
  for (const file of Object.keys(files)) {
    if (!file.startsWith(prefix)) continue;
    const [name, ...rest] = file.slice(prefix.length).split("/");
    found.set(name, {
      name,
      path: prefix + name,
      kind: rest.length > 0 ? "directory" : "file",
      size_bytes: files[file].length,
      modified_at_ms: now,
      executable: false,
      ignored: false,
    });
  }
  if (path === "")
    found.set("node_modules", {
      ...found.get("src"),
      name: "node_modules",
      path: "node_modules",
      ignored: true,
    });
  return [...found.values()].sort((a, b) => a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));
}

async function workspaceRoute(method, id, rest, url, body, response) {
  const json = (status, value) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  const state = states.get(id);
  if (state === undefined)
    return json(404, { error: { code: "not_found", message: "There is no such workspace." } });
  if (rest === "") {
    const workspace = workspaces.find((it) => it.id === id);
    if (method === "PATCH") workspace.name = JSON.parse(body).name;
    if (method === "DELETE") {
      workspaces.splice(workspaces.indexOf(workspace), 1);
      return response.writeHead(204).end();
    }
    return json(
      200,
      listed().find((it) => it.id === id),
    );
  }
  if (rest === "state") return json(200, state);
  if (rest === "settings") {
    if (method === "PUT") Object.assign(settings, JSON.parse(body));
    return json(200, settings);
  }
  if (rest === "session/run" || rest === "session/start" || rest === "session/restart") {
    publish(id, {
      ...runtime(id, "running"),
      status: "starting",
      preview: { status: "starting", port: null, path: "/", url: null },
    });
    setTimeout(() => publish(id, runtime(id, "running")), 1_500);
    return json(200, states.get(id));
  }
  if (rest === "session/stop") {
    publish(id, { status: "stopping" });
    await new Promise((done) => setTimeout(done, 800));
    return json(200, publish(id, runtime(id, "stopped")));
  }
  if (rest === "preview/grant")
    return json(200, { url: `http://localhost:${PORT}/app`, origin: `http://localhost:${PORT}` });
  if (rest === "tree")
    return json(200, {
      path: url.searchParams.get("path"),
      entries: entries(url.searchParams.get("path")),
      truncated: false,
    });
  if (rest === "search/names") {
    const query = url.searchParams.get("q").toLowerCase();
    return json(200, {
      paths: Object.keys(files).filter((it) => it.toLowerCase().includes(query)),
      truncated: false,
    });
  }
  if (rest.startsWith("files/")) {
    const path = decodeURIComponent(rest.slice(6));
    if (method === "PUT") files[path] = body;
    if (method === "DELETE") delete files[path];
    if (method === "PUT") return json(200, { path, etag: '"2"', size_bytes: body.length, created: false });
    if (files[path] === undefined)
      return json(404, { error: { code: "not_found", message: `${path} does not exist.` } });
    return response.writeHead(200, { etag: '"1"', "content-type": "text/plain" }).end(files[path]);
  }
  return json(200, state);
}

const replicas = new Map();

/** A document for one: it takes everything, and forgets it with the process. */
function openDocument(socket, path) {
  if (files[path] === undefined) return socket.close(4404, "there is no such file");
  const doc = replicas.get(path) ?? new Y.Doc();
  if (!replicas.has(path)) doc.getText("content").insert(0, files[path]);
  replicas.set(path, doc);
  const send = (...parts) => {
    const encoder = encoding.createEncoder();
    for (const part of parts) {
      if (typeof part === "number") encoding.writeVarUint(encoder, part);
      else if (typeof part === "string") encoding.writeVarString(encoder, part);
      else encoding.writeVarUint8Array(encoder, part);
    }
    socket.send(encoding.toUint8Array(encoder));
  };
  const ours = (message) => send(64, JSON.stringify(message));
  const facts = { path, connection: 1, read_only: null, encoding: null, saving: "saved", conflicts: [] };
  ours({ type: "hello", document_id: `doc_${path}`, ...facts });
  send(0, 0, Y.encodeStateVector(doc));
  let updates = 0;
  socket.on("message", (data) => {
    const decoder = decoding.createDecoder(new Uint8Array(data));
    if (decoding.readVarUint(decoder) !== 0) return;
    const kind = decoding.readVarUint(decoder);
    const bytes = decoding.readVarUint8Array(decoder);
    if (kind === 0) send(0, 1, Y.encodeStateAsUpdate(doc, bytes));
    else {
      Y.applyUpdate(doc, bytes);
      updates += 1;
      ours({ type: "ack", updates });
    }
  });
  return undefined;
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://mock");
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const json = (status, value) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  const path = url.pathname;
  if (path === "/app") {
    return response
      .writeHead(200, { "content-type": "text/html; charset=utf-8" })
      .end(
        '<body style="font:16px/1.5 Georgia,serif;margin:0;background:#fbf6ea;color:#332"><main style="max-width:34rem;margin:12vh auto;padding:1rem"><h1>Lamps</h1><p>Hand-made light for evenings. Open every day but Monday.</p><button style="padding:.6em 1.2em;border-radius:99px;border:1px solid #b96;background:#fff">Reading lamp · 7 W</button></main>',
      );
  }
  if (path === "/api/v1/me") return json(200, me);
  if (path === "/api/v1/enter") {
    if (JSON.parse(body).grant === "old")
      return json(410, {
        error: {
          code: "link_expired",
          message: "This link was used already, or it is older than 15 minutes.",
        },
      });
    return json(200, me);
  }
  if (path === "/api/v1/leave") return response.writeHead(204).end();
  if (path === "/api/v1/links")
    return json(200, {
      url: `http://localhost:${PORT}/enter/3q9x7w2m5k8t1z6v4r0c`,
      expires_at_ms: Date.now() + 600_000,
    });
  if (path === "/api/v1/templates") return json(200, templates);
  if (path === "/api/v1/workspaces" && method(request, "POST")) {
    const { name, source } = JSON.parse(body);
    const id = `ws_${Date.now()}`;
    states.set(id, runtime(id, "stopped"));
    workspaces.unshift({
      ...workspaces[0],
      id,
      name,
      source: source.id ?? source.kind,
      opened_at_ms: Date.now(),
    });
    return json(201, listed()[0]);
  }
  if (path === "/api/v1/workspaces") return json(200, process.env.MOCK_EMPTY ? [] : listed());
  const match = /^\/api\/v1\/workspaces\/([^/]+)\/?(.*)$/.exec(path);
  if (match !== null) return workspaceRoute(request.method, match[1], match[2], url, body, response);
  return json(404, { error: { code: "not_found", message: "No such route." } });
});

function method(request, name) {
  return request.method === name;
}

const SCREEN =
  "\x1b[2m$\x1b[0m npm test\r\n\r\n\x1b[1m RUN \x1b[0m v4.1.12 /workspace\r\n\r\n \x1b[32m✓\x1b[0m src/cart.test.ts \x1b[2m(12 tests)\x1b[0m 31ms\r\n \x1b[32m✓\x1b[0m src/lamp.test.ts \x1b[2m(4 tests)\x1b[0m 8ms\r\n\r\n\x1b[2m Test Files \x1b[0m \x1b[32m2 passed\x1b[0m (2)\r\n\x1b[2m      Tests \x1b[0m \x1b[32m16 passed\x1b[0m (16)\r\n\r\n\x1b[36m~/workspace\x1b[0m \x1b[35mmain\x1b[0m $ ";

const wss = new WebSocketServer({ server });
wss.on("connection", (socket, request) => {
  const [, id, rest] = /workspaces\/([^/]+)\/([^?]*)/.exec(request.url) ?? [];
  const state = states.get(id);
  if (state === undefined) return socket.close(4404);
  if (rest === "ws") {
    sockets.set(id, (sockets.get(id) ?? new Set()).add(socket));
    socket.on("close", () => sockets.get(id).delete(socket));
    socket.send(JSON.stringify({ type: "hello", next_seq: 1, read_only: false }));
    socket.send(JSON.stringify({ type: "state", state }));
    const stats = {
      cpu_percent: 12.4,
      memory_used_bytes: 412e6,
      memory_available_bytes: 1.6e9,
      memory_percent: 19,
      disk_used_bytes: 2e9,
      disk_available_bytes: 40e9,
      disk_percent: 5,
      network_received_bytes: 1e6,
      network_sent_bytes: 1e5,
      processes: 14,
    };
    socket.on("message", (data) => {
      const frame = JSON.parse(data);
      socket.send(JSON.stringify(frame.type === "ping" ? { type: "pong" } : { type: "system_stats", stats }));
    });
    return undefined;
  }
  if (rest.startsWith("documents/")) return openDocument(socket, decodeURIComponent(rest.slice(10)));
  const name = rest.split("/")[1];
  socket.send(
    JSON.stringify({
      type: "attached",
      id: `term_${name}`,
      name,
      offset: 0,
      cols: 100,
      rows: 20,
      resumed: false,
      read_only: false,
    }),
  );
  let offset = 0n;
  const frame = (kind, text) => {
    const payload = Buffer.from(text);
    const head = Buffer.alloc(9);
    head[0] = kind;
    head.writeBigUInt64BE(offset, 1);
    if (kind === 0) offset += BigInt(payload.length);
    socket.send(Buffer.concat([head, payload]));
  };
  frame(1, SCREEN);
  socket.on("message", (data, binary) => {
    if (binary) frame(0, data.toString().replaceAll("\r", "\r\n$ "));
  });
  return undefined;
});
server.listen(PORT);
