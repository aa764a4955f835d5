/** What people do, in steps that work against the mock and against a real control plane. */

import { expect, type Page } from "@playwright/test";

export async function signIn(page: Page, link: string) {
  await page.goto(link);
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  expect(page.url()).not.toContain("token");
}

/** Where the list and what is opened from it do not stand side by side. */
export async function signInByPhone(page: Page, url: string) {
  await page.goto(`${url}/sign-in#token=csl_good`);
  await expect(page.getByRole("list", { name: "Reviews" })).toBeVisible();
}

/** Opens the review that has waited longest, once there is one. */
export async function openFirstReview(page: Page) {
  await page.getByRole("link", { name: /^Reviews/ }).click();
  const first = page.getByRole("list", { name: "Reviews" }).getByRole("link").first();
  await expect(first).toBeVisible({ timeout: 60_000 });
  await first.click();
  await expect(page.getByText("Exactly what will run")).toBeVisible();
  await expect(page.getByRole("timer")).toBeVisible();
}

/** Decides the open review by key, and sees the decision in its place. */
export async function decide(page: Page, decision: "approve" | "deny", comment: string) {
  await decideByKey(page, decision, comment);
  const outcome = decision === "approve" ? /^Approved\./ : "Denied. It did not run.";
  await expectDecided(page, outcome, comment);
}

/** The same for a request for access. */
export async function decideRequest(page: Page, decision: "approve" | "deny", comment: string) {
  await expect(page.getByRole("button", { name: "Approve" })).toBeVisible();
  await decideByKey(page, decision, comment);
  const outcome = decision === "approve" ? /^Approved\./ : "Denied. Nothing was opened.";
  await expectDecided(page, outcome, comment);
}

async function decideByKey(page: Page, decision: "approve" | "deny", comment: string) {
  await page.keyboard.press("c");
  await page.keyboard.type(comment);
  await page.keyboard.press("Escape");
  // A key that comes right after a review does is not taken for a decision on it.
  await page.waitForTimeout(450);
  await page.keyboard.press(decision === "approve" ? "a" : "d");
}

async function expectDecided(page: Page, outcome: string | RegExp, comment: string) {
  await expect(page.getByRole("region", { name: "Review" }).getByText(outcome)).toBeVisible();
  await expect(page.getByText(`“${comment}”`).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Approve" })).toBeHidden();
}
