/** A real `stead serve` in a folder of its own, and a page that is signed in to it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, test as base, expect, type FrameLocator, type Page } from "@playwright/test";

const run = promisify(execFile);
/** The executable under test; another one by `STEAD_BIN`. */
export const STEAD = process.env["STEAD_BIN"] ?? resolve(import.meta.dirname, "../../target/debug/stead");
/** How long a server may take to answer on a busy machine, in milliseconds. */
const START_MS = 30_000;
/** An install goes through the network of the machine, in milliseconds. */
export const INSTALL_MS = 180_000;

export class World {
  readonly data: string;
  readonly port: number;
  #options: string[] = [];
  #server: ChildProcess | null = null;

  private constructor(data: string, port: number) {
    this.data = data;
    this.port = port;
  }

  /** Starts a server; `prepare` may make what further options name, before it runs. */
  static async open(prepare?: (world: World) => Promise<string[]>): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), "stead-e2e-")), await freePort());
    if (prepare !== undefined) world.#options = await prepare(world);
    await world.start();
    return world;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Starts the server and waits until it answers. */
  async start(): Promise<void> {
    const listen = ["--listen", `127.0.0.1:${this.port}`, "--listen", `[::1]:${this.port}`];
    const server = spawn(STEAD, ["serve", "--data-dir", this.data, ...listen, ...this.#options], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, STEAD_LOG: "warn" },
    });
    this.#server = server;
    const hasEnded = () => server.exitCode !== null || server.signalCode !== null;
    await expect
      .poll(async () => hasEnded() || (await this.#answers()), { timeout: START_MS, intervals: [50] })
      .toBe(true);
    if (hasEnded()) throw new Error(`stead serve ended with ${server.exitCode ?? server.signalCode}`);
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/readyz`)).ok;
    } catch {
      return false;
    }
  }

  get isRunning(): boolean {
    return this.#server !== null;
  }

  /** Ends the server as a power cut would. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGKILL");
    await ended;
    this.#server = null;
  }

  /** Runs a client command and returns what it prints. */
  async stead(...args: string[]): Promise<string> {
    const { stdout } = await run(STEAD, ["--data-dir", this.data, ...args]);
    return stdout.trim();
  }

  /** A fresh single-use link, by the name under which previews work too. */
  async link(): Promise<string> {
    const url = new URL(await this.stead("open", "--print"));
    return `${this.url}${url.pathname}${url.search}`;
  }

  /** Makes a workspace from the shell and returns its id. */
  async create(name: string, ...source: string[]): Promise<string> {
    return (await this.stead("new", name, ...source)).split("\n")[0] ?? "";
  }

  /** What programs speak to the server with, as the command line does. */
  async token(): Promise<string> {
    return (await readFile(join(this.data, "cli-token"), "utf8")).trim();
  }

  /** Asks the server as the command line does. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${await this.token()}`, ...init.headers };
    return fetch(`http://127.0.0.1:${this.port}/api/v1${path}`, { ...init, headers });
  }

  /** Ends and removes every workspace, and whoever is not the first one here. */
  async clear(): Promise<void> {
    const get = async (path: string) => (await (await this.request(path)).json()) as { id: string }[];
    const remove = async (path: string) => {
      const answer = await this.request(path, { method: "DELETE" });
      if (!answer.ok) throw new Error(`DELETE ${path}: ${answer.status} ${await answer.text()}`);
    };
    for (const { id } of await get("/workspaces")) await remove(`/workspaces/${id}`);
    const me = (await (await this.request("/me")).json()) as { id: string };
    for (const { id } of await get("/accounts")) if (id !== me.id) await remove(`/accounts/${id}`);
  }

  async dispose(): Promise<void> {
    try {
      // A test that failed while there was no server may have left programs that run on.
      if (this.#server === null) await this.start();
      await this.clear();
    } finally {
      await this.kill();
      await rm(this.data, { recursive: true, force: true });
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

interface Fixtures {
  /** Leaves nothing of a test behind for the next one: no page, and nothing that runs. */
  tidy: undefined;
  /** A Stead in which nobody was before. */
  fresh: World;
  signedIn: Page;
}

export const test = base.extend<Fixtures, { world: World }>({
  world: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter
    async ({}, use) => {
      const world = await World.open();
      await use(world);
      await world.dispose();
    },
    { scope: "worker" },
  ],
  // Set up before everything else, and so ended after it.
  tidy: [
    async ({ browser, world }, use) => {
      await use(undefined);
      await Promise.all(browser.contexts().map((it) => it.close()));
      if (world.isRunning) await world.clear();
    },
    { auto: true },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter
  fresh: async ({}, use) => {
    const world = await World.open();
    await use(world);
    await world.dispose();
  },
  signedIn: async ({ page, world }, use) => {
    await readable(page);
    await signIn(page, await world.link());
    await use(page);
  },
});

export { expect };

/** Mirrors terminals as text, so that what a person sees can be read. */
export async function readable(page: Page): Promise<void> {
  await page.addInitScript(() => {
    if (localStorage.getItem("stead.preferences") === null) {
      localStorage.setItem("stead.preferences", JSON.stringify({ terminalScreenReader: true }));
    }
  });
}

/** Follows a link and goes on to the list of workspaces. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  const go = page.getByRole("button", { name: /continue|begin|start/i });
  await go.waitFor();
  const name = page.getByRole("textbox", { name: "Your name" });
  if (await name.isVisible()) await name.fill("Ada");
  await go.click();
  await page.waitForURL((url) => url.pathname === "/");
}

/** The app in the preview pane. */
export function preview(page: Page): FrameLocator {
  return page.frameLocator('iframe[title="Preview of the app"]');
}

/** What a terminal shows now, as text. */
export function screen(page: Page, name = "main") {
  return page.locator(`[data-terminal="${name}"] .xterm-accessibility-tree`);
}

/** Types a line into a terminal of the page. */
export async function type(page: Page, line: string, name = "main"): Promise<void> {
  await page.locator(`[data-terminal="${name}"] textarea`).focus();
  await page.keyboard.type(`${line}\n`);
}

/** Finds nothing in the page that keeps people out; apps and the terminal's own canvas are not ours. */
export async function accessible(page: Page): Promise<void> {
  // What fades in or out has no colour of its own yet; what turns for ever is looked at as it is.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((it) => it.playState !== "running" || it.effect?.getComputedTiming().iterations === Infinity),
  );
  const results = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .exclude("iframe")
    .exclude(".xterm")
    // The edges of an open menu hand the keyboard on to it at once.
    .exclude("[data-base-ui-focus-guard]")
    .analyze();
  expect(results.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target).join(" ")}`)).toEqual([]);
}

/** The dialog that is open; passing messages are dialogs too. */
export function modal(page: Page) {
  return page.locator('[role="dialog"][data-width]');
}

/** Password of everybody who has one. */
export const PASSWORD = "correct horse battery";

/** Asks the server as the person of a page does. */
export async function call<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  const { origin } = new URL(page.url());
  const options = { method, headers: { origin }, ...(body === undefined ? {} : { data: body }) };
  const answer = await page.context().request.fetch(`${origin}/api/v1${path}`, options);
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return answer.status() === 204 ? (undefined as T) : ((await answer.json()) as T);
}

/** Writes files of a workspace as the person of a page. */
export async function put(page: Page, id: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await call(page, "PUT", `/workspaces/${id}/files/${path}`, Buffer.from(text));
  }
}

/** Uploads a file through the tree. */
export async function upload(page: Page, name: string, content: string | Buffer): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Upload files" }).click();
  const buffer = Buffer.from(content);
  await (await chooser).setFiles({ name, mimeType: "application/octet-stream", buffer });
  await expect(page.getByRole("treeitem", { name })).toBeVisible();
}

/** A browser that nobody is signed in with. */
export async function stranger(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

/** Somebody else, in a browser of their own, with an account by an invitation: to this Stead, or to a workspace. */
export async function another(
  { browser, host, world }: { browser: Browser; host: Page; world: World },
  loginName: string,
  seat?: { workspace: string; role: "viewer" | "editor" | "owner" },
  options: BrowserContextOptions = {},
): Promise<Page> {
  const path = seat === undefined ? "/invitations" : `/workspaces/${seat.workspace}/invitations`;
  const made = await call<{ url: string }>(host, "POST", path, { note: "", role: seat?.role ?? null });
  const context = await browser.newContext(options);
  const joined = await context.request.post(`${world.url}/api/v1/join/account`, {
    headers: { origin: world.url },
    data: {
      invitation: made.url.split("/").at(-1),
      name: loginName.slice(0, 1).toUpperCase() + loginName.slice(1),
      login_name: loginName,
      password: PASSWORD,
    },
  });
  expect(joined.ok(), await joined.text()).toBe(true);
  const page = await context.newPage();
  await readable(page);
  return page;
}

/** Opens the first terminal and waits for its prompt. */
export async function openTerminal(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Open a terminal" }).click();
  await expect(screen(page)).toContainText("$");
}
