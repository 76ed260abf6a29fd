/** Roles in pages that are open: what a viewer sees, and what a change or its end does at once. */
import type { Page } from "@playwright/test";
import { accessible, another, call, expect, modal, openTerminal, PASSWORD, preview, put, screen, stranger, test } from "./world";

const LARGE = 160 << 20;

interface Member {
  principal: string;
  name: string;
  role: string;
}

async function principalOf(page: Page, id: string, name: string): Promise<string> {
  const members = await call<Member[]>(page, "GET", `/workspaces/${id}/members`);
  return members.find((it) => it.name === name)?.principal ?? "";
}

test("somebody with an account is added by the exact name, and leaves again", async ({
  signedIn: page,
  world,
  browser,
}) => {
  const id = await world.create("Added");
  const bea = await another({ browser, host: page, world }, "bea");
  await bea.goto(world.url);
  await page.goto(`${world.url}/w/${id}/manage/people`);
  await page.getByRole("button", { name: "Add a member" }).click();
  const dialog = modal(page);
  await dialog.getByRole("textbox", { name: "Log-in name" }).fill("be");
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(dialog.getByRole("alert")).toContainText("it must be exact");
  await accessible(page);
  await dialog.getByRole("textbox", { name: "Log-in name" }).fill("Bea");
  await dialog.getByRole("radio", { name: /Viewer/ }).check();
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Bea" })).toContainText("Viewer");
  // It stands in her list without a reload.
  await bea.getByRole("link", { name: /Added/ }).click();
  await bea.waitForURL(/\/w\//);
  await bea.goto(`${world.url}/w/${id}/manage/people`);
  await expect(bea.getByRole("button", { name: "Add a member" })).toBeHidden();
  await bea.getByRole("button", { name: "More for Bea" }).click();
  await bea.getByRole("menuitem", { name: "Leave…" }).click();
  await bea.getByRole("button", { name: "Leave", exact: true }).click();
  await bea.waitForURL((url) => url.pathname === "/");
  await expect(page.getByRole("listitem").filter({ hasText: "Bea" })).toBeHidden();
  // Who owns it alone is told why nothing else can be chosen.
  await expect(page.getByRole("button", { name: "More for Ada" })).toBeHidden();
});

// covers: S0.47, S0.48
test("a viewer reads everything and is offered nothing else", async ({ signedIn: page, world, browser }) => {
  const id = await world.create("Looked at", "--template", "static");
  await world.stead("start", id);
  const viewer = await another({ browser, host: page, world }, "vic", { workspace: id, role: "viewer" });
  await viewer.goto(`${world.url}/w/${id}`);
  await expect(preview(viewer).locator("h1")).toBeVisible();
  await viewer.getByRole("treeitem", { name: "index.html" }).click();
  const text = viewer.getByRole("textbox", { name: "Text of index.html" });
  await expect(text).toContainText("<h1>");
  const before = await text.innerText();
  await text.click();
  await viewer.keyboard.type("changed");
  expect(await text.innerText()).toBe(before);
  // No control that would be refused, and none that is dead without a word about why.
  for (const name of [/^Run$/, /^Stop$/, "New file", "New folder", "Upload files", "Share the app", "Open a terminal"]) {
    await expect(viewer.getByRole("button", { name })).toBeHidden();
  }
  // “Back” and “Forward” of the preview have nowhere to go yet; nothing else is dead.
  const dead = viewer.locator("main button:disabled, header button:disabled").filter({ visible: true });
  await expect
    .poll(() => dead.evaluateAll((all) => all.map((it) => it.getAttribute("aria-label") ?? it.textContent)))
    .toEqual(["Back", "Forward"]);
  await viewer.getByRole("treeitem", { name: "index.html" }).click({ button: "right" });
  await expect(viewer.getByRole("menuitem").first()).toBeVisible();
  for (const item of await viewer.getByRole("menuitem").all()) {
    await expect(item).not.toHaveText(/Rename|Delete|New|Duplicate/);
  }
  await viewer.keyboard.press("Escape");
  // Whatever the page hides is refused all the same.
  const status = await viewer.evaluate(async (it) => {
    const all = [
      fetch(`/api/v1/workspaces/${it}/files/index.html`, { method: "PUT", body: "x" }),
      fetch(`/api/v1/workspaces/${it}/session/stop`, { method: "POST" }),
      fetch(`/api/v1/workspaces/${it}/environment`),
    ];
    return (await Promise.all(all)).map((answer) => answer.status);
  }, id);
  expect(status).toEqual([403, 403, 403]);
  await accessible(viewer);
});

// covers: S0.48, S0.49, S0.50, S0.51
test("the page follows a change of role without a reload", async ({ signedIn: page, world, browser }) => {
  const id = await world.create("Changing", "--template", "static");
  await world.stead("start", id);
  const member = await another({ browser, host: page, world }, "max", { workspace: id, role: "editor" });
  await member.goto(`${world.url}/w/${id}`);
  await openTerminal(member);
  await member.evaluate(() => {
    (globalThis as { mark?: string }).mark = "the same page";
  });
  const principal = await principalOf(page, id, "Max");
  await page.goto(`${world.url}/w/${id}/manage/people`);
  const choose = async (from: string, to: string) => {
    await page.getByRole("button", { name: `Role of Max: ${from}` }).click();
    await page.getByRole("menuitemradio", { name: new RegExp(to) }).click();
    await expect(page.getByRole("button", { name: `Role of Max: ${to}` })).toBeVisible();
  };
  await choose("Editor", "Viewer");
  await expect(member.getByRole("button", { name: "New file" })).toBeHidden();
  await expect(member.getByRole("button", { name: "Stop" })).toBeHidden();
  // The log of the dev server, which is not shown now, says so as well.
  const terminal = member.locator('[data-terminal="main"]');
  await expect(terminal.getByText("Viewers do not see the terminals of this workspace")).toBeVisible();
  await expect(screen(member)).not.toContainText("$");
  await choose("Viewer", "Editor");
  await expect(member.getByRole("button", { name: "New file" })).toBeVisible();
  await expect(screen(member)).toContainText("$");
  await member.locator('[data-terminal="main"] textarea').focus();
  await member.keyboard.type("echo $((20 + 22))\n");
  await expect(screen(member)).toContainText("42");
  expect(await member.evaluate(() => (globalThis as { mark?: string }).mark)).toBe("the same page");
  expect(principal).toMatch(/^usr_/);

  // Pages of the management follow as well.
  await member.goto(`${world.url}/w/${id}/manage/environment`);
  await expect(member.getByRole("heading", { name: "Variables and secrets" })).toBeVisible();
  await choose("Editor", "Viewer");
  await expect(member.getByRole("heading", { name: "People" })).toBeVisible();
});

// covers: S0.46, S0.48
test("removal cuts a terminal, a download and a preview stream, and the page says what happened", async ({
  signedIn: page,
  world,
  browser,
}) => {
  const id = await world.create("Cut off");
  // The download is larger than all that is on its way between the two ends.
  const server = `require("fs").writeFileSync("large.bin", require("crypto").randomBytes(${LARGE}));
require("http").createServer((q, s) => {
  if (q.url === "/stream") { s.writeHead(200, {"content-type": "text/event-stream"}); setInterval(() => s.write("data: x\\n\\n"), 50); }
  else { s.writeHead(200, {"content-type": "text/html"}); s.end("<h1>up</h1>"); }
}).listen(process.env.PORT);`;
  await call(page, "PUT", `/workspaces/${id}/settings`, {
    ...(await call<object>(page, "GET", `/workspaces/${id}/settings`)),
    command: "node server.js",
  });
  await put(page, id, { "server.js": server });
  await world.stead("start", id);
  const member = await another({ browser, host: page, world }, "rob", { workspace: id, role: "editor" });
  await member.goto(`${world.url}/w/${id}`);
  await expect(preview(member).locator("h1")).toHaveText("up");
  await openTerminal(member);
  // The frame is the app itself: it reads its own stream.
  const app = member.frames().find((it) => it.url().includes("--") || it.url().includes(".localhost"));
  await app?.evaluate(() => {
    const own = globalThis as unknown as { ended: string; bytes: number };
    own.ended = "";
    own.bytes = 0;
    void (async () => {
      const reader = (await fetch("/stream")).body?.getReader();
      try {
        for (;;) {
          const read = await reader?.read();
          if (read === undefined || read.done) break;
          own.bytes += read.value.length;
        }
        own.ended = "closed";
      } catch {
        own.ended = "broken off";
      }
    })();
  });
  const streamed = () => app?.evaluate(() => (globalThis as unknown as { bytes: number }).bytes);
  await expect.poll(streamed).toBeGreaterThan(0);
  // A download of which one byte is read.
  await member.evaluate(async (it) => {
    const own = globalThis as unknown as { reader: ReadableStreamDefaultReader<Uint8Array> };
    const answer = await fetch(`/api/v1/workspaces/${it}/files/large.bin`);
    if (answer.body === null || !answer.ok) throw new Error("no body");
    own.reader = answer.body.getReader();
    await own.reader.read();
  }, id);

  await page.goto(`${world.url}/w/${id}/manage/people`);
  await page.getByRole("button", { name: "More for Rob" }).click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await expect(modal(page)).toContainText("closes at once");
  const ended = app?.evaluate(
    () =>
      new Promise((done) => {
        const own = globalThis as unknown as { ended: string };
        const look = () => (own.ended === "" ? requestAnimationFrame(look) : done(own.ended));
        look();
      }),
  );
  const frameGone = ended?.catch(() => "gone with its page");
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(member.getByRole("heading", { name: "You can no longer see Cut off" })).toBeVisible();
  expect(["broken off", "closed", "gone with its page"]).toContain(await frameGone);
  await expect(member.locator("[data-terminal]")).toHaveCount(0);
  const rest = await member.evaluate(async () => {
    const { reader } = globalThis as unknown as { reader: ReadableStreamDefaultReader<Uint8Array> };
    let bytes = 0;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return "whole";
        bytes += value.length;
      }
    } catch {
      return bytes;
    }
  });
  expect(rest).not.toBe("whole");
  expect(rest).toBeLessThan(LARGE);
  await accessible(member);
});

