/** Signing in by a real OpenID provider: `COUNTERSIGN_URL` is a control plane whose provider has the
 * accounts of crates/test-support/oidc, and `COUNTERSIGN_OIDC` says so. */

import type { Page } from "@playwright/test";
import { expect, expectAccessible, shot, test } from "../base";
import { atProvider, expectForeignErrors, url, withProvider } from "./provider";

test.skip(!process.env.COUNTERSIGN_OIDC, "this control plane has no identity provider");

test.beforeEach(({ expectedErrors }) => expectForeignErrors(expectedErrors));

/** Goes to a page, and through the provider to it. */
async function signIn(page: Page, account: string, path: string) {
  await page.goto(url + path);
  await withProvider(page).click();
  await atProvider(page, account);
  await expect(page).toHaveURL(url + path);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
}

/** The control plane's cookies; the provider's are the same host's. */
async function ours(page: Page) {
  const cookies = await page.context().cookies(url);
  return cookies.filter(({ name }) => name.startsWith("countersign_"));
}

/** Says yes to the provider's question whether to sign out there. */
async function confirmSignOut(page: Page) {
  await page.getByRole("button", { name: /yes/i }).click();
}

test("a person signs in at the provider, and out again", async ({ page }) => {
  const callbacks: string[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(`${url}/auth/oidc/callback`)) callbacks.push(request.url());
  });
  await page.goto(`${url}/audit`);
  await expect(withProvider(page)).toBeVisible();
  // One-time links are off where there is a provider.
  await expect(page.getByText("With a link")).toBeHidden();
  await shot(page, "oidc-sign-in");
  await expectAccessible(page);
  await signIn(page, "alice", "/audit");
  await expect(page.getByText("alice@example.com").first()).toBeVisible();
  await shot(page, "oidc-signed-in");

  const cookies = await ours(page);
  expect(cookies.map(({ name }) => name)).toEqual(["countersign_session"]);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Strict" });

  // The way back from the provider works once, and ends nothing when it is gone again.
  await page.goto(callbacks[0] ?? "");
  await expect(page.getByRole("alert")).toContainText("replayed");
  await page.goto(`${url}/settings/sign-in`);
  await expect(page.getByText("it answers")).toBeVisible();

  const out = page.getByRole("button", { name: "Sign out" });
  await page.getByRole("button", { name: /Alice Admin/ }).click();
  await out.click();
  await confirmSignOut(page);
  await expect(page).toHaveURL(new RegExp(`^${url}/sign-in`));
  expect(await ours(page)).toEqual([]);
  // The provider has forgotten as well: it asks again.
  await page.goto(`${url}/targets`);
  await withProvider(page).click();
  await expect(page.getByLabel("Account")).toBeVisible();
});

test("an admin tries the provider, and sees what came back", async ({ page }) => {
  await signIn(page, "alice", "/settings/sign-in");
  await expect(page.getByText("staging-reviewers")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Test it…" }).click();
  // Who is signed in at the provider is not asked again.
  const back = page.getByRole("region", { name: "What came back" });
  await expect(back).toContainText("it works");
  await expect(back.getByRole("row", { name: /email alice@example.com/ })).toBeVisible();
  await expect(back).toContainText("ops");
  await shot(page, "oidc-tested");
  await expectAccessible(page);
});

test("who signs out at the provider is signed out here", async ({ page, context }) => {
  await signIn(page, "sam", "/reviews");
  await page.getByRole("button", { name: /Sam Staging/ }).click();
  await expect(page.getByText(/^reviewer/i)).toBeVisible();
  await shot(page, "oidc-reviewer");
  const other = await context.newPage();
  const asked = other.waitForRequest((request) => request.url().includes("/auth?"));
  await other.goto(`${url}/auth/oidc/start`);
  const provider = new URL((await asked).url()).origin;
  await other.goto(`${provider}/session/end`);
  await confirmSignOut(other);
  // The page that is open notices by itself.
  await expect(page).toHaveURL(/\/sign-in\?next=%2Freviews$/, { timeout: 20_000 });
  await shot(page, "oidc-signed-out");
});

test("who has no role is told so", async ({ page }) => {
  await page.goto(`${url}/access`);
  await withProvider(page).click();
  await atProvider(page, "nora");
  await expect(page.getByRole("heading", { name: "You have no role here" })).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("no_role");
  await shot(page, "oidc-no-role");
  await expectAccessible(page);
});

test("who changes their mind comes to the page they wanted all the same", async ({ page }) => {
  await page.goto(`${url}/sessions?effect=deny`);
  await withProvider(page).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("heading", { name: "The sign-in was cancelled" })).toBeVisible();
  await shot(page, "oidc-cancelled");
  await withProvider(page).click();
  await atProvider(page, "alice");
  await expect(page).toHaveURL(`${url}/sessions?effect=deny`);
});
