/** Machines that join: the page about them, moving by the page, and a machine that is lost. */
import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { accessible, another, expect, modal, put, signIn, STEAD, test as base, World } from "./world";

/** Another machine: a `stead host --join` with a data directory of its own. */
class Machine {
  readonly #directory: string;
  #process: ChildProcess | null = null;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(): Promise<Machine> {
    return new Machine(await mkdtemp(join(tmpdir(), "stead-machine-")));
  }

  /** Runs a line in a shell there; what it starts runs until {@link kill}. */
  run(line: string): void {
    // The executable under test may be called otherwise.
    this.#process = spawn("sh", ["-c", line.replace("stead host", `${STEAD} host`)], {
      cwd: this.#directory,
      env: { ...process.env, STEAD_DATA_DIR: join(this.#directory, "data"), STEAD_LOG: "warn" },
      stdio: ["ignore", "ignore", "inherit"],
      detached: true,
    });
  }

  /** Ends it as a power cut would, but for the kernels, which go on. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    process.kill(-child.pid, "SIGKILL");
    await ended;
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** What lies between a machine and its server. */
class Network {
  readonly #server = createServer((near) => this.#join(near));
  readonly #to: number;
  readonly #open = new Set<Socket>();
  #silent = false;

  private constructor(to: number) {
    this.#to = to;
  }

