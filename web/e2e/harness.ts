/** A mock control plane for each test, and a page that is signed in to it. */

import type { Page } from "@playwright/test";
import { test as base } from "./base";
import { signIn } from "./flows";
import { Mock, SIGN_IN_TOKEN } from "./mock/server";

export {
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  expectTablesFit,
  shot,
} from "./base";

export const test = base.extend<{ mock: Mock; signedIn: Page }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  mock: async ({}, use) => {
    const mock = await new Mock().start();
    await use(mock);
    await mock.stop();
  },
  signedIn: async ({ page, mock, expectedErrors }, use) => {
    // Chromium logs the first question, who is signed in, as failed until the link was used.
    expectedErrors.push(/status of 401/);
    await signIn(page, `${mock.url}/sign-in#token=${SIGN_IN_TOKEN}`);
    await page.waitForURL("**/reviews/**");
    await use(page);
  },
});
