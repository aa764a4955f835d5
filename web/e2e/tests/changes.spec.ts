import { expect, shot, test } from "../harness";
import { OWN, WAITING } from "../mock/platformData";

test("a waiting change is looked at and approved", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/changes`);
  await expect(page.getByRole("link", { name: "Changes 2 waiting" })).toBeVisible();
  await expect(page.getByRole("row", { name: /settings.quorum/ })).toContainText("2");
  await page.getByRole("textbox", { name: "Comment" }).fill("go on");
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText(/Dana Reyes, now/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Approve" })).toBeHidden();
  await expect(page.getByRole("link", { name: "Changes 1 waiting" })).toBeVisible();
  const change = mock.platform.changes.find((c) => c.id === WAITING);
  expect(change).toMatchObject({ state: "applied", decision_comment: "go on" });
});

test("one's own change cannot be decided, and the page says why", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/changes?change=${OWN}`);
  const approve = page.getByRole("button", { name: "Approve" });
  await expect(approve).toBeDisabled();
  await expect(approve).toHaveAccessibleDescription(/Another admin has to look at it/);
  await shot(page, "change-own");
  mock.user = { ...mock.user, roles: ["auditor"] };
  await page.reload();
  await expect(approve).toHaveAccessibleDescription(
    "Only admins and policy authors decide changes.",
  );
});

test("changes are filtered, and approval is switched on", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/changes`);
  const list = page.getByRole("list", { name: "Changes" }).getByRole("link");
  await expect(list).toHaveCount(5);
  await page.getByRole("combobox", { name: "Show" }).selectOption("rejected");
  await expect(list).toHaveCount(1);
  expect(page.url()).toContain("state=rejected");
  await page.getByRole("combobox", { name: "Counters" }).selectOption("even");
  await expect.poll(() => mock.platform.settings.counter_split).toBe("even");
  const approval = page.getByLabel("Every change needs another admin's approval");
  await approval.click();
  await expect(approval).toBeChecked();
  await expect.poll(() => mock.platform.settings.require_approval).toBe(true);
});

test("a whole set is compared with what runs, and restored", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sets`);
  await expect(page.getByText("Bound in set 413")).toBeVisible();
  await page.getByRole("list", { name: "Policy sets" }).getByRole("link").nth(2).click();
  const differences = page.getByRole("region", { name: "What restoring set 409 would change" });
  await expect(differences).toContainText("environment-boundary");
  await expect(differences.getByText("comes back")).toHaveCount(1);
  await expect(differences.getByText("goes", { exact: true })).toHaveCount(2);
  await differences.getByRole("button", { name: "Restore set 409…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("5 things change, on every edge at once");
  await dialog.getByLabel("Why").fill("the audit is over");
  await dialog.getByRole("button", { name: "Restore" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText(/Done, set/)).toBeVisible();
  await expect(page.getByRole("list", { name: "Policy sets" })).toContainText("Set 414");
  await expect(page.getByText("Its bindings are the ones that run now.")).toBeVisible();
  expect(mock.platform.sets[0]).toMatchObject({ revision: 414, comment: "the audit is over" });
});

test("j and k move over the sets", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sets`);
  await expect(page.getByText("Bound in set 413")).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Bound in set 412")).toBeVisible();
});
