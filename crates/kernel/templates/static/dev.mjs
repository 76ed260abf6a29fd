// Serves this directory and reloads the page when a file changes. No dependencies.
import { createReadStream, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const port = Number(process.env.PORT ?? 8000);
const host = process.env.HOST ?? "127.0.0.1";

const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

// Added to every page: asks for news, and reloads when there are some.
const reloader = `<script type="module">
  const changes = new EventSource("/.changes");
  changes.addEventListener("change", () => location.reload());
</script>`;

const listeners = new Set();
let pending;
watch(root, { recursive: true }, (_, name) => {
  if (!name || name.split(sep).some((part) => part.startsWith(".") || part === "node_modules")) return;
  clearTimeout(pending);
  pending = setTimeout(() => {
    console.log(`changed: ${name}`);
    for (const listener of listeners) listener.write(`event: change\ndata: ${name}\n\n`);
  }, 50);
});

const server = createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/.changes") return listen(request, response);
    await serve(decodeURIComponent(pathname), response);
  } catch {
    response.writeHead(400).end("bad request\n");
  }
});

function listen(request, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write("retry: 500\n\n");
  listeners.add(response);
  request.on("close", () => listeners.delete(response));
}

async function serve(pathname, response) {
  let file = normalize(join(root, pathname));
  if (!file.startsWith(root) || pathname.includes("\0")) return missing(response);
  let found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) {
    file = join(file, "index.html");
    found = await stat(file).catch(() => undefined);
  }
  if (!found?.isFile()) return missing(response);
  const type = types[extname(file).toLowerCase()] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type, "cache-control": "no-cache" });
  const content = createReadStream(file);
  content.on("error", () => response.destroy());
  if (!type.startsWith("text/html")) return content.pipe(response);
  content.pipe(response, { end: false });
  content.on("end", () => response.end(reloader));
}

function missing(response) {
  response.writeHead(404, { "content-type": "text/html; charset=utf-8" });
  response.end(`<!doctype html><title>Not found</title><p>There is no such file.</p>${reloader}`);
}

server.listen(port, host, () => console.log(`Ready at http://localhost:${port}/`));
