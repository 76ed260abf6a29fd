/** Git from the page, beside Git in a terminal. */
import type { Page } from "@playwright/test";
import { accessible, expect, modal, openTerminal, put, screen, test, type, type World } from "./world";

/** A workspace that runs, with a terminal in view in which Git knows somebody; its id. */
async function terminalIn(page: Page, world: World, name: string): Promise<string> {
  const id = await world.create(name);
  await world.stead("start", id);
  await page.goto(`${world.url}/w/${id}`);
  await openTerminal(page);
  await type(page, "git config --global user.name T; git config --global user.email t@example.org");
  return id;
}

// covers: S2.14
test("changes are committed, thrown away and brought back, and a conflict is decided", async ({
  signedIn: page,
  world,
}) => {
  await terminalIn(page, world, "Repository");
  const panel = page.getByRole("region", { name: "Left panel" });
  await panel.getByRole("button", { name: "Changes" }).click();
  await panel.getByRole("button", { name: "Make this a Git repository" }).click();
  await type(page, "printf 'one\\ntwo\\nthree\\n' > poem.txt");
  await panel.getByRole("button", { name: /^poem\.txt/ }).click();
  const editor = page.getByRole("region", { name: "Editor" });
  await expect(editor.getByRole("gridcell", { name: "two", exact: true })).toBeVisible();
  await panel.getByRole("textbox", { name: "Message of the commit" }).fill("A poem");
  await panel.getByRole("button", { name: "Commit all" }).click();
  await expect(panel.getByText("Everything is committed.")).toBeVisible();

  await type(page, "sed -i s/two/TWO/ poem.txt");
  const staging = panel.getByRole("region", { name: "Changes", exact: true });
  await staging.getByRole("button", { name: "Discard all" }).click();
  await expect(panel.getByText("Everything is committed.")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(staging.getByRole("button", { name: /^poem\.txt/ })).toBeVisible();

  // What is done in the terminal shows without asking.
  await type(page, "git commit -qam Loud && git switch -qc side HEAD~1 && sed -i s/two/2/ poem.txt && git commit -qam Digit");
  await expect(panel.getByTitle(/follows/)).toHaveText("side");
  await type(page, "git merge main; echo merged=$?");
  await expect(screen(page)).toContainText("merged=1");
  await expect(panel.getByText("A merge is under way.")).toBeVisible();
  await panel.getByRole("region", { name: "Conflicts" }).getByRole("button", { name: /^poem\.txt/ }).click();
  await editor.getByRole("button", { name: "Both" }).click();
  await editor.getByRole("button", { name: "Write and mark as resolved" }).click();
  await panel.getByRole("button", { name: "Finish" }).click();
  await expect(panel.getByText("Everything is committed.")).toBeVisible();
  await type(page, "cat poem.txt | tr '\\n' ' '; git log --oneline | wc -l");
  await expect(screen(page)).toContainText("one 2 TWO three");
});

// covers: S2.14
test("who wrote a line is shown beside it, moves along with what is typed, and leads to the commit", async ({
  signedIn: page,
  world,
}) => {
  await terminalIn(page, world, "Blamed");
  const as = (name: string) => `-c user.name=${name} -c user.email=${name}@example.org`;
  await type(page, "git init -q && printf 'one\\ntwo\\nthree\\n' > poem.txt && git add -A");
  await type(page, `git ${as("Ada")} commit -qm 'A poem' && sed -i s/two/TWO/ poem.txt && git ${as("Eve")} commit -qam Louder; echo made=$?`);
  await expect(screen(page)).toContainText("made=0");
  await page.getByRole("treeitem", { name: /^poem\.txt/ }).click();
  const editor = page.getByRole("region", { name: "Editor" });
  await editor.getByRole("button", { name: "Blame" }).click();
  const names = editor.locator(".cm-blame-author");
  await expect(names).toHaveText(["Ada", "Eve", "Ada"]);
  await editor.locator(".cm-line", { hasText: "TWO" }).click();
  await expect(editor.locator(".cm-blame-words")).toHaveText("Eve, just now · Louder");
  await accessible(page);

  // What is typed is nobody's, at once; the rest keeps its names.
  await page.keyboard.press("Home");
  await page.keyboard.type("between\n");
  await expect(editor.locator(".cm-blame-words")).toHaveText("Eve, just now · Louder");
  await page.keyboard.press("ArrowUp");
  await expect(editor.locator(".cm-blame-words")).toHaveText("not committed yet");
  await expect(names).toHaveText(["Ada", "Eve", "Ada"]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+K");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("commit of this line");
  await page.keyboard.press("Enter");
  await expect(editor.getByRole("heading", { name: "Louder" })).toBeVisible();
});

// covers: S2.14
test("lines are staged by keys, and a conflict has its base and is opened again", async ({ signedIn: page, world }) => {
  const id = await terminalIn(page, world, "Lines");
  await type(page, "git init -qb main; printf 'one\\ntwo\\nthree\\n' > poem.txt; git add -A; git commit -qm A; echo made=$?");
  await expect(screen(page)).toContainText("made=0");
  await put(page, id, { "poem.txt": "ONE\ntwo\nTHREE\n" });
  const panel = page.getByRole("region", { name: "Left panel" });
  await panel.getByRole("button", { name: "Changes" }).click();
  await panel.getByRole("button", { name: /^poem\.txt/ }).click();
  const editor = page.getByRole("region", { name: "Editor" });
  const lines = editor.getByRole("grid", { name: /Changed lines/ });
  await lines.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(editor.getByRole("gridcell", { selected: true })).toHaveText(["one", "ONE"]);
  await accessible(page);
  await editor.getByRole("button", { name: "Stage 2 lines" }).click();
  await type(page, "git show :poem.txt | tr '\\n' ' '");
  await expect(screen(page)).toContainText("ONE two three");
  await panel.getByRole("textbox", { name: "Message of the commit" }).fill("Half");
  await panel.getByRole("button", { name: "Commit", exact: true }).click();
  await expect(editor.getByRole("gridcell", { name: "THREE", exact: true })).toBeVisible();
  await type(page, "git commit -qam Rest; git switch -qc side HEAD~1; sed -i s/three/3/ poem.txt; git commit -qam Digit; git merge main; echo merged=$?");
  await expect(screen(page)).toContainText("merged=1");

  await panel.getByRole("region", { name: "Conflicts" }).getByRole("button", { name: /^poem\.txt/ }).click();
  const place = editor.getByRole("region", { name: "Conflict" });
  // Nobody set up that Git keeps it.
  await expect(place.getByText("Both started from")).toBeVisible();
  await expect(place.getByText("three", { exact: true })).toBeVisible();
  await accessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await place.getByRole("button", { name: "Theirs" }).click();
  await editor.getByRole("button", { name: "Write and mark as resolved" }).click();
  await expect(panel.getByText("Every conflict is resolved.")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(panel.getByText("One file has a conflict")).toBeVisible();
  await place.getByRole("button", { name: "Both" }).click();
  await editor.getByRole("button", { name: "Write and mark as resolved" }).click();
  await panel.getByRole("button", { name: "Finish" }).click();
  await expect(panel.getByText("Everything is committed.")).toBeVisible();
  await type(page, "cat poem.txt | tr '\\n' ' '");
  await expect(screen(page)).toContainText("ONE two 3 THREE");
});

// covers: S2.14
test("a branch that changes are in the way of is reached without losing them, renamed and deleted", async ({
  signedIn: page,
  world,
}) => {
  await terminalIn(page, world, "Switched");
  await type(page, "git init -qb main; echo one > a.txt; git add -A; git commit -qm A; git switch -qc side; echo side > a.txt; git commit -qam B; git switch -q main; echo made=$?");
  await expect(screen(page)).toContainText("made=0");
  // What is typed and not yet in the file counts, too.
  await page.getByRole("treeitem", { name: /^a\.txt/ }).click();
  const editor = page.getByRole("region", { name: "Editor" });
  await editor.locator(".cm-line").first().click();
  await page.keyboard.press("Home");
  await page.keyboard.type("typed ");
  const panel = page.getByRole("region", { name: "Left panel" });
  await panel.getByRole("button", { name: "Changes" }).click();
  await panel.getByRole("button", { name: "main", exact: true }).click();
  await modal(page).getByRole("button", { name: /^side/ }).click();
  await expect(modal(page).getByRole("heading")).toHaveText("Changes are in the way of side");
  await accessible(page);
  await modal(page).getByRole("button", { name: "Put aside and switch" }).click();
  await expect(panel.getByRole("button", { name: "side", exact: true })).toBeVisible();
  await expect(editor.locator(".cm-content")).toContainText("side");
  await panel.getByRole("button", { name: "side", exact: true }).click();
  await modal(page).getByRole("button", { name: "Rename main" }).click();
  await modal(page).getByRole("textbox", { name: "New name of main" }).fill("trunk");
  await page.keyboard.press("Enter");
  await modal(page).getByRole("button", { name: /^trunk/ }).click();
  await expect(panel.getByRole("button", { name: "trunk", exact: true })).toBeVisible();

  await panel.getByRole("button", { name: "More about the repository" }).click();
  await page.getByRole("menuitem", { name: /Changes put aside/ }).click();
  await modal(page).getByRole("button", { name: /^Bring back “On main: Before switching to side”$/ }).click();
  await expect(editor.locator(".cm-content")).toContainText("typed one");
  await panel.getByRole("button", { name: "trunk", exact: true }).click();
  await modal(page).getByRole("button", { name: "Delete side" }).click();
  await expect(modal(page).getByRole("heading")).toHaveText("Delete side?");
  await modal(page).getByRole("button", { name: "Delete with its commits" }).click();
  await expect(modal(page).getByRole("button", { name: /^side/ })).toHaveCount(0);
});
