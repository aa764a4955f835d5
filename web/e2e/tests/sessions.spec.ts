import type { Page } from "@playwright/test";
import { expect, shot, test } from "../harness";
import { id } from "../mock/ids";
import { manyEvents, OPEN, openEvents, REPLAYED } from "../mock/sessions";

const event = (page: Page, of: { name?: RegExp } = {}) =>
  page.getByRole("listbox", { name: "Events" }).getByRole("option", of);

test("the filters are in the address and go to the server", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions`);
  const rows = page.getByRole("main").getByRole("row");
  await expect(rows).toHaveCount(6);
  await page.getByRole("combobox", { name: "Verdict" }).selectOption("deny");
  await expect(rows).toHaveCount(3);
  expect(page.url()).toContain("effect=deny");
  await page.reload();
  await expect(rows).toHaveCount(3);
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(rows).toHaveCount(6);
  await page.getByRole("combobox", { name: "State" }).selectOption("true");
  await expect(rows).toHaveCount(2);
  await page.getByRole("combobox", { name: "State" }).selectOption("");
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox").fill("nightly");
  await expect(rows).toHaveCount(2);
  await page.getByRole("searchbox").fill("nothing like it");
  await expect(page.getByText("No session matches.")).toBeVisible();
});

test("more sessions come page by page", async ({ signedIn: page, mock }) => {
  const [first] = mock.sessions;
  if (!first) throw new Error("no sessions");
  mock.sessions = Array.from({ length: 70 }, (_, n) => ({ ...first, id: id("5e", 1000 + n) }));
  await page.goto(`${mock.url}/sessions`);
  const rows = page.getByRole("main").getByRole("row");
  await expect(rows).toHaveCount(51);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect(rows).toHaveCount(71);
  await expect(page.getByRole("button", { name: "Show more" })).toBeHidden();
});

test("a session is opened and stepped through by key", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions`);
  await expect(page.getByRole("link", { name: /Session S-/ }).first()).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /Session S-/ })).toBeVisible();
  const selected = event(page).and(page.locator("[aria-selected=true]"));
  await expect(selected).toContainText("SELECT version()");
  for (let n = 0; n < 4; n += 1) await page.keyboard.press("j");
  await expect(selected).toContainText("WITH gone AS");
  await expect(
    page.getByText("DELETE without WHERE on payments, inside a CTE").first(),
  ).toBeVisible();
  await expect(page.getByText("not reached")).toBeVisible();
  await expect(page.getByText(/never reached the database/)).toBeVisible();
  await shot(page, "replay-denied");
  await page.keyboard.press("k");
  await expect(selected).toContainText("SELECT email, phone");
  // Judged in the place of an earlier action with the same facts.
  await expect(page.getByText(/Same facts and same decision as/)).toBeVisible();
  await expect(page.getByRole("cell", { name: "EMAIL_ADDRESS" }).first()).toBeVisible();
});

test("masked values, a hold and a lone intent are told apart", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions/${REPLAYED}`);
  await event(page, { name: /SELECT \* FROM customers/ }).click();
  await expect(page.getByRole("row", { name: /email EMAIL_ADDRESS masked 200/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /PERSON seen, not masked 200/ })).toBeVisible();
  await shot(page, "replay-masked");
  await event(page, { name: /DELETE FROM orders/ }).click();
  await expect(page.getByText("carol@example.com", { exact: true })).toBeVisible();
  await expect(page.getByText("1 min 44 s").first()).toBeVisible();
  await shot(page, "replay-held");
  await event(page, { name: /UPDATE orders/ }).click();
  await expect(page.getByText("Outcome unknown.")).toBeVisible();
  await expect(page.getByText("1 character is not what it looks like.")).toBeVisible();
});

test("playing goes through the session and stops at its end", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions/${REPLAYED}`);
  await page.getByRole("combobox", { name: "Speed" }).selectOption("32");
  await page.getByRole("button", { name: "Play" }).click();
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(event(page).and(page.locator("[aria-selected=true]"))).toContainText(
    "upstream closed",
    {
      timeout: 20_000,
    },
  );
  await expect(page.getByRole("button", { name: "Play" })).toBeVisible();
});

test("the timeline is a slider", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions/${REPLAYED}`);
  const slider = page.getByRole("slider", { name: "Position in the session" });
  await slider.focus();
  await page.keyboard.press("End");
  await expect(event(page).and(page.locator("[aria-selected=true]"))).toContainText(
    "upstream closed",
  );
  const box = await slider.boundingBox();
  if (!box) throw new Error("no timeline");
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2);
  await expect(event(page).and(page.locator("[aria-selected=true]"))).toContainText(
    "DELETE FROM orders",
  );
});

test("an open session grows without moving what is read", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions/${OPEN}`);
  const options = event(page);
  await expect(options).toHaveCount(4);
  await options.nth(1).click();
  mock.events.set(OPEN, openEvents(3));
  mock.emit({ type: "session", id: OPEN });
  await expect(options).toHaveCount(7);
  await expect(options.nth(1)).toHaveAttribute("aria-selected", "true");
});

test("a link from a review opens the action it is about", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions/${REPLAYED}?action=${id("ac", 91)}`);
  await expect(event(page).and(page.locator("[aria-selected=true]"))).toContainText(
    "DELETE FROM orders",
  );
});

test("a session of thousands of statements stays quick", async ({ signedIn: page, mock }) => {
  mock.events.set(id("5e", 3), manyEvents(4000));
  await page.goto(`${mock.url}/sessions/${id("5e", 3)}`);
  await expect(event(page).first()).toBeVisible();
  expect(await event(page).count()).toBeLessThan(80);
  await page.getByRole("slider").focus();
  await page.keyboard.press("End");
  await expect(event(page).and(page.locator("[aria-selected=true]"))).toContainText("aid = 3999");
  expect(await page.locator(".lane i").count()).toBeLessThanOrEqual(401);
  // A refresh fetches the last page alone.
  const before = mock.calls.length;
  mock.emit({ type: "session", id: id("5e", 3) });
  await expect
    .poll(() => mock.calls.slice(before).filter((c) => c.endsWith("/events")).length)
    .toBe(1);
});
