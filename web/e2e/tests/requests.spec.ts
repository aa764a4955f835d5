import { decideRequest, signInByPhone } from "../flows";
import { expect, expectAccessible, expectNoSidewaysScroll, shot, test } from "../harness";
import { GRANT_IDS, grantOf, unused } from "../mock/identityData";
import { id } from "../mock/ids";

test("everything a decision on a request needs is on one screen", async ({
  signedIn: page,
  mock,
}) => {
  mock.identity.grants.push(unused());
  await page.goto(`${mock.url}/reviews/access/${GRANT_IDS.waiting}`);
  const main = page.getByRole("main");
  for (const text of [
    "Exactly what is asked for",
    "“backfill currency column”",
    "migrate-agent",
    "erin@example.com",
    "env=production",
    "30 min",
    "never",
    "Writing on env=production needs one of dba.",
    "would deny",
    "0 of 1 approval",
    "You may decide.",
  ]) {
    await expect(main.getByText(text).last()).toBeInViewport();
  }
  await expect(page.getByRole("timer")).toBeInViewport();
  await expect(page.getByRole("button", { name: "Approve" })).toBeInViewport();
});

test("requests stand among the held actions, and keys move over both", async ({
  reviewing: page,
}) => {
  const links = page.getByRole("list", { name: "Reviews" }).getByRole("link");
  await expect(links).toHaveCount(5);
  await expect(links.nth(3)).toContainText("Access to shop-production");
  for (let n = 0; n < 3; n += 1) await page.keyboard.press("j");
  await expect(page.getByRole("heading", { name: "Access to shop-production" })).toBeVisible();
  expect(page.url()).toContain(`/reviews/access/${GRANT_IDS.waiting}`);
  await page.keyboard.press("k");
  await expect(page.getByRole("heading", { name: "Empty session_cache" })).toBeVisible();
});

test("a key approves a request once, with the comment", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/reviews/access/${GRANT_IDS.waiting}`);
  await decideRequest(page, "approve", "for the backfill only");
  await page.keyboard.press("d");
  expect(mock.calls.filter((call) => /^POST \/grants\//.test(call))).toEqual([
    `POST /grants/${GRANT_IDS.waiting}/approve`,
  ]);
  const links = page.getByRole("list", { name: "Reviews" }).getByRole("link");
  await expect(links).toHaveCount(5);
  await expect(links.nth(3)).toContainText("in force");
  await shot(page, "request-approved");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Clear 1 decided review" }).click();
  await expect(links).toHaveCount(4);
});

test("a request is denied", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/reviews/access/${GRANT_IDS.waiting}`);
  await decideRequest(page, "deny", "ask on staging first");
  expect(mock.identity.grants[0]?.state).toBe("denied");
});

test("one's own request is not offered, and the page says why", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/reviews/access/${GRANT_IDS.own}`);
  await expect(page.getByText(/Somebody else must decide/).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Approve" })).toBeHidden();
  await page.waitForTimeout(450);
  await page.keyboard.press("a");
  expect(mock.calls.filter((call) => /^POST \/grants\//.test(call))).toEqual([]);
});

test("what the server refuses is said in its words", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 403/);
  await page.goto(`${mock.url}/reviews/access/${GRANT_IDS.waiting}`);
  await expect(page.getByRole("button", { name: "Approve" })).toBeVisible();
  const grant = mock.identity.grants.find((g) => g.id === GRANT_IDS.waiting);
  if (grant) grant.may_decide = false;
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByRole("alert")).toContainText("Somebody else must decide.");
});

test("a request comes live, and a decision elsewhere is shown in place", async ({
  reviewing: page,
  mock,
}) => {
  const links = page.getByRole("list", { name: "Reviews" }).getByRole("link");
  await expect(links).toHaveCount(5);
  const fresh = grantOf({ id: id("64", 90), requested_at: new Date().toISOString(), task: "new" });
  mock.identity.grants.unshift(fresh);
  mock.emit({ type: "grant", id: fresh.id });
  await expect(links).toHaveCount(6);
  await links.nth(5).click();
  await expect(page.getByText("“new”").first()).toBeVisible();
  mock.identity.decide(fresh.id, "deny", "not today", "carol@example.com");
  await expect(page.getByText("Denied. Nothing was opened.")).toBeVisible();
  await expect(page.getByText("“not today”")).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 780 }, hasTouch: true });

  test("a request can be read and decided", async ({ page, mock, expectedErrors }) => {
    expectedErrors.push(/status of 401/);
    await signInByPhone(page, mock.url);
    await page.goto(`${mock.url}/reviews/access/${GRANT_IDS.waiting}`);
    const approve = page.getByRole("button", { name: "Approve" });
    await expect(approve).toBeInViewport();
    await shot(page, "phone-request");
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await approve.tap();
    await expect(page.getByText("Approved. It is in force.")).toBeVisible();
  });
});