test("a workspace is handed over, and the last owner stays", async ({ signedIn: page, world, browser }) => {
  const id = await world.create("Handed over");
  const heir = await another({ browser, host: page, world }, "hal", { workspace: id, role: "viewer" });
  await heir.goto(`${world.url}/w/${id}/manage/people`);
  await page.goto(`${world.url}/w/${id}/manage/people`);
  const refused = await page.evaluate(
    async (it) => (await fetch(`/api/v1/workspaces/${it}/leave`, { method: "POST" })).status,
    id,
  );
  expect(refused).toBe(409);
  await page.getByRole("button", { name: "More for Hal" }).click();
  await page.getByRole("menuitem", { name: "Hand the workspace over…" }).click();
  await expect(modal(page)).toContainText("Only Hal can make you an owner again");
  await accessible(page);
  await page.getByRole("button", { name: "Hand over to Hal" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Ada" })).toContainText("Editor");
  await expect(page.getByRole("button", { name: "Invite people" })).toBeHidden();
  await expect(heir.getByRole("button", { name: "Invite people" })).toBeVisible();
  await call(heir, "DELETE", `/workspaces/${id}`);
});

test("an invitation leads somebody new from the link into the workspace", async ({ signedIn: page, world, browser }) => {
  const id = await world.create("Invited");
  await page.goto(`${world.url}/w/${id}/manage/people`);
  await page.getByRole("button", { name: "Invite people" }).click();
  await page.getByRole("textbox", { name: "For whom" }).fill("Grace");
  await page.getByRole("radio", { name: /Viewer/ }).check();
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByRole("status", { name: "The invitation" }).innerText();
  await accessible(page);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("list", { name: "Invitations" })).toContainText("Grace");
  const grace = await stranger(browser);
  await grace.goto(link);
  await grace.getByRole("textbox", { name: "Your name" }).fill("Grace");
  await grace.getByRole("textbox", { name: "Log-in name" }).fill("grace");
  await grace.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await grace.getByRole("button", { name: "Create the account and join" }).click();
  await grace.waitForURL(/\/w\//);
  await expect(grace.getByText("Invited").first()).toBeVisible();
  await expect(page.getByRole("list", { name: "Members" })).toContainText("Grace");
  // The link was for one.
  const late = await stranger(browser);
  await late.goto(link);
  await expect(late.getByRole("heading", { name: "This invitation no longer works" })).toBeVisible();
});

test("a settings page says at once that its sign-in was ended", async ({ signedIn: page, world, browser }) => {
  const member = await another({ browser, host: page, world }, "sue");
  await member.goto(`${world.url}/settings/profile`);
  await expect(member.getByRole("heading", { name: "Profile" })).toBeVisible();
  const accounts = await call<{ id: string; name: string }[]>(page, "GET", "/accounts");
  const id = accounts.find((it) => it.name === "Sue")?.id;
  // Rights come and go with no reload either.
  await call(page, "PATCH", `/accounts/${id}`, { administrator: true, disabled: null });
  await expect(member.getByRole("link", { name: "Audit" })).toBeVisible();
  await call(page, "PATCH", `/accounts/${id}`, { administrator: false, disabled: null });
  await expect(member.getByRole("link", { name: "Audit" })).toBeHidden();
  await call(page, "DELETE", `/accounts/${id}/sign-ins`);
  await expect(member.getByRole("heading", { name: "You were signed out" })).toBeVisible();
  await accessible(member);
});
