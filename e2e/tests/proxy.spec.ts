/** Behind nginx, with the configuration that the runbook shows: names, TLS, sockets, cookies. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import {
  test as base,
  expect,
  freePort,
  INSTALL_MS,
  openTerminal,
  preview,
  readable,
  screen,
  signIn,
  type,
  World,
} from "./world";

const run = promisify(execFile);
const RUNBOOK = resolve(import.meta.dirname, "../../docs/runbook.md");
const NAME = "stead.example.org";
const PREVIEWS = "preview.example.org";

/** The proxy, and the server behind it. */
class Proxy {
  readonly world: World;
  readonly url: string;
  readonly #directory: string;
  readonly #nginx: ChildProcess;

  private constructor(world: World, url: string, directory: string, nginx: ChildProcess) {
    this.world = world;
    this.url = url;
    this.#directory = directory;
    this.#nginx = nginx;
  }

  static async open(): Promise<Proxy> {
    const directory = await mkdtemp(join(tmpdir(), "stead-nginx-"));
    const port = await freePort();
    const url = `https://${NAME}:${port}`;
    const world = await World.open(async () => [
      ...["--public-url", url, "--preview-domain", PREVIEWS, "--trusted-proxy", "127.0.0.1"],
    ]);
    await certify(directory);
    await writeFile(join(directory, "nginx.conf"), await configuration(directory, port, world.port));
    const nginx = spawn("nginx", ["-p", directory, "-c", "nginx.conf", "-g", "daemon off;"], { stdio: "inherit" });
    return new Proxy(world, url, directory, nginx);
  }

  /** A single-use link under the name that everybody uses. */
  async link(): Promise<string> {
    const link = await this.world.stead("open", "--print");
    expect(link).toContain(`${this.url}/`);
    return link;
  }

  /** Writes the app, as a program on the server's machine does. */
  async write(id: string, label: string): Promise<void> {
    const body = COUNTER.replace("LABEL", label);
    const written = await this.world.request(`/workspaces/${id}/files/src/App.tsx`, { method: "PUT", body });
    expect(written.ok, await written.text()).toBe(true);
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
    const ended = new Promise((done) => this.#nginx.once("exit", done));
    if (this.#nginx.exitCode === null) {
      this.#nginx.kill("SIGTERM");
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** A certificate for both names, its own authority. */
async function certify(directory: string): Promise<void> {
  const names = `subjectAltName=DNS:${NAME},DNS:*.${PREVIEWS}`;
  const files = ["-keyout", join(directory, "stead.key"), "-out", join(directory, "stead.pem")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", ...files];
  await run("openssl", ["req", "-x509", ...key, "-days", "2", "-subj", "/CN=stead", "-addext", names]);
}

/** What the runbook says, for this certificate and these ports. */
async function configuration(directory: string, port: number, behind: number): Promise<string> {
  const block = /```nginx\n(.*?)```/s.exec(await readFile(RUNBOOK, "utf8"))?.[1];
  if (block === undefined) throw new Error("the runbook has no configuration of nginx");
  const server = block
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replaceAll("/etc/ssl/", `${directory}/`)
    .replace("127.0.0.1:7832", `127.0.0.1:${behind}`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((it) => `${it}_temp_path ${it};`);
  return [
    process.getuid?.() === 0 ? "user root;" : "",
    `pid ${directory}/nginx.pid;`,
    "error_log stderr;",
    "events {}",
    `http { access_log off; ${temporary.join(" ")}`,
    server,
    "}",
  ].join("\n");
}

const test = base.extend<{ front: Proxy }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter
  front: async ({}, use) => {
    const front = await Proxy.open();
    await use(front);
    await front.dispose();
  },
});

test.use({
  ignoreHTTPSErrors: true,
  launchOptions: async ({ launchOptions }, use) => {
    const rules = `--host-resolver-rules=MAP *.example.org 127.0.0.1`;
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), rules] });
  },
});

const COUNTER = `import { useState } from "react";
export function App() {
  const [count, setCount] = useState(0);
  return <main><h1>LABEL</h1><button onClick={() => setCount(count + 1)}>count {count}</button></main>;
}
`;

/** Where the preview pane shows the app. */
async function previewOrigin(page: Page): Promise<string> {
  const frame = page.locator('iframe[title="Preview of the app"]');
  await expect(frame).toBeVisible();
  const handle = await frame.elementHandle();
  const inside = await handle?.contentFrame();
  return new URL(inside?.url() ?? "about:blank").origin;
}

// covers: S0.5, S0.26, S0.27, S0.81
test("behind nginx as the runbook has it, an app reloads hot and is a 502 only while it is down", async ({
  page,
  front,
}) => {
  test.setTimeout(INSTALL_MS + 180_000);
  await readable(page);
  const sockets = new Set<string>();
  page.on("websocket", (socket) => sockets.add(new URL(socket.url()).host));
  await signIn(page, await front.link());
  const id = await front.world.create("Vite", "--template", "vite-react");
  await page.goto(`${front.url}/w/${id}`);
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  const app = preview(page);
  await expect(app.getByRole("button").first()).toBeVisible({ timeout: INSTALL_MS });
  await front.write(id, "First");
  await expect(app.getByRole("heading")).toHaveText("First");
  await app.getByRole("button").click();
  await front.write(id, "Second");
  await expect(app.getByRole("heading")).toHaveText("Second");
  // A reload of the page would lose what was counted.
  await expect(app.getByRole("button")).toHaveText("count 1");

  const origin = await previewOrigin(page);
  const { host, hostname, port } = new URL(origin);
  expect(hostname.endsWith(`.${PREVIEWS}`) && port === new URL(front.url).port, origin).toBe(true);
  expect([...sockets].sort()).toEqual([host, new URL(front.url).host].sort());
  const cookies = (await page.context().cookies(origin)).filter((it) => it.domain === hostname);
  expect(cookies.map(({ httpOnly, secure, sameSite }) => ({ httpOnly, secure, sameSite }))).toEqual([
    { httpOnly: true, secure: true, sameSite: "None" },
  ]);
  expect(cookies[0]?.name).toMatch(/^__Host-/);

  await openTerminal(page);
  await type(page, "echo through-$((40+2))");
  await expect(screen(page)).toContainText("through-42");

  const status = () => page.frames().find((it) => it.url().startsWith(origin))?.evaluate(async () => (await fetch("/")).status);
  expect(await status()).toBe(200);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByText("Nothing runs here")).toBeVisible();
  const direct = await page.context().newPage();
  const down = await direct.goto(origin);
  expect(down?.status()).toBe(502);
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  await expect(app.getByRole("heading")).toHaveText("Second");
  await expect(direct.getByRole("heading")).toHaveText("Second");
});
