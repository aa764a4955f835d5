import { expect, expectAccessible, shot, test } from "../harness";
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

test("signing out ends it", async ({ signedIn: page, mock }) => {
  await page.getByRole("button", { name: /Account/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "You are not signed in" })).toBeVisible();
  expect(mock.calls).toContain("DELETE /session");
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
