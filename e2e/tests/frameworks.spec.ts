/** Apps as people write them: forms, sessions, sockets, streams, and editors that save again and again. */
import type { Page } from "@playwright/test";
import { expect, INSTALL_MS, preview, put, test, type World } from "./world";

/** Makes a workspace of files and presses Run. */
async function begin(page: Page, world: World, name: string, files: Record<string, string>): Promise<string> {
  const id = await world.create(name);
  await page.goto(`${world.url}/w/${id}`);
  await put(page, id, files);
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  return id;
}

const FLASK = `from flask import Flask, flash, get_flashed_messages, redirect, request, session, url_for

app = Flask(__name__)
app.secret_key = "for a test"

@app.get("/")
def index():
    said = " ".join(get_flashed_messages())
    name = session.get("name", "nobody")
    return f"""<!doctype html><title>Flask</title><h1>TITLE</h1><output>{said} {name}</output>
<form method="post" action="/login"><input name="name" aria-label="Name"><button>Log in</button></form>"""

@app.post("/login")
def login():
    session["name"] = request.form["name"]
    flash("Welcome")
    return redirect(url_for("index", _external=True))
`;

// covers: S1.36, S1.55
test("a Flask app keeps its session through a form and a redirect, and tells its syntax errors", async ({
  signedIn: page,
  world,
}) => {
  test.setTimeout(INSTALL_MS + 120_000);
  const id = await begin(page, world, "Flask", { "app.py": FLASK, "requirements.txt": "flask\n" });
  const app = preview(page);
  await expect(app.locator("h1")).toHaveText("TITLE", { timeout: INSTALL_MS });
  await app.getByLabel("Name").fill("Grace");
  await app.getByRole("button", { name: "Log in" }).click();
  await expect(app.locator("output")).toHaveText("Welcome Grace");

  await put(page, id, { "app.py": `${FLASK}\ndef broken(:\n` });
  await page.getByRole("tab", { name: /problems/i }).click();
  await expect(page.getByRole("region", { name: "Terminals and log" })).toContainText("app.py");
  await put(page, id, { "app.py": FLASK.replace("TITLE", "Mended") });
  await expect(async () => {
    await page.getByRole("button", { name: "Reload the preview" }).click();
    await expect(app.locator("h1")).toHaveText("Mended", { timeout: 1_000 });
  }).toPass();
  await expect(app.locator("output")).toHaveText("Grace");
});

const NODE = `import { createServer } from "node:http";
import { WebSocketServer } from "ws";
const server = createServer(async (request, response) => {
  if (request.url === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let count = 0;
    const timer = setInterval(() => response.write(\`data: \${++count}\\n\\n\`), 20);
    request.on("close", () => clearInterval(timer));
  } else if (request.url === "/upload") {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    response.end(String(bytes));
  } else {
    response.setHeader("content-type", "text/html");
    response.end("<h1>TITLE</h1>");
  }
});
const sockets = new WebSocketServer({ server, handleProtocols: (offered) => offered.has("second") && "second" });
sockets.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));
server.listen(process.env.PORT);
`;

// covers: S1.36, S1.39
test("a Node server streams, takes uploads and sockets, and restarts at every save", async ({
  signedIn: page,
  world,
}) => {
  test.setTimeout(INSTALL_MS + 120_000);
  const manifest = { type: "module", scripts: { dev: "node --watch server.js" }, dependencies: { ws: "^8" } };
  const id = await begin(page, world, "Node", { "package.json": JSON.stringify(manifest), "server.js": NODE });
  const app = preview(page);
  await expect(app.locator("h1")).toHaveText("TITLE", { timeout: INSTALL_MS });

  const body = app.locator("body");
  const events = body.evaluate(
    () =>
      new Promise<string[]>((done) => {
        const [source, got] = [new EventSource("/events"), [] as string[]];
        source.onmessage = (event) => {
          if (got.push(event.data) === 3) done(got);
          if (got.length === 3) source.close();
        };
      }),
  );
  expect(await events).toEqual(["1", "2", "3"]);
  const uploaded = body.evaluate(async () => {
    const answer = await fetch("/upload", { method: "POST", body: new Uint8Array(20_000_000) });
    return await answer.text();
  });
  expect(await uploaded).toBe("20000000");
  const echoed = body.evaluate(
    () =>
      new Promise<unknown>((done) => {
        const socket = new WebSocket(`ws://${location.host}/`, ["first", "second"]);
        socket.binaryType = "arraybuffer";
        const got: unknown[] = [];
        socket.onopen = () => {
          socket.send("text");
          socket.send(new Uint8Array(100_000));
        };
        socket.onmessage = ({ data }) => {
          got.push(typeof data === "string" ? data : data.byteLength);
          if (got.length === 2) done([socket.protocol, ...got]);
        };
        socket.onerror = () => done("failed");
      }),
  );
  expect(await echoed).toEqual(["second", "text", 100_000]);

  for (const title of ["One", "Two", "Three"]) {
    await put(page, id, { "server.js": NODE.replace("TITLE", title) });
    await expect(async () => {
      await page.getByRole("button", { name: "Reload the preview" }).click();
      await expect(app.locator("h1")).toHaveText(title, { timeout: 1_000 });
    }).toPass();
  }
});
