/**
 * Every page and dialog of the application, wide and on a phone, light and dark, through axe.
 * With `SHOTS` set to a folder, a picture of each is left there to be looked at.
 */
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { accessible, another, call, expect, modal, PASSWORD, preview, signIn, test, World } from "./world";

const SHOTS = process.env["SHOTS"];

/** One thing to look at: an address, and what is opened there. */
interface View {
  name: string;
  path: string;
  /** Opens it and waits until it is there. */
  open: (page: Page) => Promise<void>;
}

const heading = (name: string) => async (page: Page) => {
  await expect(page.getByRole("heading", { name, exact: true }).first()).toBeVisible();
};
const press = (...names: (string | RegExp)[]) => async (page: Page) => {
  for (const name of names) {
    await page
      .getByRole("button", { name })
      .or(page.getByRole("menuitem", { name }))
      .filter({ visible: true })
      .first()
      .click();
  }
  await expect(modal(page)).toBeVisible();
};

/** Looks at a page in both schemes; nothing may be wider than the screen. */
async function look(page: Page, size: string, name: string): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await test.step(`${name}, ${size}, ${scheme}`, () => accessible(page));
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}-${size}-${scheme}.png`) });
  }
  // A phone makes its own window wider for a page that is; the screen stays as it is.
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, `${name} is too wide`).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
}

async function lookAtAll(page: Page, world: World, size: string, views: View[]): Promise<void> {
  for (const view of views) {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.goto(`${world.url}${view.path}`);
    await view.open(page);
    await look(page, size, view.name);
  }
}

const SETTINGS: View[] = [
  { name: "profile", path: "/settings/profile", open: heading("Commits") },
  { name: "sign-ins", path: "/settings/sign-ins", open: heading("Sign-ins") },
  { name: "tokens", path: "/settings/tokens", open: heading("Tokens") },
  { name: "token", path: "/settings/tokens", open: press("New token") },
  {
    name: "token-registry",
    path: "/settings/tokens",
    open: async (page) => {
      await press("New token")(page);
      await page.getByRole("combobox", { name: "Reaches" }).selectOption("The registry, for another Stead");
    },
  },
  {
    name: "token-made",
    path: "/settings/tokens",
    open: async (page) => {
      await press("New token")(page);
      await page.getByRole("textbox", { name: "What is it for?" }).fill("Nightly");
      await press("Make the token")(page);
      await expect(page.getByRole("status", { name: "The token" })).toBeVisible();
    },
  },
  { name: "own-environment", path: "/settings/environment", open: heading("Variables and secrets") },
  { name: "own-credential", path: "/settings/environment", open: press(/^Add$/) },
  { name: "accounts", path: "/settings/accounts", open: heading("Accounts") },
  { name: "account-reset", path: "/settings/accounts", open: press("More for Cy", "Link for a new password…") },
  { name: "account-delete", path: "/settings/accounts", open: press("More for Cy", "Delete…") },
  { name: "invitations", path: "/settings/invitations", open: heading("Invitations") },
  { name: "invitation", path: "/settings/invitations", open: press("Invite people") },
  {
    name: "audit",
    path: "/settings/audit",
    open: async (page) => {
      await page.getByRole("button", { name: "Check now" }).click();
      await expect(page.getByText("The chain is whole")).toBeVisible();
      await expect(page.locator("button:has(time)").first()).toBeVisible();
    },
  },
  {
    name: "audit-row",
    path: "/settings/audit",
    open: async (page) => {
      await page.locator("button:has(time)").first().click();
      await expect(page.getByRole("dialog", { name: /^Row / })).toBeVisible();
    },
  },
];

const manage = (id: string): View[] => {
  const at = (page: string) => `/w/${id}/manage/${page}`;
  return [
    { name: "people", path: at("people"), open: heading("People") },
    { name: "member-add", path: at("people"), open: press("Add a member") },
    { name: "member-invite", path: at("people"), open: press("Invite people") },
    { name: "member-remove", path: at("people"), open: press("More for Cy", "Remove…") },
    { name: "hand-over", path: at("people"), open: press("More for Cy", "Hand the workspace over…") },
    { name: "shares", path: at("shares"), open: heading("Shares") },
    { name: "share-new", path: at("shares"), open: press(/^(New share|Share the app)/) },
    { name: "environment", path: at("environment"), open: heading("Variables and secrets") },
    { name: "variable", path: at("environment"), open: press("Add a variable") },
    { name: "variable-change", path: at("environment"), open: press("More for API_KEY", "Replace or change…") },
    { name: "variable-remove", path: at("environment"), open: press("More for API_KEY", "Remove…") },
    {
      name: "import",
      path: at("environment"),
      open: async (page) => {
        await press("Paste a .env")(page);
        await page.getByRole("textbox", { name: "Text of the file" }).fill("A=b\nAPI_KEY=new-value\nPATH=x\n");
        await page.getByRole("button", { name: "See what it sets" }).click();
        await expect(page.getByRole("list", { name: "What it sets" })).toBeVisible();
      },
    },
    {
      name: "workspace-audit",
      path: at("audit"),
      open: async (page) => expect(page.locator("button:has(time)").first()).toBeVisible(),
    },
  ];
};

const workspace = (id: string, phone: boolean): View[] => {
  const there = async (page: Page) => {
    if (!phone) await expect(preview(page).locator("h1")).toBeVisible();
    await expect(page.getByText("running", { exact: true }).first()).toBeVisible();
  };
  const dialog = (item: string) => async (page: Page) => {
    await there(page);
    if (phone) await page.getByRole("tab", { name: "More" }).or(page.getByRole("button", { name: "More", exact: true })).first().click();
    else await page.getByRole("button", { name: /workspace menu/ }).click();
    await page
      .getByRole("menuitem", { name: item })
      .or(page.getByRole("button", { name: item }))
      .first()
      .click();
    await expect(modal(page)).toBeVisible();
  };
  return [
    { name: "workspace", path: `/w/${id}`, open: there },
    {
      name: "file",
      path: `/w/${id}`,
      open: async (page) => {
        await there(page);
        if (phone) await page.getByRole("tab", { name: "Files" }).or(page.getByRole("button", { name: "Files" })).first().click();
        await page.getByRole("treeitem", { name: "index.html" }).click();
        await expect(page.getByRole("textbox", { name: "Text of index.html" })).toBeVisible();
      },
    },
    { name: "workspace-settings", path: `/w/${id}`, open: dialog("Settings") },
    ...(phone
      ? []
      : [
          { name: "keys", path: `/w/${id}`, open: dialog("Keys") },
          { name: "rename", path: `/w/${id}`, open: dialog("Rename…") },
          { name: "delete", path: `/w/${id}`, open: dialog("Delete…") },
          {
            name: "palette",
            path: `/w/${id}`,
            open: async (page: Page) => {
              await there(page);
              await page.keyboard.press("ControlOrMeta+k");
              await expect(page.getByRole("combobox").or(page.getByRole("searchbox")).first()).toBeVisible();
            },
          },
        ]),
  ];
};

const HOME: View[] = [
  { name: "list", path: "/", open: heading("Workspaces") },
  { name: "create", path: "/", open: press("New workspace") },
  { name: "device", path: "/", open: press("Account of Ada", "Open on another device…") },
  { name: "missing", path: "/w/ws_00000000000000000000000000", open: heading("There is no such workspace") },
  { name: "lost", path: "/nowhere", open: heading("There is nothing at this address") },
];

/** A Stead in which there is something to see on every page. */
async function furnished(page: Page, world: World, browser: Browser): Promise<string> {
  const id = await world.create("Furnished", "--template", "static");
  await world.stead("start", id);
  await page.goto(world.url);
  const cy = await another({ browser, host: page, world }, "cy", { workspace: id, role: "editor" });
  await cy.goto(world.url);
  const secret = { value: "hunter2-hunter3", kind: "secret", uses: [] };
  await call(page, "PUT", `/workspaces/${id}/environment/API_KEY`, secret);
  const plain = { value: "postgres://db.example.org/app?sslmode=require", kind: "plain", uses: ["dev_server"] };
  await call(page, "PUT", `/workspaces/${id}/environment/DATABASE_URL`, plain);
  await call(page, "PUT", "/me/environment/API_KEY", { ...secret, uses: ["terminals"] });
  await call(page, "PUT", "/me/git-credentials/github.com", { username: "ada", token: "ghp_x" });
  await call(page, "POST", `/workspaces/${id}/shares`, {});
  await call(page, "POST", `/workspaces/${id}/invitations`, { role: "viewer", note: "The design team" });
  await call(page, "POST", "/invitations", { note: "Grace" });
  await call(page, "POST", "/tokens", { name: "Build", read_only: true, workspaces: [id] });
  return id;
}

for (const size of ["wide", "phone"] as const) {
  test.describe(size, () => {
    test.describe.configure({ timeout: 480_000 });
    test.use({ actionTimeout: 20_000 });
    if (size === "phone") test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

    test("before one is signed in", async ({ page, browser }) => {
      const world = await World.open();
      try {
        await page.goto(world.url);
        await heading("Nobody has been here yet")(page);
        await look(page, size, "first-start");
        await page.goto(await world.link());
        await expect(page.getByRole("textbox", { name: "Your name" })).toBeVisible();
        await look(page, size, "enter-first");
        await page.getByRole("textbox", { name: "Your name" }).fill("Ada");
        await page.getByLabel("Password (optional)").fill(PASSWORD);
        await page.getByRole("button", { name: "Begin" }).click();
        await heading("Workspaces")(page);
        await look(page, size, "list-empty");
        const id = await world.create("Joined");
        const made = await call<{ url: string }>(page, "POST", `/workspaces/${id}/invitations`, { role: "editor" });
        await another({ browser, host: page, world }, "cy");
        const accounts = await call<{ id: string; name: string }[]>(page, "GET", "/accounts");
        const cy = accounts.find((it) => it.name === "Cy")?.id;
        const reset = await call<{ url: string }>(page, "POST", `/accounts/${cy}/reset`);
        const own = new URL(made.url).pathname;
        await page.goto(`${world.url}${own}`);
        await heading("You are invited")(page);
        await look(page, size, "join-signed-in");
        await page.context().clearCookies();
        await lookAtAll(page, world, size, [
          { name: "join", path: own, open: heading("You are invited") },
          { name: "join-used", path: "/join/nothing", open: heading("This invitation no longer works") },
          { name: "reset", path: new URL(reset.url).pathname, open: async (it) => expect(it.getByLabel("New password")).toBeVisible() },
          { name: "sign-in", path: "/", open: heading("Sign in to Stead") },
          { name: "enter-used", path: "/enter/nothing", open: async (it) => expect(it.getByRole("button").first()).toBeVisible() },
        ]);
      } finally {
        await world.dispose();
      }
    });

    test("what is signed in", async ({ page, world, browser }) => {
      await signIn(page, await world.link());
      const id = await furnished(page, world, browser);
      await lookAtAll(page, world, size, [...HOME, ...SETTINGS, ...manage(id), ...workspace(id, size === "phone")]);
      // One's own things are in force in every workspace of the tests that follow.
      await call(page, "DELETE", "/me/environment/API_KEY");
      await call(page, "DELETE", "/me/git-credentials/github.com");
    });
  });
}
