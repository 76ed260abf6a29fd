/** Variables and secrets: set on pages, found in terminals, hidden from those who only look. */
import type { Page } from "@playwright/test";
import { accessible, another, call, expect, modal, openTerminal, screen, test, type } from "./world";

const SECRET = "hunter2-hunter3";

/** A row of the list of variables. */
const row = (page: Page, name: string) => page.getByRole("list", { name: "Variables" }).getByRole("listitem").filter({ hasText: name });

async function add(page: Page, name: string, value: string, secret: boolean): Promise<void> {
  await page.getByRole("button", { name: "Add a variable" }).click();
  const dialog = modal(page);
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("textbox", { name: "Value" }).fill(value);
  if (!secret) await dialog.getByRole("switch", { name: "Secret" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  // Whoever leaves the page before takes the request along.
  await expect(dialog).toBeHidden();
}

// covers: S2.33, S2.34, S2.35
test("variables are set, explained, replaced, removed and brought back", async ({ signedIn: page, world }) => {
  const id = await world.create("Variables");
  await page.goto(`${world.url}/w/${id}/manage/environment`);
  await expect(page.getByText("Nothing is set yet")).toBeVisible();
  await accessible(page);

  // Names that cannot be are explained before and after the server is asked.
  await page.getByRole("button", { name: "Add a variable" }).click();
  const dialog = modal(page);
  await dialog.getByRole("textbox", { name: "Name" }).fill("API-KEY");
  await expect(dialog.getByText("“-” cannot be in a name")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Save" })).toBeDisabled();
  await accessible(page);
  await dialog.getByRole("textbox", { name: "Name" }).fill("LD_PRELOAD");
  await dialog.getByRole("textbox", { name: "Value" }).fill("x");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toContainText("is reserved: it changes how every program is loaded");
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await add(page, "API_KEY", SECRET, true);
  await expect(row(page, "API_KEY")).toContainText("Secret");
  await add(page, "GREETING", "hello there", false);
  await expect(row(page, "GREETING")).toContainText("hello there");
  await page.reload();
  await expect(row(page, "API_KEY")).toContainText("for everything that starts here");
  await expect(page.locator("body")).not.toContainText(SECRET);

  // A secret is replaced without being shown; what it is for changes without a new value.
  await page.getByRole("button", { name: "More for API_KEY" }).click();
  await page.getByRole("menuitem", { name: "Replace or change…" }).click();
  await expect(dialog.getByRole("textbox", { name: "New value" })).toHaveValue("");
  await dialog.getByRole("checkbox", { name: "The dev server" }).uncheck();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row(page, "API_KEY")).toContainText("for terminals, agents and setup and Git");

  // What can be seen can be brought back; what cannot is asked about.
  await page.getByRole("button", { name: "More for GREETING" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await expect(row(page, "GREETING")).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row(page, "GREETING")).toContainText("hello there");
  await page.getByRole("button", { name: "More for API_KEY" }).click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await expect(dialog).toContainText("Nobody can read the value back");
  await accessible(page);
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(row(page, "API_KEY")).toBeHidden();
  await accessible(page);
});

test("the text of a .env is shown before it is set", async ({ signedIn: page, world }) => {
  const id = await world.create("Pasted");
  await page.goto(`${world.url}/w/${id}/manage/environment`);
  await page.getByRole("button", { name: "Paste a .env" }).click();
  const dialog = modal(page);
  await dialog
    .getByRole("textbox", { name: "Text of the file" })
    .fill('# mine\nCOLOUR="light blue"\nAPI_TOKEN=abcdefgh\nPATH=/tmp\nnonsense\n');
  await dialog.getByRole("button", { name: "See what it sets" }).click();
  const found = dialog.getByRole("list", { name: "What it sets" });
  await expect(found.getByRole("listitem")).toHaveCount(2);
  await expect(found.getByRole("checkbox", { name: "Secret API_TOKEN" })).toBeChecked();
  await expect(found.getByRole("checkbox", { name: "Secret COLOUR" })).not.toBeChecked();
  await expect(dialog.getByRole("list", { name: "Lines that are left out" }).getByRole("listitem")).toHaveCount(2);
  await accessible(page);
  await found.getByRole("checkbox", { name: "Secret COLOUR" }).check();
  await expect(found.getByRole("checkbox", { name: "Secret COLOUR" })).toBeChecked();
  await found.getByRole("checkbox", { name: "Secret COLOUR" }).uncheck();
  await expect(found.getByRole("checkbox", { name: "Secret COLOUR" })).not.toBeChecked();
  await dialog.getByRole("button", { name: "Set 2 variables" }).click();
  await expect(row(page, "COLOUR")).toContainText("light blue");
  await expect(row(page, "API_TOKEN")).toContainText("Secret");
});

test("Git credentials are written once and never shown", async ({ signedIn: page, world }) => {
  await page.goto(`${world.url}/settings/environment`);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const dialog = modal(page);
  await dialog.getByRole("textbox", { name: "Host" }).fill("https://Git.Example.org/");
  await dialog.getByRole("textbox", { name: "User name" }).fill("ada");
  await dialog.getByRole("textbox", { name: "Token" }).fill("ghp_never_shown");
  await accessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  const credentials = page.getByRole("list", { name: "Git credentials" }).getByRole("listitem");
  const credential = credentials.filter({ hasText: "git.example.org" });
  await expect(credential).toContainText("git.example.org");
  await expect(credential).toContainText("as ada, set just now");
  await page.reload();
  await expect(credential).toBeVisible();
  await expect(page.locator("body")).not.toContainText("ghp_never_shown");
  await page.getByRole("button", { name: "More for git.example.org" }).click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(credential).toBeHidden();
});

// covers: S2.33, S2.35
test("a secret of the page is in a new terminal, and masked where a viewer looks", async ({
  signedIn: page,
  world,
  browser,
}) => {
  const id = await world.create("Masked");
  await world.stead("start", id);
  await call(page, "PUT", `/workspaces/${id}/settings`, {
    ...(await call<object>(page, "GET", `/workspaces/${id}/settings`)),
    viewers_see_terminals: true,
  });
  await page.goto(`${world.url}/w/${id}`);
  await openTerminal(page);
  await page.goto(`${world.url}/w/${id}/manage/environment`);
  await add(page, "API_KEY", SECRET, true);
  // What was open before keeps what it had, and the page says so.
  await expect(page.getByRole("status").filter({ hasText: "started before the last change" })).toContainText("Terminal main");
  await call(page, "POST", `/workspaces/${id}/terminals`, { name: "second" });
  await page.goto(`${world.url}/w/${id}`);
  await page.getByRole("tab", { name: "second" }).click();
  await expect(screen(page, "second")).toContainText("$");
  await type(page, 'echo "[$API_KEY]"', "second");
  await expect(screen(page, "second")).toContainText(`[${SECRET}]`);

  const viewer = await another({ browser, host: page, world }, "vera", { workspace: id, role: "viewer" });
  await viewer.goto(`${world.url}/w/${id}`);
  await viewer.getByRole("tab", { name: "second" }).click();
  await expect(screen(viewer, "second")).toContainText("[***************]");
  await expect(screen(viewer, "second")).not.toContainText("hunter");
  await viewer.goto(`${world.url}/w/${id}/manage/environment`);
  await expect(viewer.getByRole("heading", { name: "People" })).toBeVisible();
  await expect(viewer.getByRole("link", { name: "Environment" })).toBeHidden();
});

test("one’s own variable wins, and the author of commits is one’s own", async ({ signedIn: page, world }) => {
  const id = await world.create("Own");
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}/manage/environment`);
  await add(page, "WHO", "the workspace", false);
  await page.goto(`${world.url}/settings/environment`);
  await add(page, "WHO", "me", false);
  await page.goto(`${world.url}/w/${id}/manage/environment`);
  await expect(row(page, "WHO")).toContainText("Yours wins");
  await page.goto(`${world.url}/settings/profile`);
  await page.getByRole("textbox", { name: "Name in commits" }).fill('Ada "L." King');
  await page.getByRole("textbox", { name: "E-mail in commits" }).fill("nowhere");
  await expect(page.getByText("An address such as")).toBeVisible();
  await page.getByRole("textbox", { name: "E-mail in commits" }).fill("ada@example.org");
  const commits = page.locator("section").filter({ has: page.getByRole("heading", { name: "Commits" }) });
  await commits.getByRole("button", { name: "Save" }).click();
  // Whoever leaves the page before takes the request along; the button waits with it.
  await expect(page.getByText("Terminals that you open from here on know it.")).toBeVisible();
  await page.goto(`${world.url}/w/${id}`);
  await openTerminal(page);
  await type(page, 'echo "[$WHO]"; git init -q r && cd r && git commit -q --allow-empty -m x && git log --format="%an <%ae> by %cn"');
  await expect(screen(page)).toContainText("[me]");
  await expect(screen(page)).toContainText('Ada "L." King <ada@example.org> by Ada "L." King');
  // The page's own commits too.
  await call(page, "POST", `/workspaces/${id}/git/init`, {});
  await call(page, "PUT", `/workspaces/${id}/files/a.txt`, {});
  await call(page, "POST", `/workspaces/${id}/git/stage`, { paths: ["a.txt"] });
  await call(page, "POST", `/workspaces/${id}/git/commit`, { message: "First" });
  const log = await call<{ commits: { author_email: string }[] }>(page, "GET", `/workspaces/${id}/git/log`);
  expect(log.commits[0]?.author_email).toBe("ada@example.org");
  // The other tests have the same person.
  const { variables } = await call<{ variables: { name: string }[] }>(page, "GET", "/me/environment");
  for (const { name } of variables) await call(page, "DELETE", `/me/environment/${name}`);
});
