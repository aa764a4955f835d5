import { decide } from "../flows";
import { expect, expectAccessible, expectNoSidewaysScroll, shot, test } from "../harness";
import { id } from "../mock/ids";
import { makeReview, statement } from "../mock/reviews";

const drop = statement({
  class: "destructive",
  operations: ["drop_table"],
  tables_written: ["orders"],
});
const fresh = (n: number) =>
  makeReview({ n, text: `DROP TABLE orders_${n}`, statements: [drop], held: 1 });

test("everything a decision needs is on one screen", async ({ reviewing: page }) => {
  const main = page.getByRole("main");
  for (const text of [
    "Exactly what will run",
    "Delete rows from orders",
    "release-bot",
    "alice@example.com",
    "env=production",
    "edge-eu-1",
    "would deny",
    "0 of 1 approval",
    "You may decide.",
  ]) {
    await expect(main.getByText(text).last()).toBeInViewport();
  }
  await expect(page.getByRole("timer")).toBeInViewport();
  await expect(page.getByRole("button", { name: "Approve" })).toBeInViewport();
});

test("a key denies, and the decision is shown in place", async ({ reviewing: page, mock }) => {
  const queue = page.getByRole("list", { name: "Reviews" });
  const before = await queue.getByRole("link").allTextContents();
  await decide(page, "deny", "a date in the past? no");
  await expect(queue.getByRole("link")).toHaveCount(before.length);
  await expect(queue.getByRole("link").first()).toContainText("denied");
  await shot(page, "review-denied");
  // The next key goes nowhere: this review is decided, and the next one is not open.
  await page.keyboard.press("a");
  expect(mock.calls.filter((call) => call.startsWith("POST /reviews"))).toHaveLength(1);
  await page.getByRole("button", { name: "Clear 1 decided review" }).click();
  await expect(queue.getByRole("link")).toHaveCount(before.length - 1);
});

test("j and k move, a approves", async ({ reviewing: page, mock }) => {
  await page.keyboard.press("j");
  await expect(page.getByRole("heading", { name: "Update rows of customers" })).toBeVisible();
  await page.keyboard.press("j");
  await expect(page.getByRole("heading", { name: "Empty session_cache" })).toBeVisible();
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  await expect(page.getByRole("heading", { name: "Delete rows from orders" })).toBeVisible();
  await page.waitForTimeout(450);
  await page.keyboard.press("a");
  await expect(page.getByText("Approved. The edge has not run it yet.")).toBeVisible();
  mock.decide(id("4e", 1), "used");
  await expect(page.getByText("Approved. It ran, once.")).toBeVisible();
});

test("what comes is put below, and moves nothing", async ({ reviewing: page, mock }) => {
  const links = page.getByRole("list", { name: "Reviews" }).getByRole("link");
  await expect(links).toHaveCount(5);
  const box = await links.nth(0).boundingBox();
  mock.addReview(fresh(50));
  await expect(links).toHaveCount(6);
  await expect(links.nth(5)).toContainText("DROP TABLE orders_50");
  expect(await links.nth(0).boundingBox()).toEqual(box);
  await expect(page.getByRole("heading", { name: "Delete rows from orders" })).toBeVisible();
  await expect(page.getByRole("link", { name: /^Reviews/ })).toContainText("6");
});

test("a decision elsewhere is shown where it is read", async ({ reviewing: page, mock }) => {
  mock.decide(id("4e", 1), "denied", "Carol Ng", "not today");
  await expect(page.getByText("Denied. It did not run.")).toBeVisible();
  await expect(page.getByText("“not today”")).toBeVisible();
  await expect(page.getByRole("button", { name: "Approve" })).toBeHidden();
});

test("a decision that came too late is refused in words", async ({
  reviewing: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 409/);
  await expect(page.getByRole("button", { name: "Approve" })).toBeVisible();
  const review = mock.reviews.find((r) => r.id === id("4e", 1));
  if (review) review.digest = "0".repeat(64);
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByRole("alert")).toContainText("It is not what you saw.");
});

test("what hides in a statement is written out", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/reviews/${id("4e", 2)}`);
  await expect(page.getByText("2 characters are not what they look like.")).toBeVisible();
  await expect(page.locator("pre").getByText("\\u{202E}")).toBeVisible();
  await expect(page.locator("pre").getByText("\\u{0430}")).toBeVisible();
  await expect(page.locator("pre .masked")).toHaveText("EMAIL_ADDRESS_7F3K2M9QXA");
  await expect(page.getByRole("cell", { name: "88213" })).toBeVisible();
  await shot(page, "review-disguised");
});

test("who may not decide is told why", async ({ signedIn: page, mock }) => {
  const review = mock.reviews.find((r) => r.id === id("4e", 1));
  Object.assign(review ?? {}, { may_decide: false, may_not_decide: "requester" });
  await page.goto(`${mock.url}/reviews/${id("4e", 1)}`);
  await expect(
    page
      .getByRole("main")
      .getByText(/Somebody else must decide/)
      .first(),
  ).toBeVisible();
  await expect(page.getByRole("button", { name: "Approve" })).toBeHidden();
});

test("what was decided can be looked up", async ({ reviewing: page }) => {
  await page.getByRole("button", { name: "Decided" }).click();
  await page.getByRole("combobox", { name: "State" }).selectOption("denied");
  const links = page.getByRole("list", { name: "Reviews" }).getByRole("link");
  await expect(links).toHaveCount(1);
  await links.first().click();
  await expect(page.getByText("“this is production, not staging”")).toBeVisible();
  await expect(page.getByText("Exactly what was held")).toBeVisible();
});

test("the search narrows the queue", async ({ reviewing: page }) => {
  await page.keyboard.press("/");
  await page.keyboard.type("truncate");
  await expect(page.getByRole("list", { name: "Reviews" }).getByRole("link")).toHaveCount(1);
  await page.keyboard.type("zzz");
  await expect(page.getByText("Nothing matches.")).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 780 }, hasTouch: true });

  test("a review can be read and decided", async ({ page, mock, expectedErrors }) => {
    expectedErrors.push(/status of 401/);
    await page.goto(`${mock.url}/sign-in#token=csl_good`);
    const links = page.getByRole("list", { name: "Reviews" }).getByRole("link");
    await expect(links).toHaveCount(5);
    await shot(page, "phone-queue");
    await expectAccessible(page);
    await links.first().tap();
    await expect(page.getByText("Exactly what will run")).toBeVisible();
    const approve = page.getByRole("button", { name: "Approve" });
    await expect(approve).toBeInViewport();
    expect((await approve.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    await shot(page, "phone-review");
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await approve.tap();
    await expect(page.getByText("Approved. The edge has not run it yet.")).toBeVisible();
    await page.getByRole("link", { name: "← All reviews" }).tap();
    await expect(links.first()).toContainText("approved");
  });
});
