/** A real `stead serve` in a folder of its own, and a page that is signed in to it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, test as base, expect, type FrameLocator, type Page } from "@playwright/test";

const run = promisify(execFile);
/** The executable under test; another one by `STEAD_BIN`. */
const STEAD = process.env["STEAD_BIN"] ?? resolve(import.meta.dirname, "../../target/debug/stead");
/** How long a server may take to answer on a busy machine, in milliseconds. */
const START_MS = 30_000;

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
    const deadline = Date.now() + START_MS;
    while (!(await this.#answers())) {
      if (server.exitCode !== null) throw new Error(`stead serve ended with ${server.exitCode}`);
      if (deadline < Date.now()) throw new Error("stead serve did not answer");
    }
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/readyz`)).ok;
    } catch {
      return false;
    }
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

  async dispose(): Promise<void> {
    for (const workspace of JSON.parse(await this.stead("ls", "--json")) as { id: string }[]) {
      await this.stead("rm", workspace.id, "--yes");
    }
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
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

export const test = base.extend<{ signedIn: Page }, { world: World }>({
  world: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter
    async ({}, use) => {
      const world = await World.open();
      await use(world);
      await world.dispose();
    },
    { scope: "worker" },
  ],
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
