import type { Page } from "@playwright/test";
import { signInByPhone } from "../flows";
import {
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  expectTablesFit,
  shot,
  test,
} from "../harness";
import { breakGlass, GRANT_IDS } from "../mock/identityData";

const ask = async (page: Page, url: string) => {
  await page.goto(`${url}/access`);
  await page.getByRole("button", { name: "Ask for access…" }).click();
  return page.getByRole("dialog");
};

test("access is asked for, waits, and is withdrawn", async ({ signedIn: page, mock }) => {
  const dialog = await ask(page, mock.url);
  await expect(dialog.getByRole("button", { name: "Ask", exact: true })).toBeDisabled();
  await dialog.getByRole("checkbox", { name: /shop-production/ }).check();
  await dialog.getByRole("checkbox", { name: /^write/ }).check();
  await dialog.getByLabel("Task").fill("refund order 1042");
  await dialog.getByLabel("For", { exact: true }).selectOption("other");
  await dialog.getByLabel("Minutes").fill("45");
  await shot(page, "access-ask");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(dialog).toBeHidden();
  const panel = page.getByRole("region", { name: /^Grant X-/ });
  await expect(panel).toContainText("“refund order 1042”");
  await expect(panel).toContainText("waits");
  await expect(panel).toContainText("45 min");
  expect(mock.identity.grants[0]).toMatchObject({
    operations: ["read", "write"],
    duration_seconds: 2700,
    principal: { name: "dana@example.com" },
  });
  await panel.getByRole("button", { name: "Withdraw…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click();
  await expect(panel).toContainText("withdrawn");
  await expect(panel.getByRole("button")).toHaveCount(0);
});

test("what is approved by itself is in force at once, for an agent that is mine", async ({
  signedIn: page,
  mock,
}) => {
  const dialog = await ask(page, mock.url);
  await dialog.getByLabel("For whom").selectOption("support-copilot");
  await dialog.getByRole("checkbox", { name: /shop-staging/ }).check();
  await dialog.getByLabel("Task").fill("case 12");
  await dialog.getByRole("button", { name: "Ask", exact: true }).click();
  const panel = page.getByRole("region", { name: /^Grant X-/ });
  await expect(panel).toContainText("in force");
  await expect(panel.getByRole("timer")).toBeVisible();
  expect(mock.identity.grants[0]?.principal.name).toBe("support-copilot");
});

test("a policy's refusal is an answer, with its reason", async ({ signedIn: page, mock }) => {
  const dialog = await ask(page, mock.url);
  await dialog.getByRole("checkbox", { name: /shop-production/ }).check();
  await dialog.getByLabel("Task").fill("refuse me");
  await dialog.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(dialog).toBeHidden();
  const panel = page.getByRole("region", { name: /^Grant X-/ });
  await expect(panel).toContainText("denied");
  await expect(panel).toContainText("access-guard denies exec");
  await expect(panel.getByRole("button")).toHaveCount(0);
});

test("a credential of a grant is shown once, with the lines for psql", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/access/${GRANT_IDS.active}`);
  await page.getByRole("button", { name: "Get a credential…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: /For one connection/ }).check();
  await dialog.getByRole("button", { name: "Make it" }).click();
  await expect(dialog.getByText(/^eyJ/)).toBeVisible();
  await expect(dialog).toContainText("psql -h EDGE -p 6432 -U dana@example.com -d shop-staging");
  await shot(page, "access-credential");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(/eyJ/)).toHaveCount(0);
});

test("a grant is extended by a new request, completed, and revoked with a reason", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/access/${GRANT_IDS.active}`);
  const panel = page.getByRole("region", { name: /^Grant X-/ });
  await panel.getByRole("button", { name: "Extend…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Task")).toHaveValue("look at refund 1042");
  await shot(page, "access-extend");
  await dialog.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(panel).toContainText("Follows on");
  expect(mock.identity.grants[0]).toMatchObject({ extends: GRANT_IDS.active });
  await panel.getByRole("button", { name: "The task is done…" }).click();
  await dialog.getByRole("button", { name: "End the grant" }).click();
  await expect(panel).toContainText("completed");
  await page.goto(`${mock.url}/access/${GRANT_IDS.active}`);
  await panel.getByRole("button", { name: "Revoke…" }).click();
  await expect(dialog.getByRole("button", { name: "Revoke" })).toBeDisabled();
  await dialog.getByLabel("Reason").fill("wrong order");
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(panel).toContainText("wrong order");
});

