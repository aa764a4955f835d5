import { expect, expectAccessible, shot, test } from "../harness";
import { OIDC } from "../mock/identityData";
import { SIGN_IN_TOKEN } from "../mock/server";

test.beforeEach(({ expectedErrors }) => {
  expectedErrors.push(/status of 401/);
});

test("who is not signed in is told how to", async ({ page, mock }) => {
  await page.goto(`${mock.url}/sessions?q=bot`);
  await expect(page.getByRole("heading", { name: "You are not signed in" })).toBeVisible();
  await expect(page.getByText("countersign user sign-in-link")).toBeVisible();
  await expectAccessible(page);
  await shot(page, "sign-in");
});

test("a link signs in, goes on to the page that was asked for, and leaves no token behind", async ({
  page,
  mock,
}) => {
  await page.goto(`${mock.url}/targets`);
  await page.waitForURL("**/sign-in?*");
  const next = new URL(page.url()).search;
  await page.goto(`${mock.url}/sign-in${next}#token=${SIGN_IN_TOKEN}`);
  await expect(page.getByRole("heading", { name: "Targets" })).toBeVisible();
  expect(page.url()).toBe(`${mock.url}/targets`);
  await page.goBack();
  expect(page.url()).not.toContain("csl_");
  expect(
    await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })),
  ).not.toContain("csl_");
});

test("a link works once", async ({ page, mock }) => {
  await page.goto(`${mock.url}/sign-in#token=${SIGN_IN_TOKEN}`);
  await page.waitForURL("**/reviews/**");
  await page.context().clearCookies();
  await page.goto(`${mock.url}/sign-in#token=${SIGN_IN_TOKEN}`);
  await expect(page.getByRole("alert")).toContainText("used already");
});

test("signing out ends it", async ({ reviewing: page, mock }) => {
  await page.getByRole("button", { name: /Account/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "You are not signed in" })).toBeVisible();
  expect(mock.calls).toContain("POST /sign-out");
});

test("a session that ended elsewhere leads to the sign-in and back", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/ERR_INCOMPLETE_CHUNKED_ENCODING/);
  await page.goto(`${mock.url}/targets`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.context().clearCookies();
  mock.dropStreams();
  await expect(page.getByRole("heading", { name: "You are not signed in" })).toBeVisible();
  expect(page.url()).toContain("next=%2Ftargets");
});

test("people sign in with the provider, and come back to where they were going", async ({
  page,
  mock,
}) => {
  mock.identity.options = OIDC;
  await page.goto(`${mock.url}/targets?x=1`);
  const button = page.getByRole("link", { name: "Sign in with Example SSO" });
  await expect(button).toHaveAttribute("href", "/auth/oidc/start?return_to=%2Ftargets%3Fx%3D1");
  await expect(page.getByText("countersign user sign-in-link")).toBeHidden();
  await shot(page, "sign-in-oidc");
  await expectAccessible(page);
  mock.identity.options = { ...OIDC, links: true };
  await page.reload();
  await page.getByText("With a link").click();
  await expect(page.getByText("countersign user sign-in-link")).toBeVisible();
});

for (const code of [
  "provider_unreachable",
  "wrong_issuer",
  "clock_skew",
  "bad_signature",
  "missing_nonce",
  "replayed",
  "state_mismatch",
  "token_too_large",
  "no_role",
  "denied",
  "disabled",
  "something_new",
]) {
  test(`a sign-in that failed with ${code} says why`, async ({ page, mock }) => {
    mock.identity.options = OIDC;
    await page.goto(`${mock.url}/sign-in?error=${code}`);
    await expect(page.getByRole("alert")).toContainText(code);
    await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("You are not signed in");
    await expect(page.getByRole("link", { name: "Sign in with Example SSO" })).toBeVisible();
    if (code === "no_role") await shot(page, "sign-in-no-role");
    await expectAccessible(page);
  });
}

test("signing out ends the provider's session too", async ({ reviewing: page, mock }) => {
  mock.identity.endSessionUrl = `${mock.url}/sign-in?ended=there`;
  await page.getByRole("button", { name: /Account/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in?ended=there");
  await expect(page.getByRole("heading", { name: "You are not signed in" })).toBeVisible();
});

test("who is locked meanwhile is told why, and gets no further", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 403/);
  mock.locked = "You are locked: your laptop was stolen.";
  await page.goto(`${mock.url}/targets`);
  await expect(page.getByRole("heading", { name: "You are locked" })).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("your laptop was stolen");
  await expectAccessible(page);
  await page.goto(`${mock.url}/access`);
  await expect(page.getByRole("heading", { name: "You are locked" })).toBeVisible();
  mock.locked = undefined;
  await page.goto(`${mock.url}/access`);
  await expect(page.getByRole("heading", { name: "Access" })).toBeVisible();
});

test("an agent that is locked does not send its owner away", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 403/);
  await page.goto(`${mock.url}/access`);
  await page.getByRole("button", { name: "Ask for access…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: /shop-staging/ }).check();
  await dialog.getByLabel("Task").fill("locked agent");
  await dialog.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("Support-copilot is locked");
});
