/** What every browser test holds to: the page logs no error and breaks no content security policy,
 * axe finds nothing, and nothing is cut off at the side. */

import { test as base, expect, type Page } from "@playwright/test";
import axe from "axe-core";

export { expect };

declare global {
  interface Window {
    axe: typeof axe;
  }
}

export const test = base.extend<{
  /** Errors that a test expects, such as a refused request. */
  expectedErrors: RegExp[];
}>({
  expectedErrors: [
    async ({ page }, use) => {
      const expected: RegExp[] = [];
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        if (message.type() !== "error") return;
        errors.push(`${message.text()} (${message.location().url})`);
      });
      await use(expected);
      expect(errors.filter((error) => !expected.some((e) => e.test(error)))).toEqual([]);
    },
    { auto: true },
  ],
});

/** Every rule of axe holds, those that are only good practice too. */
export async function expectAccessible(page: Page) {
  // It stays there until another page is loaded.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run({ resultTypes: ["violations"] });
    return violations.flatMap((v) =>
      v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.failureSummary}`),
    );
  });
  expect(found).toEqual([]);
}

export async function expectNoSidewaysScroll(page: Page) {
  const [scroll, client] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(scroll).toBeLessThanOrEqual(client ?? 0);
}

/** No table needs a sideways scroll of its own either. */
export async function expectTablesFit(page: Page) {
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll(".scroll, .scrolls")]
      .filter((box) => box.scrollWidth > box.clientWidth)
      .map((box) => box.textContent?.slice(0, 80)),
  );
  expect(wide).toEqual([]);
}

/** The page that is open holds in both themes, and in a narrow window. */
export async function expectFine(page: Page, name: string) {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await shot(page, `${name}-${colorScheme}`);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  }
  await page.setViewportSize({ width: 1024, height: 768 });
  await shot(page, `${name}-1024`);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await expectTablesFit(page);
}

/** Keeps a picture when `COUNTERSIGN_SHOTS` names a folder. */
export async function shot(page: Page, name: string) {
  const folder = process.env.COUNTERSIGN_SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
