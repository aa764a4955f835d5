import { expect, expectAccessible, shot, test } from "../harness";

test.beforeEach(async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/documents`);
  await expect(page.getByText("The last pull failed.")).toBeVisible();
});

const file = (name: string, text: string) => ({
  name,
  mimeType: "application/json",
  buffer: Buffer.from(text),
});

test("a document is uploaded, and gets versions", async ({ signedIn: page, mock }) => {
  await page.getByRole("button", { name: "Add…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("regions");
  await dialog.getByLabel("File").setInputFiles(file("regions.json", "[1]"));
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("It must be one object");
  await shot(page, "document-dialog");
  await expectAccessible(page);
  await dialog.getByLabel("File").setInputFiles(file("regions.json", '{"eu": {"ok": true}}'));
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("heading", { name: "regions" })).toBeVisible();
  expect(page.url()).toContain("name=regions");
  await page.getByRole("button", { name: "New version…" }).click();
  await dialog.getByLabel("File").setInputFiles(file("r.json", '{"eu": 1, "us": 2}'));
  await dialog.getByRole("button", { name: "Add the version" }).click();
  await expect(dialog).toBeHidden();
  await expect(
    page.getByRole("region", { name: "Versions" }).getByRole("row", { name: /^v2/ }),
  ).toBeVisible();
  expect(mock.platform.documents.find((d) => d.name === "regions")?.version).toBe(2);
});

test("a CSV names its key column, and a pull its address", async ({ signedIn: page }) => {
  await page.getByRole("button", { name: "Add…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("owners");
  await dialog.getByLabel("File").setInputFiles(file("owners.csv", "table,owner\na,b\n"));
  await expect(dialog.getByLabel("Format")).toHaveValue("csv");
  await expect(dialog.getByLabel("Key column")).toBeVisible();
  await dialog.getByLabel("From").selectOption("pull");
  await expect(dialog.getByLabel("Address")).toBeVisible();
  await expect(dialog.getByLabel("Pulled every")).toHaveValue("300");
});

test("the server's refusal stands in the dialog", async ({ signedIn: page, expectedErrors }) => {
  expectedErrors.push(/status of 422/);
  await page.getByRole("button", { name: "Add…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("taken");
  await dialog.getByLabel("File").setInputFiles(file("a.json", "{}"));
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("The first row has no key.");
});

test("a document is deleted, and a new one arrives live", async ({ signedIn: page, mock }) => {
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("list", { name: "Documents" }).getByRole("link")).toHaveCount(1);
  const [first] = mock.platform.documents;
  if (!first) throw new Error("no document");
  mock.platform.documents.push({ ...first, name: "came-live" });
  mock.emit({ type: "document", id: first.digest });
  await expect(page.getByRole("link", { name: /came-live/ })).toBeVisible();
});
