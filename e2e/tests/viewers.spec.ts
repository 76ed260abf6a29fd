/** Files that are looked at rather than edited. */
import { accessible, expect, test, upload } from "./world";

test("Markdown is read in a frame of its own, tables are sorted, bytes are shown", async ({
  signedIn: page,
  world,
}) => {
  const id = await world.create("Looking");
  await page.goto(`${world.url}/w/${id}`);
  const files = {
    "read.md": "# Hello\n\n![logo](logo.svg)\n\n<script>top.document.title = 'taken'</script>\n",
    "logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "data.csv": "name,size\nten,10\nnine,9\n",
    "film.mp4": Buffer.from("no film at all"),
    "program.bin": Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]),
  };
  for (const [name, content] of Object.entries(files)) await upload(page, name, content);

  await page.getByRole("treeitem", { name: "read.md" }).click();
  await page.getByRole("button", { name: "Read as a page" }).click();
  const read = page.frameLocator('iframe[title="read.md as a page"]');
  await expect(read.getByRole("heading", { name: "Hello" })).toBeVisible();
  await expect(read.getByRole("img", { name: "logo" })).toBeVisible();
  await expect(page).not.toHaveTitle("taken");
  // The frame can reach nothing of the page around it.
  const sandbox = await page.locator('iframe[title="read.md as a page"]').getAttribute("sandbox");
  expect(sandbox).not.toMatch(/allow-(scripts|same-origin)/);

  await page.getByRole("treeitem", { name: "data.csv" }).click();
  await page.getByRole("button", { name: "Show as a table" }).click();
  await page.getByRole("button", { name: "size" }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("nine");

  await page.getByRole("treeitem", { name: "program.bin" }).click();
  await expect(page.getByText("An ELF program or library, 6 B")).toBeVisible();

  await page.getByRole("treeitem", { name: "film.mp4" }).click();
  await expect(page.getByRole("alert")).toContainText("cannot play film.mp4");
  await expect(page.getByRole("alert").getByRole("link", { name: "Download" })).toBeVisible();
  await accessible(page);
});