test("break-glass needs a reason, and is marked loudly everywhere", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/access`);
  await page.getByRole("button", { name: "Break glass…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: /shop-production/ }).check();
  await dialog.getByLabel("Task").fill("restore checkout");
  await expect(dialog.getByRole("button", { name: "Break the glass" })).toBeDisabled();
  await dialog.getByLabel("Why it cannot wait").fill("Checkout is down.");
  await expect(dialog.getByLabel("For", { exact: true }).getByRole("option")).toHaveText([
    "15 min",
    "30 min",
    "1 h",
    "other…",
  ]);
  await shot(page, "break-glass");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Break the glass" }).click();
  const panel = page.getByRole("region", { name: /^Grant X-/ });
  await expect(panel).toContainText("break-glass");
  const banner = page.getByRole("region", { name: "Break-glass" });
  await expect(banner).toContainText("dana@example.com took access to shop-production");
  await expect(panel.getByRole("button", { name: "Extend…" })).toBeHidden();
  await shot(page, "break-glass-taken");
  await expectAccessible(page);
  await banner.getByRole("button", { name: "Hide" }).click();
  await expect(banner).toBeHidden();
});

test("somebody else's break-glass alarms whoever is there", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/targets`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  const taken = breakGlass();
  mock.identity.grants.unshift(taken);
  mock.emit({ type: "break_glass", id: taken.id });
  const banner = page.getByRole("region", { name: "Break-glass" });
  await expect(banner).toContainText("Checkout is down and nobody else is awake.");
  await banner.getByRole("link", { name: "Look" }).click();
  await expect(page.getByRole("region", { name: "Nobody approved it" })).toBeVisible();
});

test("everybody's grants are filtered, by the address too", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/access`);
  const rows = page.getByRole("main").locator("tbody").getByRole("row");
  await expect(rows).toHaveCount(2);
  await page.getByRole("button", { name: "Everybody's" }).click();
  await expect(rows).toHaveCount(5);
  await page.getByRole("combobox", { name: "State" }).selectOption("revoked");
  await expect(rows).toHaveCount(1);
  expect(page.url()).toContain("state=revoked");
  await page.reload();
  await expect(rows).toHaveCount(1);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("combobox", { name: "Target" }).selectOption("shop-staging");
  await expect(rows).toHaveCount(2);
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox").fill("support case");
  await expect(rows).toHaveCount(1);
});

test("a grant that ends elsewhere is shown in place", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/access/${GRANT_IDS.active}`);
  await expect(page.getByRole("button", { name: "Get a credential…" })).toBeVisible();
  const grant = mock.identity.grants.find((g) => g.id === GRANT_IDS.active);
  Object.assign(grant ?? {}, {
    state: "revoked",
    ended_at: new Date().toISOString(),
    end_reason: "the case is closed",
  });
  mock.emit({ type: "grant", id: GRANT_IDS.active });
  await expect(page.getByText("the case is closed")).toBeVisible();
  await expect(page.getByRole("button", { name: "Get a credential…" })).toBeHidden();
});

test("a member sees Access and their account, and nothing else", async ({
  signedIn: page,
  mock,
}) => {
  mock.user = { ...mock.user, roles: ["member"] };
  await page.goto(`${mock.url}/policies`);
  await expect(page.getByRole("heading", { name: "Access" })).toBeVisible();
  expect(page.url()).toContain("/access");
  const links = page.getByRole("navigation", { name: "Main" }).getByRole("link");
  await expect(links).toHaveText(["Access"]);
  await expect(page.getByRole("button", { name: "Everybody's" })).toBeHidden();
  await expect(page.getByRole("button", { name: "Break glass…" })).toBeHidden();
  await shot(page, "member");
  await expectAccessible(page);
  await page
    .getByRole("link", { name: /^Grant X-/ })
    .first()
    .click();
  await expect(page.getByRole("button", { name: "Get a credential…" })).toBeVisible();
  await page.getByRole("button", { name: /Account/ }).click();
  await expect(page.getByText("member · dba")).toBeVisible();
  // Nothing is asked for that would be refused.
  const asked = new Set(mock.calls.map((call) => call.split("/")[1]));
  expect([...asked].sort()).toEqual(["grants", "live", "session"]);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 780 }, hasTouch: true });

  test("grants are looked at and asked for", async ({ page, mock, expectedErrors }) => {
    expectedErrors.push(/status of 401/);
    await signInByPhone(page, mock.url);
    await page.goto(`${mock.url}/access`);
    await expect(page.getByRole("link", { name: /^Grant X-/ })).toHaveCount(2);
    await shot(page, "phone-access");
    await expectNoSidewaysScroll(page);
    await expectTablesFit(page);
    await page
      .getByRole("link", { name: /^Grant X-/ })
      .first()
      .tap();
    await expect(page.getByRole("button", { name: "Get a credential…" })).toBeInViewport();
    await shot(page, "phone-grant");
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.getByRole("link", { name: "← All grants" }).tap();
    await page.getByRole("button", { name: "Ask for access…" }).tap();
    await expect(page.getByRole("dialog").getByLabel("Task")).toBeVisible();
    await shot(page, "phone-ask");
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });
});
