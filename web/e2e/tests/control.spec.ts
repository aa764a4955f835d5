import { expect, expectAccessible, shot, test } from "../harness";
import { BOT } from "../mock/people";

test("a target is added, and a name that is taken is refused", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 409/);
  await page.goto(`${mock.url}/targets`);
  await page.getByRole("button", { name: "Add…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("warehouse");
  await dialog.getByLabel("Labels").fill("env=staging");
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Another target has that name.");
  await dialog.getByLabel("Name").fill("lake");
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("row", { name: /lake/ })).toContainText("env=staging");
});

test("a principal is added and given a credential that is shown once", async ({
  signedIn: page,
  mock,
}) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${mock.url}/principals`);
  await page.getByRole("button", { name: "Add…" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("new-bot");
  await page.getByRole("dialog").getByLabel("Acts for").fill("alice@example.com");
  await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("region", { name: "new-bot" })).toBeVisible();
  await page.getByRole("button", { name: "Issue…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Issue" }).click();
  await expect(dialog.getByText(/^csp_/)).toBeVisible();
  await shot(page, "credential");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Copy Password" }).click();
  await expect(dialog.getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^csp_/);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(/csp_/)).toHaveCount(0);
});

test("revoking asks first", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/principals/${BOT.id}`);
  await page.getByRole("button", { name: "Revoke" }).click();
  expect(mock.calls.filter((call) => call.startsWith("DELETE"))).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  expect(mock.calls.filter((call) => call.startsWith("DELETE /credentials/"))).toHaveLength(1);
});

test("an edge that is behind says so, and a join token is shown once", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/edges`);
  await page.getByRole("button", { name: "edge-us-1" }).click();
  await expect(page.getByText("It enforces set 412; the newest is 413.")).toBeVisible();
  await expect(page.getByText("18,400 records not sent yet.")).toBeVisible();
  await shot(page, "edge-behind");
  await page.getByRole("button", { name: "Add…" }).click();
  await page.getByRole("dialog").getByLabel("Name of the edge").fill("edge-us-2");
  await page.getByRole("dialog").getByRole("button", { name: "Make a join token" }).click();
  await expect(page.getByRole("dialog").getByText(/^csj_/)).toBeVisible();
});

test("an edge's status arrives without a reload", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/edges`);
  await expect(page.getByRole("row", { name: /edge-eu-1 (healthy|failing)/ })).toContainText(
    "healthy",
  );
  const [edge] = mock.edges;
  if (!edge?.status) throw new Error("no edge");
  edge.status.journal_error = "No space left on device";
  mock.emit({ type: "edge", id: edge.id });
  await expect(page.getByRole("row", { name: /edge-eu-1 (healthy|failing)/ })).toContainText(
    "failing",
  );
  await expect(page.getByText("The journal cannot write: No space left on device")).toBeVisible();
});

test("a person gets a sign-in link", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/users`);
  await page.getByRole("button", { name: "Sign-in link for Carol Ng" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make the link" }).click();
  await expect(page.getByRole("dialog").getByText(/sign-in#token=csl_/)).toBeVisible();
});
