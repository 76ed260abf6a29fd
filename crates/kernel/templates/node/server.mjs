import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST ?? "127.0.0.1";

const file = (name) => new URL(`public/${name}`, import.meta.url);

const routes = {
  "GET /": () => page("index.html", "text/html; charset=utf-8"),
  "GET /style.css": () => page("style.css", "text/css; charset=utf-8"),
  "GET /api/time": () => json({ time: new Date().toISOString(), node: process.version }),
};

async function page(name, type) {
  return { status: 200, type, body: await readFile(file(name)) };
}

function json(value, status = 200) {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const route = routes[`${request.method} ${pathname}`];
  const missing = () => json({ error: `no route for ${request.method} ${pathname}` }, 404);
  try {
    const { status, type, body } = await (route ?? missing)();
    response.writeHead(status, { "content-type": type }).end(body);
  } catch (error) {
    console.error(error);
    response.writeHead(500, { "content-type": "text/plain" }).end("something went wrong\n");
  }
});

server.listen(port, host, () => console.log(`Ready at http://localhost:${port}/`));
