/** What every browser test starts from: a server, a page that is signed in, and the rule that the
 * page logs no error and breaks no content security policy. */

import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { Mock, SIGN_IN_TOKEN } from "./mock/server";

export { expect };

interface Fixtures {
  mock: Mock;
  /** Signed in. */
  signedIn: Page;
  /** Errors a test expects, such as a refused request. */
  expectedErrors: RegExp[];
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  mock: async ({}, use) => {
    const mock = await new Mock().start();
    await use(mock);
    await mock.stop();
  },
  expectedErrors: async ({ page }, use) => {
    const expected: RegExp[] = [];
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await use(expected);
    expect(errors.filter((error) => !expected.some((e) => e.test(error)))).toEqual([]);
  },
  signedIn: async ({ page, mock, expectedErrors }, use) => {
    // Chromium logs the first question, who is signed in, as failed until the link was used.
    expectedErrors.push(/status of 401/);
    await page.goto(`${mock.url}/sign-in#token=${SIGN_IN_TOKEN}`);
    await page.waitForURL("**/reviews/**");
    await use(page);
  },
});

/** Nothing that axe finds, WCAG 2.2 AA and best practices. */
export async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap((v) =>
    v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.failureSummary}`),
  );
  expect(found).toEqual([]);
}

/** No part of the page is cut off at the side. */
export async function expectNoSidewaysScroll(page: Page) {
  const [scroll, client] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(scroll).toBeLessThanOrEqual(client ?? 0);
}

/** Keeps a picture when `COUNTERSIGN_SHOTS` names a folder. */
export async function shot(page: Page, name: string) {
  const folder = process.env.COUNTERSIGN_SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
