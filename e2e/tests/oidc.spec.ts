/** Signing in with an OpenID provider: `oidc-provider`, on an origin of its own. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { accessible, expect, freePort, PASSWORD, stranger, test as base, World } from "./world";

const PROGRAM = resolve(import.meta.dirname, "../programs/openid-provider.mjs");

/** How the provider signs. */
type Algorithm = "RS256" | "ES256" | "EdDSA";

interface Provider {
  issuer: string;
  stop: () => Promise<void>;
}

/** Starts the provider and waits until it listens. */
async function startProvider(redirectUri: string, algorithm: Algorithm): Promise<Provider> {
  const port = await freePort();
  const program = spawn(process.execPath, [PROGRAM, String(port), redirectUri, algorithm], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise<void>((done, failed) => {
    program.stdout.on("data", (text) => String(text).includes("ready") && done());
    program.once("exit", (code) => failed(new Error(`the provider ended with ${code}`)));
  });
  const stop = async () => {
    if (program.exitCode !== null || program.signalCode !== null) return;
    const ended = new Promise((done) => program.once("exit", done));
    program.kill();
    await ended;
  };
  return { issuer: `http://127.0.0.1:${port}`, stop };
}

/** A Stead in which nobody was before, whose people may sign in with the provider. */
const test = base.extend<{ algorithm: Algorithm; company: { world: World; provider: Provider } }>({
  algorithm: ["RS256", { option: true }],
  company: async ({ algorithm }, use) => {
    let started: Provider | undefined;
    const opening = World.open(async (it) => {
      const provider = await startProvider(`${it.url}/oidc/company/callback`, algorithm);
      started = provider;
      const file = join(it.data, "company.toml");
      await writeFile(join(it.data, "company.secret"), "the secret of the e2e tests\n");
      await writeFile(
        file,
        `issuer = "${provider.issuer}"\nclient-id = "stead"\nclient-secret-file = "company.secret"\n`,
      );
      return ["--oidc-provider", file];
    });
    try {
      const world = await opening;
      if (started === undefined) throw new Error("no provider");
      await use({ world, provider: started });
      await world.dispose();
    } finally {
      await started?.stop();
    }
  },
});

/** A picture for people to look at, when a folder for them is named. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["PICTURES"];
  if (folder === undefined) return;
  for (const [width, scheme] of [
    [1440, "light"],
    [1440, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), animations: "disabled" });
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** The first one here, with a password. */
async function begin(page: Page, world: World): Promise<void> {
  await page.goto(await world.link());
  await page.getByRole("textbox", { name: "Your name" }).fill("Ada");
  await page.getByLabel("Password (optional)").fill(PASSWORD);
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(page.getByRole("button", { name: "Account of Ada" })).toBeVisible();
}

/** An invitation's link. */
async function invite(page: Page, world: World): Promise<string> {
  await page.goto(`${world.url}/settings/invitations`);
  await page.getByRole("button", { name: "Invite people" }).first().click();
  await page.getByRole("textbox", { name: "For whom?" }).fill("Bea");
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByRole("status", { name: "The invitation" }).innerText();
  await page.getByRole("button", { name: "Done" }).click();
  return link;
}

const toProvider = (page: Page) => page.getByRole("button", { name: "Continue with Company" }).click();

/** At the provider: who one is, and that Stead may know. */
async function prove(page: Page, name: string): Promise<void> {
  await page.waitForURL(/127\.0\.0\.1/);
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

async function signOut(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: `Account of ${name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: "Continue with Company" })).toBeVisible();
}

test("an invited person comes in with the provider, and comes back", async ({ page, browser, company }) => {
  const { world } = company;
  await begin(page, world);
  const link = await invite(page, world);

  const bea = await stranger(browser);
  await bea.goto(link);
  await expect(bea.getByText("Ada invites you to this Stead")).toBeVisible();
  await accessible(bea);
  await picture(bea, "join");
  await toProvider(bea);
  await prove(bea, "bea");
  await bea.waitForURL(`${world.url}/`);
  await expect(bea.getByRole("button", { name: "Account of Bea Baker" })).toBeVisible();
  await page.goto(`${world.url}/settings/accounts`);
  await expect(page.getByRole("listitem").filter({ hasText: "Bea Baker" })).toContainText("bea");

  // Signed out, the way to a page leads through the provider, which still knows who it is.
  await signOut(bea, "Bea Baker");
  await accessible(bea);
  await picture(bea, "sign-in");
  await bea.goto(`${world.url}/settings/tokens?of=mine`);
  await toProvider(bea);
  await bea.waitForURL(`${world.url}/settings/tokens?of=mine`);
  await expect(bea.getByRole("heading", { name: "Tokens" })).toBeVisible();

  // It has no other way in, so the only one stays.
  await bea.goto(`${world.url}/settings/sign-in-methods`);
  await expect(bea.getByText("bea@example.org")).toBeVisible();
  await accessible(bea);
  await picture(bea, "methods");
  await bea.getByRole("button", { name: "Unlink Company" }).click();
  const told = bea.getByRole("region", { name: "Notifications" });
  await expect(told).toContainText("This is your last way to sign in; set a password first.");

  // The link is used up: whoever follows is told so, and a stranger is told what to do.
  const cem = await stranger(browser);
  await cem.goto(world.url);
  await toProvider(cem);
  await prove(cem, "cem");
  await expect(cem.getByRole("alert")).toContainText("You have no account here yet");
  await accessible(cem);
  await picture(cem, "not-invited");
});

test.describe("signed with ES256", () => {
  test.use({ algorithm: "ES256" });
  test("an account is linked with the password, signs in, and is unlinked", link);
});

test.describe("signed with EdDSA", () => {
  test.use({ algorithm: "EdDSA" });
  test("what goes wrong at the provider is told in plain words", goWrong);
});

interface Given {
  page: Page;
  browser: Browser;
  company: { world: World; provider: Provider };
}

async function link({ page, browser, company }: Given): Promise<void> {
  const { world } = company;
  await begin(page, world);
  await page.goto(`${world.url}/settings/sign-in-methods`);
  await page.getByRole("button", { name: "Link Company" }).click();
  await accessible(page);
  await picture(page, "link");
  const go = page.getByRole("button", { name: "Go to Company" });
  await page.getByLabel("Your password here").fill("not the password");
  await go.click();
  await expect(page.getByRole("alert")).toContainText("This is not your password; nothing was changed.");
  await page.getByLabel("Your password here").fill(PASSWORD);
  await go.click();
  await prove(page, "bea");
  await page.waitForURL(/settings\/sign-in-methods\?linked=company/);
  await expect(page.getByRole("status").filter({ hasText: "Company is linked" })).toBeVisible();
  await accessible(page);
  await picture(page, "linked");

  const other = await stranger(browser);
  await other.goto(world.url);
  await toProvider(other);
  await prove(other, "bea");
  await expect(other.getByRole("button", { name: "Account of Ada" })).toBeVisible();

  await page.getByRole("button", { name: "Unlink Company" }).click();
  await expect(page.getByText("bea@example.org")).toBeHidden();
  await signOut(other, "Ada");
  await toProvider(other);
  await expect(other.getByRole("alert")).toContainText("You have no account here yet");
}

async function goWrong({ page, browser, company }: Given): Promise<void> {
  const { world, provider } = company;
  await begin(page, world);
  for (const name of ["eve", "mallory"]) {
    const visitor = await stranger(browser);
    await visitor.goto(world.url);
    await toProvider(visitor);
    await prove(visitor, name);
    await expect(visitor.getByRole("alert")).toContainText("Company has no verified e-mail address of yours");
    await picture(visitor, name);
    await visitor.close();
  }
  const visitor = await stranger(browser);
  await visitor.goto(world.url);
  await toProvider(visitor);
  await visitor.getByRole("link", { name: "Cancel" }).click();
  await expect(visitor.getByRole("alert")).toContainText("You did not go through with it");
  await picture(visitor, "cancelled");

  // Whoever is led through a sign-in that began in another browser is signed in by it nowhere.
  const victim = await stranger(browser);
  const asked = visitor.waitForRequest(/127\.0\.0\.1:\d+\/auth\?/);
  await toProvider(visitor);
  await victim.goto((await asked).url());
  await prove(victim, "bea");
  await expect(victim.getByRole("alert")).toContainText("This sign-in is over");
  await picture(victim, "stale");

  // With the provider gone, the other ways stay.
  await provider.stop();
  await victim.reload();
  // What is known of the provider is still good; the browser finds nobody, and comes back by itself.
  await victim.getByRole("textbox", { name: "Log-in name" }).fill("ada");
  await victim.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await victim.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(victim.getByRole("button", { name: "Account of Ada" })).toBeVisible();
}