  static async open(to: number): Promise<Network> {
    const network = new Network(to);
    await new Promise<void>((done) => network.#server.listen(0, "127.0.0.1", done));
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets nothing pass and tells nobody, or everything again; what was on its way is lost. */
  set silent(silent: boolean) {
    if (!silent) for (const socket of this.#open) socket.destroy();
    this.#silent = silent;
  }

  #join(near: Socket): void {
    const far = connect(this.#to, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(from);
      from.on("data", (bytes) => {
        if (!this.#silent) to.write(bytes);
      });
      from.on("error", () => from.destroy());
      from.on("close", () => {
        this.#open.delete(from);
        if (!this.#silent) to.destroy();
      });
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}

/** A Stead in which nobody was before, and a machine that may join it. */
const test = base.extend<{ here: World; machine: Machine }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter
  machine: async ({}, use) => {
    const machine = await Machine.open();
    await use(machine);
    await machine.remove();
  },
  // Ended before the machine, whose workspaces it deletes.
  here: async ({ machine }, use) => {
    const world = await World.open();
    await use(world);
    if (!machine.isRunning) machine.run(`exec stead host --join ${world.url}`);
    await world.dispose();
  },
});

/** The machine's part of the page. */
function card(page: Page, name: string) {
  return page.getByRole("list", { name: "Machines" }).locator(":scope > li").filter({ hasText: name });
}

/** Adds the machine by the page, with the command that it shows. */
async function add(page: Page, world: World, machine: Machine): Promise<void> {
  await page.goto(`${world.url}/settings/machines`);
  await page.getByRole("button", { name: "Add a machine" }).click();
  await page.getByLabel("What is it called?").fill("attic");
  await accessible(page);
  await page.getByRole("button", { name: "Make the command" }).click();
  const command = await page.getByLabel("Command for the other machine").innerText();
  await expect(modal(page)).toContainText("Waiting for the machine");
  await accessible(page);
  machine.run(command);
  await expect(modal(page)).toContainText("attic is here");
}

/** Waits until every machine can say what it has of a workspace; a list may tell yet what was last heard. */
async function answering(world: World, id: string): Promise<void> {
  const all = async () => {
    const { places } = (await (await world.request(`/workspaces/${id}/copies`)).json()) as {
      places: { answers: boolean }[];
    };
    return places.every((it) => it.answers);
  };
  await expect.poll(all).toBe(true);
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["STEAD_PICTURES"];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Fits a phone, in both themes, without a way to the side. */
async function phone(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await picture(page, `${name}-phone`);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await picture(page, `${name}-phone-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  if (before !== null) await page.setViewportSize(before);
}

// covers: S0.93, S0.94
test("a machine joins, takes a workspace, is emptied, lost and removed", async ({ page, here, machine }) => {
  test.slow();
  await signIn(page, await here.link());
  await page.goto(`${here.url}/settings/machines`);
  await expect(page.getByText("No other machine has joined")).toBeVisible();
  await expect(card(page, "This server")).toContainText("takes new workspaces");
  await accessible(page);
  await picture(page, "machines-empty");
  await add(page, here, machine);
  await picture(page, "machines-joined");
  await page.getByRole("button", { name: "Done" }).click();
  await expect(card(page, "attic")).toContainText("connected");
  await expect(card(page, "attic").getByRole("meter", { name: "Memory of attic" })).toBeVisible();

  const id = await here.create("site");
  const isOwn = ((await (await here.request(`/workspaces/${id}`)).json()) as { machine: string | null }).machine === null;
  if (!isOwn) await here.stead("move", id, "--to", "gateway");
  await page.goto(`${here.url}/w/${id}/manage/machine`);
  await expect(page.getByRole("main")).toContainText("the machine of this server");
  await accessible(page);
  await page.getByRole("button", { name: "Move to another machine…" }).click();
  await expect(page.getByRole("radio", { name: /attic/ })).toContainText("memory free");
  await accessible(page);
  await picture(page, "move-dialog");
  await page.getByRole("button", { name: "Move it" }).click();
  await expect(page.getByRole("main").getByText("attic", { exact: true })).toBeVisible();
  await picture(page, "move-done");

  await page.goto(`${here.url}/settings/machines`);
  await expect(card(page, "attic")).toContainText("1 workspace");
  await picture(page, "machines");
  await page.getByRole("button", { name: "Remove attic" }).click();
  await expect(modal(page)).toContainText("Drain it and move them away first");
  await accessible(page);
  await page.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Drain attic" }).click();
  await page.getByRole("radio", { name: /Move its workspaces away/ }).click();
  await accessible(page);
  await picture(page, "drain-dialog");
  await page.getByRole("button", { name: "Empty it" }).click();
  await expect(card(page, "attic")).toContainText("Nothing is left on it");
  await expect(card(page, "attic")).toContainText("Moved to this server");
  await accessible(page);
  await picture(page, "machines-emptied");
  await phone(page, "machines-emptied");
  await page.getByRole("button", { name: "Resume attic" }).click();
  await expect(card(page, "attic")).toContainText("connected");

  await machine.kill();
  await expect(card(page, "attic")).toContainText("Nothing was heard of it for");
  await accessible(page);
  await picture(page, "machines-lost");
  await page.getByRole("button", { name: "Remove attic" }).click();
  await accessible(page);
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByText("No other machine has joined")).toBeVisible();
});

test("a workspace whose machine is lost says so, and comes back by itself", async ({ page, here, machine }) => {
  test.slow();
  await signIn(page, await here.link());
  await add(page, here, machine);
  const id = await here.create("site");
  const { machine: where } = (await (await here.request(`/workspaces/${id}`)).json()) as { machine: string | null };
  if (where === null) await here.stead("move", id, "--to", "attic");
  await here.stead("start", id);
  await here.stead("run", id, "--", "sh", "-c", "echo hello > notes.md");
  await page.goto(`${here.url}/w/${id}`);
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  const file = page.getByRole("treeitem", { name: /notes.md/ });
  await expect(file).toBeVisible();

  await machine.kill();
  const bar = page.getByRole("status", { name: "Unreachable" });
  await expect(bar).toContainText("Machine attic has not been heard of since");
  await expect(bar).toContainText("Nothing was stopped; it comes back by itself.");
  await accessible(page);
  await picture(page, "workspace-lost");
  await phone(page, "workspace-lost");
  const other = await page.context().newPage();
  await other.goto(`${here.url}/w/${id}`);
  await expect(other.getByRole("heading", { name: "Unreachable" })).toBeVisible();
  await expect(other.getByRole("main")).toContainText("has not been heard of since");
  await accessible(other);
  await picture(other, "workspace-lost-fresh");
  await other.goto(here.url);
  await expect(other.getByRole("listitem").filter({ hasText: "site" })).toContainText("Nothing was stopped");
  await accessible(other);
  await picture(other, "home-lost");

  machine.run(`exec stead host --join ${here.url}`);
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  await expect(bar).toBeHidden();
  await expect(file).toBeVisible();
  await expect(other.getByRole("listitem").filter({ hasText: "site" })).not.toContainText("Nothing was stopped");
});

test("a copy that was set aside is shown and deleted, and its workspace stays", async ({ page, here, machine }) => {
  test.slow();
  await signIn(page, await here.link());
  await add(page, here, machine);
  const id = await here.create("site");
  const { machine: where } = (await (await here.request(`/workspaces/${id}`)).json()) as { machine: string | null };
  if (where !== null) await here.stead("move", id, "--to", "gateway");
  // The whole server as it was before the move, as from a snapshot of its disk.
  const before = `${here.data}.before`;
  await here.kill();
  const run = join(here.data, "run");
  await cp(here.data, before, { recursive: true, filter: (it) => it !== run });
  await here.start();
  await answering(here, id);
  await here.stead("move", id, "--to", "attic");
  await here.kill();
  await rm(here.data, { recursive: true });
  await cp(before, here.data, { recursive: true });
  await rm(before, { recursive: true });
  await here.start();
  await answering(here, id);
  await here.stead("move", id, "--place-anew", "attic", "--other-copies-are-gone");

  await page.goto(`${here.url}/settings/machines`);
  const copies = page.getByRole("list", { name: "Copies set aside" });
  await expect(copies.getByRole("listitem")).toContainText("site");
  await expect(copies.getByRole("listitem")).toContainText("on this server");
  await accessible(page);
  await picture(page, "copies");
  await copies.scrollIntoViewIfNeeded();
  await phone(page, "copies");
  await page.getByRole("button", { name: "Delete the copy of site" }).click();
  await expect(modal(page)).toContainText("The copy on this server is deleted for ever");
  await accessible(page);
  await picture(page, "copies-delete");
  await phone(page, "copies-delete");
  await page.getByRole("button", { name: "Delete the copy", exact: true }).click();
  await expect(copies).toBeHidden();
  expect(await here.stead("machines", "copies", "--json")).toContain('"copies": []');
  await here.stead("move", id, "--to", "gateway");
});

// covers: S0.36, S0.39, S0.42
test("what people type while the network to the machine is cut is with everybody once it is back", async ({
  page,
  browser,
  here,
  machine,
}) => {
  test.slow();
  await signIn(page, await here.link());
  const network = await Network.open(here.port);
  const command = await here.stead("machines", "join-token", "--name", "attic");
  machine.run(command.replace(/--join \S+/, `--join ${network.url}`));
  await page.goto(`${here.url}/settings/machines`);
  await expect(card(page, "attic")).toContainText("connected");
  const id = await here.create("far");
  const { machine: where } = (await (await here.request(`/workspaces/${id}`)).json()) as { machine: string | null };
  if (where === null) await here.stead("move", id, "--to", "attic");
  await page.goto(`${here.url}/w/${id}`);
  await put(page, id, { "notes.txt": "ada:\nbea:" });
  const bea = await another({ browser, host: page, world: here }, "bea", { workspace: id, role: "editor" });
  await bea.goto(`${here.url}/w/${id}`);
  const editors = [page, bea].map((it) => it.getByRole("textbox", { name: "Text of notes.txt" }));
  for (const each of [page, bea]) await each.getByRole("treeitem", { name: "notes.txt" }).click();
  await editors[0]?.click();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("End");
  await editors[1]?.click();
  await bea.keyboard.press("ControlOrMeta+End");
  const both = async (words: string) => {
    await Promise.all([page, bea].map((it) => it.keyboard.type(words, { delay: 10 })));
  };
  await both(" before");
  for (const editor of editors) await expect(editor).toContainText("ada: beforebea: before");

  network.silent = true;
  await both(" meanwhile");
  await expect(page.getByRole("status", { name: "Unreachable" })).toBeVisible();
  await both(" lost");
  await expect(page.getByText("Offline — your changes are kept here").first()).toBeVisible();
  await picture(page, "typing-cut-off");
  network.silent = false;
  const whole = "ada: before meanwhile lost\nbea: before meanwhile lost";
  for (const editor of editors) await expect(editor).toContainText(whole.replace("\n", ""));
  await both(".");
  await expect
    .poll(async () => (await here.request(`/workspaces/${id}/files/notes.txt`)).text())
    .toBe(whole.replaceAll("lost", "lost."));
  await here.stead("rm", id, "--yes");
  await network.close();
});
