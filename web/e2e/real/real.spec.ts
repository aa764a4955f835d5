/** The same steps against a control plane that runs: `COUNTERSIGN_URL` is its address and
 * `COUNTERSIGN_SIGN_IN_LINK` a link that was not used. A statement must be held, or be about to be;
 * it is decided with `COUNTERSIGN_DECISION` (`approve` unless set). */

import { expect, expectAccessible, shot, test } from "../base";
import { decide, openFirstReview, signIn } from "../flows";

const url = process.env.COUNTERSIGN_URL ?? "";
const link = process.env.COUNTERSIGN_SIGN_IN_LINK ?? "";
const decision = process.env.COUNTERSIGN_DECISION === "deny" ? "deny" : "approve";

test("sign in, decide what is held, and look at every page", async ({ page, expectedErrors }) => {
  test.setTimeout(180_000);
  expectedErrors.push(/status of 401/);
  await signIn(page, link);
  await openFirstReview(page);
  await shot(page, "real-review");
  await decide(page, decision, "checked in a browser");
  await shot(page, "real-decided");

  for (const [name, sign] of [
    ["sessions", /allowed|masked|held|denied/],
    ["policies", /enforced/],
    ["targets", /deny|allow/],
    ["principals", /credential/],
    ["edges", /healthy/],
    ["users", /admin/],
  ] as const) {
    await page.goto(`${url}/${name}`);
    await expect(page.getByRole("table").first()).toContainText(sign);
    await shot(page, `real-${name}`);
    await expectAccessible(page);
  }

  await page.goto(`${url}/sessions?effect=review`);
  await page
    .getByRole("link", { name: /Session S-/ })
    .first()
    .click();
  await expect(page.getByRole("slider")).toBeVisible();
  await shot(page, "real-replay");
  await expectAccessible(page);

  await page.goto(`${url}/policies`);
  await page.getByRole("link", { name: /destructive-guard/ }).click();
  await expect(page.getByRole("region", { name: "Settings" })).toBeVisible();
  await shot(page, "real-policy");
  await expectAccessible(page);

  for (const [name, sign] of [
    ["changes", "Changes"],
    ["sets", "Policy sets"],
    ["documents", "Documents"],
    ["access", "Access"],
    ["locks", "Locks"],
    ["audit", "Audit"],
    ["settings/sign-in", "Settings"],
    ["settings/issuers", "Settings"],
  ] as const) {
    await page.goto(`${url}/${name}`);
    await expect(page.getByRole("heading", { name: sign, exact: true })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await shot(page, `real-${name.replace("/", "-")}`);
    await expectAccessible(page);
  }

  await page.goto(`${url}/playground`);
  await page.getByLabel("SQL text").fill("DROP TABLE orders");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("region", { name: "Verdict" })).toContainText("deny");
  await shot(page, "real-playground");
  await expectAccessible(page);

  await page.goto(`${url}/replays`);
  await page.getByRole("button", { name: "Judge again" }).click();
  await expect(page.getByText(/No decision differs, of/)).toBeVisible({ timeout: 60_000 });
  await shot(page, "real-replays");
  await expectAccessible(page);

  await page.goto(`${url}/sessions?effect=review`);
  await page
    .getByRole("link", { name: /Session S-/ })
    .first()
    .click();
  await page.getByRole("link", { name: "explain" }).click();
  await expect(page.getByRole("region", { name: "Obeyed" })).toBeVisible();
  await shot(page, "real-explain");
  await expectAccessible(page);
});
