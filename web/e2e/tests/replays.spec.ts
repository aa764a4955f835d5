import { expect, expectAccessible, shot, test } from "../harness";
import { id } from "../mock/ids";
import { GROUPS, REPLAYS } from "../mock/judged";
import { policyIds } from "../mock/policies";

test("a changed setting is judged on the past, and followed while it runs", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/policies/${policyIds.guard}`);
  await page.getByRole("link", { name: "What would it change?" }).click();
  await expect(page.getByRole("combobox", { name: "With" })).toHaveValue(policyIds.guard);
  await page.getByLabel("Quorum").fill("2");
  await page.getByRole("combobox", { name: "Actions of" }).selectOption("86400");
  await page.getByLabel("On", { exact: true }).selectOption("shop-production");
  await page.getByRole("button", { name: "Judge again" }).click();
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page.getByText("40,000")).toBeVisible();
  await shot(page, "replay-running");
  await expectAccessible(page);
  expect(mock.platform.replays[0]).toMatchObject({
    target: "shop-production",
    candidate: { policy_id: policyIds.guard, settings: { quorum: 2 } },
  });
  mock.platform.finishReplay({
    state: "done",
    judged: 100_000,
    differing: 274,
    progress: 1,
    groups: GROUPS,
    finished_at: new Date().toISOString(),
  });
  await expect(page.getByRole("progressbar")).toBeHidden();
  await expect(page.getByText("274 differ")).toBeVisible();
});

test("an example leads to where it was recorded", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/replays/${REPLAYS.differs}`);
  await expect(page.getByRole("row", { name: /allow review/ })).toContainText("214");
  await expect(page.getByText("99,726")).toHaveCount(0);
  await expect(page.getByText("1,204,277")).toBeVisible();
  await page
    .getByRole("row", { name: /deny review/ })
    .getByRole("button")
    .click();
  await page.getByRole("link", { name: "TRUNCATE session_cache" }).click();
  await expect(page.getByRole("heading", { name: /Session S-/ })).toBeVisible();
  expect(page.url()).toContain("action=");
});

test("the same versions differ in nothing, and a failure is said", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  // The mock knows one policy, and the failed run is of another.
  expectedErrors.push(/status of 404/);
  await page.goto(`${mock.url}/replays`);
  await page.getByRole("link", { name: "The same versions again" }).click();
  await expect(page.getByText("No decision differs, of 1,204,551.")).toBeVisible();
  await page.goto(`${mock.url}/replays/${REPLAYS.failed}`);
  await expect(page.getByRole("alert")).toContainText("A module of set 388 is no longer stored.");
});

test("a running one can be stopped; who may not start one is told", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/replays`);
  await page.getByRole("button", { name: "Judge again" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText("stopped")).toBeVisible();
  mock.user = { ...mock.user, roles: ["auditor"] };
  await page.goto(`${mock.url}/replays`);
  await expect(
    page.getByText("Admins, policy authors and reviewers may judge again."),
  ).toBeVisible();
});

test("an action's explanation holds every policy, what it asked and said", async ({
  signedIn: page,
  mock,
}) => {
  const session = `${mock.url}/sessions/${id("5e", 1)}`;
  await page.goto(session);
  await page.getByRole("button", { name: "Show the settings" }).click();
  await expect(page.getByText("deny_operations").first()).toBeVisible();
  await page.getByRole("link", { name: "explain" }).click();
  await expect(page.getByRole("heading", { name: /^Why A-/ })).toBeVisible();
  const obeyed = page.getByRole("region", { name: "Obeyed" });
  await expect(obeyed).toContainText("destroyed:release-bot +1 = 4 in 1 h");
  await expect(obeyed).toContainText("guarded environment: production");
  await expect(obeyed).toContainText("deny_operations");
  await expect(page.getByRole("region", { name: "In shadow" })).toContainText("would deny");
  await page.getByRole("link", { name: "In its session" }).click();
  await expect(page.getByRole("heading", { name: /Session S-/ })).toBeVisible();
});
