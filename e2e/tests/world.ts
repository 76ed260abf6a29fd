/** A real `stead serve` in a folder of its own, and a page that is signed in to it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { test as base, expect, type FrameLocator, type Page } from "@playwright/test";

const run = promisify(execFile);
const STEAD = resolve(import.meta.dirname, "../../target/debug/stead");
/** How long a server may take to answer on a busy machine, in milliseconds. */
const START_MS = 30_000;

export class World {
  readonly data: string;
  readonly port: number;
  #server: ChildProcess | null = null;

  private constructor(data: string, port: number) {
    this.data = data;
    this.port = port;
  }

  static async open(): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), "stead-e2e-")), await freePort());
    await world.start();
    return world;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Starts the server and waits until it answers. */
  async start(): Promise<void> {
    const server = spawn(
      STEAD,
      ["serve", "--data-dir", this.data, "--listen", `127.0.0.1:${this.port}`, "--listen", `[::1]:${this.port}`],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
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
    const { stdout } = await run(STEAD, [...args, "--data-dir", this.data]);
    return stdout.trim();
  }

  /** A fresh single-use link. */
  link(): Promise<string> {
    return this.stead("open", "--print");
  }

  async dispose(): Promise<void> {
    for (const workspace of JSON.parse(await this.stead("ls", "--json")) as { id: string }[]) {
      await this.stead("rm", workspace.id, "--yes");
    }
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
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
    await signIn(page, await world.link());
    await use(page);
  },
});

export { expect };

/** Follows a link and goes on to the list of workspaces. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  const name = page.getByRole("textbox", { name: /name/i });
  const go = page.getByRole("button", { name: /continue|start|sign in|enter|create|open/i }).first();
  await go.waitFor();
  if (await name.isVisible()) await name.fill("Ada");
  await go.click();
  await page.waitForURL((url) => url.pathname === "/");
}

/** Creates a workspace in the page and returns its id. */
export async function create(page: Page, name: string, template: RegExp): Promise<string> {
  await page.getByRole("button", { name: /new workspace/i }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: /^name/i }).fill(name);
  await dialog.getByText(template).first().click();
  await dialog.getByRole("button", { name: /create/i }).click();
  await page.waitForURL(/\/w\//);
  return new URL(page.url()).pathname.split("/").pop() ?? "";
}

/** The app in the preview pane. */
export function preview(page: Page): FrameLocator {
  return page.frameLocator('iframe[title*="review"]');
}

/** The text that a terminal shows now. */
export function terminalText(page: Page, name = "main"): Promise<string> {
  return page.locator(`[data-terminal="${name}"] .xterm-rows, [data-terminal="${name}"] .xterm-accessibility`)
    .first()
    .innerText();
}
