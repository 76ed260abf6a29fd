/** A remote behind a password, from the page: credentials, refusals, what is slow and cancelled. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { accessible, call, expect, modal, put, signIn, test, World } from "./world";

const run = promisify(execFile);
/** Workspaces reach no address that means themselves; this one is another machine to them. */
const HOST = "127.0.0.2";

/** Git's own server with one repository, `one.git`, for ada alone. While it holds, long answers stop in the middle. */
class Remote {
  readonly #server: Server;
  readonly root: string;
  holds = false;

  private constructor(root: string) {
    this.root = root;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async open(): Promise<Remote> {
    const remote = new Remote(await mkdtemp(join(tmpdir(), "stead-remote-")));
    await remote.git(".", "init", "--quiet", "--bare", "--initial-branch=main", "one.git");
    await remote.git("one.git", "config", "http.receivepack", "true");
    await new Promise<void>((done) => remote.#server.listen(0, HOST, done));
    return remote;
  }

  get host(): string {
    return `${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/one.git`;
  }

  async git(folder: string, ...args: string[]): Promise<string> {
    const who = ["-c", "user.name=Out", "-c", "user.email=out@example.org"];
    const { stdout } = await run("git", [...who, ...args], { cwd: join(this.root, folder) });
    return stdout;
  }

  /** Somebody else pushes a commit with files of this many bytes in all. */
  async pushed(subject: string, bytes: number): Promise<void> {
    await this.git(".", "clone", "--quiet", "one.git", "other");
    const made = `head -c ${bytes} /dev/urandom | split -b 4096 - part-`;
    await run("sh", ["-c", made], { cwd: join(this.root, "other") });
    await this.git("other", "add", ".");
    await this.git("other", "commit", "--quiet", "-m", subject);
    await this.git("other", "push", "--quiet", "origin", "HEAD:main");
    await rm(join(this.root, "other"), { recursive: true });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.root, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const expected = `Basic ${Buffer.from("ada:sesame").toString("base64")}`;
    const body = Buffer.concat(await request.toArray());
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
      return;
    }
    const url = new URL(request.url ?? "/", this.url);
    const cgi = spawn("git", ["http-backend"], {
      env: {
        PATH: process.env["PATH"],
        GIT_PROJECT_ROOT: this.root,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        REMOTE_USER: "ada",
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        CONTENT_LENGTH: String(body.length),
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      },
    });
    cgi.stdin.end(body);
    const output = Buffer.concat(await cgi.stdout.toArray());
    const end = output.indexOf("\r\n\r\n");
    const heads = output.subarray(0, end).toString();
    const answer = output.subarray(end + 4);
    const status = Number(/^Status: (\d+)/m.exec(heads)?.[1] ?? 200);
    response.writeHead(status, { "content-type": /^Content-Type: (.*)$/m.exec(heads)?.[1]?.trim() ?? "" });
    if (!this.holds || answer.length < 100_000) response.end(answer);
    else response.write(answer.subarray(0, answer.length / 2));
  }
}

// covers: S2.14
test("a remote that asks for a password is pushed to, and what is slow is cancelled", async ({ page }) => {
  const remote = await Remote.open();
  const world = await World.open(async () => ["--egress-allow", remote.host]);
  try {
    await signIn(page, await world.link());
    const id = await world.create("Pushed");
    await page.goto(`${world.url}/w/${id}`);
    const panel = page.getByRole("region", { name: "Left panel" });
    await panel.getByRole("button", { name: "Changes" }).click();
    await panel.getByRole("button", { name: "Make this a Git repository" }).click();
    await put(page, id, { "a.txt": "one\n" });
    await panel.getByRole("textbox", { name: "Message of the commit" }).fill("First");
    await panel.getByRole("button", { name: "Commit all" }).click();
    await expect(panel.getByText("Everything is committed.")).toBeVisible();
    await panel.getByRole("button", { name: "Push" }).click();
    await modal(page).getByLabel("Address").fill(remote.url);
    await modal(page).getByRole("button", { name: "Save" }).click();

    await panel.getByRole("button", { name: "Push" }).click();
    await expect(panel.getByRole("alert")).toContainText("The remote asks who you are");
    await expect(panel.getByRole("link", { name: "Settings, Environment" })).toBeVisible();
    await accessible(page);
    await call(page, "PUT", `/me/git-credentials/${remote.host}`, { username: "ada", token: "wrong" });
    await panel.getByRole("button", { name: "Try again" }).click();
    await expect(panel.getByRole("alert")).toContainText("did not accept the credentials");
    await call(page, "PUT", `/me/git-credentials/${remote.host}`, { username: "ada", token: "sesame" });
    await panel.getByRole("button", { name: "Try again" }).click();
    await expect(panel.getByText("Push succeeded")).toBeVisible();

    // Somebody else was quicker: the page says so, and goes on from there.
    await remote.pushed("Elsewhere", 1_000);
    await put(page, id, { "a.txt": "two\n" });
    await panel.getByRole("textbox", { name: "Message of the commit" }).fill("Second");
    await panel.getByRole("button", { name: "Commit all" }).click();
    await expect(panel.getByText("Everything is committed.")).toBeVisible();
    await panel.getByRole("button", { name: /^Push/ }).click();
    await expect(panel.getByRole("alert")).toContainText("commits that you do not have");
    await panel.getByRole("button", { name: "Pull now" }).click();
    await expect(panel.getByText("Pull succeeded")).toBeVisible();
    await panel.getByRole("button", { name: /^Push/ }).click();
    await expect(panel.getByText("Push succeeded")).toBeVisible();
    expect(await remote.git("one.git", "log", "--format=%s", "main")).toContain("Second");

    // What is slow says how far it is, and ends when it is told to.
    await remote.pushed("Much", 2_000_000);
    remote.holds = true;
    await panel.getByRole("button", { name: "More about the repository" }).click();
    await page.getByRole("menuitem", { name: "Fetch" }).click();
    await expect(panel.getByText(/^Receiving/)).toBeVisible();
    await panel.getByRole("button", { name: "Cancel the fetch" }).click();
    await expect(panel.getByText("Fetch cancelled")).toBeVisible();
    await expect(panel.getByText("Nothing was changed")).toBeVisible();
    remote.holds = false;
    await panel.getByRole("button", { name: /^Pull/ }).click();
    await expect(panel.getByText("Pull succeeded")).toBeVisible();
    await panel.getByRole("button", { name: "Files" }).click();
    await expect(page.getByRole("treeitem", { name: "part-ab" })).toBeVisible();

    // So does a clone, and it can be tried again.
    remote.holds = true;
    const answer = await call<{ id: string }>(page, "POST", "/workspaces", {
      name: "Cloned",
      source: { kind: "git", url: remote.url, branch: null },
    });
    await page.goto(`${world.url}/w/${answer.id}`);
    await expect(page.getByRole("status").filter({ hasText: "Receiving" })).toBeVisible();
    await accessible(page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByText("was cancelled; nothing of it is here")).toBeVisible();
    await expect(page.getByRole("textbox", { name: "Repository" })).toHaveValue(remote.url);
    remote.holds = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("treeitem", { name: "part-ab" })).toBeVisible();
  } finally {
    await world.dispose();
    await remote.close();
  }
});
