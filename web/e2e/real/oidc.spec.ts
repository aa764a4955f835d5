/** Signing in by a real OpenID provider: `COUNTERSIGN_URL` is a control plane whose provider has the
 * accounts of crates/test-support/oidc, and `COUNTERSIGN_OIDC` says so. */

import { expect, expectAccessible, shot, test } from "../base";

const url = process.env.COUNTERSIGN_URL ?? "";

test.skip(!process.env.COUNTERSIGN_OIDC, "this control plane has no identity provider");

test("a person signs in at the provider, and out again", async ({ page, expectedErrors }) => {
  expectedErrors.push(/status of 401/);
  await page.goto(`${url}/reviews`);
  await page.getByRole("link", { name: "Sign in with Example SSO" }).click();
  await page.getByLabel("Account").fill("alice");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${url}/reviews`);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await shot(page, "oidc-signed-in");

  await page.goto(`${url}/settings/sign-in`);
  await expect(page.getByText("staging-reviewers")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: /Alice Admin/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: /yes/i }).click();
  await expect(page).toHaveURL(new RegExp(`^${url}/sign-in`));
});

test("who has no role is told so", async ({ page, expectedErrors }) => {
  expectedErrors.push(/status of 401/);
  await page.goto(`${url}/auth/oidc/start`);
  await page.getByLabel("Account").fill("nora");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${url}/sign-in?error=no_role`);
  await expect(page.getByRole("alert")).toContainText("no_role");
  await expectAccessible(page);
});
