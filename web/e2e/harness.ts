/** A mock control plane for each test, and a page that is signed in to it. */

import type { Page } from "@playwright/test";
import { test as base } from "./base";
import { type Mock, SESSION } from "./mock/server";
import { Site } from "./mock/site";

export {
  expect,
  expectAccessible,
  expectFine,
  expectNoSidewaysScroll,
  expectTablesFit,
  shot,
} from "./base";

interface Fixtures {
  mock: Mock;
  /** A page that has the cookie of a session, and shows nothing yet. */
  signedIn: Page;
  /** The same where people come to: the first review is open. */
  reviewing: Page;
}

export const test = base.extend<Fixtures, { site: Site }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
    async ({}, use) => {
      const site = await new Site().start();
      await use(site);
      await site.stop();
    },
    { scope: "worker" },
  ],
  mock: async ({ site, page }, use) => {
    await use(site.open());
    // A page that sees its control plane go logs an error.
    await page.goto("about:blank");
    site.close();
  },
  signedIn: async ({ page, mock }, use) => {
    await page.context().addCookies([{ ...SESSION, url: mock.url }]);
    await use(page);
  },
  reviewing: async ({ signedIn: page, mock }, use) => {
    await page.goto(mock.url);
    await page.waitForURL("**/reviews/**");
    await use(page);
  },
});
