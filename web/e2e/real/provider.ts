/** A control plane with an OpenID provider, and the provider's own pages. */

import type { Page } from "@playwright/test";

export const url = process.env.COUNTERSIGN_URL ?? "";

export function expectForeignErrors(expected: RegExp[]) {
  // The first question, who is signed in, is refused until somebody is.
  expected.push(/status of 401/);
  // The provider's own pages ask for fonts and icons that are not there.
  expected.push(new RegExp(`\\((?!${url}/)http`));
}

export const withProvider = (page: Page) =>
  page.getByRole("link", { name: "Sign in with Example SSO" });

export async function atProvider(page: Page, account: string) {
  await page.getByLabel("Account").fill(account);
  await page.getByRole("button", { name: "Sign in" }).click();
}
