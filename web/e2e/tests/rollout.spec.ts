import type { Page } from "@playwright/test";
import { expect, expectAccessible, shot, test } from "../harness";
import { startCanary } from "../mock/platformData";
import { policyIds } from "../mock/policies";

const open = async (page: Page, url: string) => {
  await page.goto(`${url}/policies/${policyIds.guard}`);
  await expect(page.getByRole("heading", { name: "destructive-guard" })).toBeVisible();
};
const rollout = (page: Page) => page.getByRole("region", { name: /^Rollout of/ });

test("a shadow becomes a canary within limits, and says what that means", async ({
  signedIn: page,
  mock,
}) => {
  await open(page, mock.url);
  await page
    .getByRole("row", { name: /shadow v8 on/ })
    .getByRole("button", { name: "Settings" })
    .click();
  await rollout(page).getByRole("button", { name: "Start a canary…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("A session is in or out for good");
  await dialog.getByLabel("Sessions that obey it").fill("25");
  await dialog.getByLabel("Failures", { exact: true }).fill("1");
  await dialog.getByLabel("Why").fill("two quiet days");
  await shot(page, "rollout-dialog");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Canary at 25%" }).click();
  await expect(dialog).toBeHidden();
  await expect(rollout(page)).toContainText("Canary 25%");
  await expect(rollout(page)).toContainText("Rolls back by itself at 2 failures");
  expect(mock.policy.bindings[1]).toMatchObject({
    stage: "canary",
    canary_percent: 25,
    guard: { max_failures: 1, max_denial_rise_percent: 20 },
  });
  expect(mock.platform.changes[0]).toMatchObject({ comment: "two quiet days" });
});

test("a canary's counts stand beside what it replaces, live, until it is promoted", async ({
  signedIn: page,
  mock,
}) => {
  startCanary(mock.policy.bindings);
  await open(page, mock.url);
  const counts = rollout(page).getByRole("table");
  await expect(counts.getByRole("row", { name: /v8, canary/ })).toContainText("402");
  await expect(counts.getByRole("row", { name: "v7" })).toContainText("120");
  await expect(rollout(page)).toContainText("+3.3 points");
  const canary = mock.policy.bindings[1];
  if (canary?.rollout) canary.rollout.canary.review = 777;
  mock.emit({ type: "binding", id: canary?.id ?? "" });
  await expect(counts.getByRole("row", { name: /v8, canary/ })).toContainText("777");
  await rollout(page).getByRole("button", { name: "Promote…" }).click();
  await expect(page.getByRole("dialog")).toContainText("takes the place of the binding");
  await page.getByRole("dialog").getByRole("button", { name: "Move to enforced" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  expect(mock.policy.bindings).toHaveLength(1);
  expect(mock.policy.bindings[0]).toMatchObject({ version: 8, stage: "enforced" });
});

test("a changed setting of what is enforced can go as a canary first", async ({
  signedIn: page,
  mock,
}) => {
  await open(page, mock.url);
  const settings = page.getByRole("region", { name: "Settings" });
  await settings.getByLabel("Quorum").fill("3");
  await settings.getByRole("button", { name: "Canary first…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Canary at 10%" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  const made = mock.policy.bindings.find((b) => b.stage === "canary");
  expect(made).toMatchObject({ settings: { quorum: 3 }, replaces: mock.policy.bindings[0]?.id });
  expect(mock.policy.bindings[0]).toMatchObject({ settings: { quorum: 1 } });
});

test("one click rolls back, and undoing it restores the set from before", async ({
  signedIn: page,
  mock,
}) => {
  startCanary(mock.policy.bindings);
  await open(page, mock.url);
  await page.getByRole("button", { name: "Roll back…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Rolling back once more goes further back.");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Roll back" }).click();
  await expect(dialog).toBeHidden();
  const note = page.getByRole("main").getByRole("status").filter({ hasText: "Done, set" });
  await expect(note).toContainText("rolled back to v7");
  await shot(page, "rollback-done");
  expect(mock.policy.bindings.map((b) => b.stage)).toEqual(["enforced"]);
  await note.getByRole("button", { name: "Undo…" }).click();
  await expect(dialog).toContainText("Set 413, which was in force before destructive-guard");
  await shot(page, "rollback-undo");
  await expectAccessible(page);
  await dialog.getByLabel("Why").fill("v8 was right");
  await dialog.getByRole("button", { name: "Restore set 413" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("main").getByRole("status")).toContainText("Set 413 restored");
  expect(mock.policy.bindings.map((b) => b.stage)).toEqual(["enforced", "canary"]);
  expect(mock.calls.filter((call) => call.endsWith("/rollback"))).toHaveLength(1);
  expect(mock.platform.sets[0]).toMatchObject({ revision: 415, comment: "v8 was right" });
});

test("with approval required a change waits and says so", async ({ signedIn: page, mock }) => {
  mock.platform.settings.require_approval = true;
  await open(page, mock.url);
  await page.getByRole("region", { name: "Settings" }).getByLabel("Quorum").fill("2");
  await page
    .getByRole("region", { name: "Settings" })
    .getByRole("button", { name: "Save" })
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  const note = page.getByRole("main").getByRole("status").filter({ hasText: "another admin" });
  await expect(note).toBeVisible();
  expect(mock.policy.bindings[0]?.settings).toMatchObject({ quorum: 1 });
  await note.getByRole("link", { name: "See the change" }).click();
  await expect(page.getByText("You asked for it yourself.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Approve" })).toBeDisabled();
});

test("an automatic rollback raises an alert that somebody acknowledges", async ({
  signedIn: page,
  mock,
}) => {
  await open(page, mock.url);
  mock.platform.raiseAlert();
  const banner = page.getByRole("region", { name: "Alert" });
  await expect(banner).toContainText("destructive-guard v8 was rolled back: 4 failures");
  await shot(page, "alert");
  await expectAccessible(page);
  await banner.getByRole("link", { name: "Look" }).click();
  await expect(page.getByText("This happened by itself.")).toBeVisible();
  await banner.getByRole("button", { name: "Acknowledge" }).click();
  await expect(banner).toBeHidden();
  expect(mock.platform.changes[0]?.acknowledged_at).toBeTruthy();
});

test("edges that are not ready say why", async ({ signedIn: page, mock }) => {
  await open(page, mock.url);
  const edges = page.getByRole("region", { name: "On the edges" });
  await expect(edges.getByRole("row", { name: /edge-us-1/ })).toContainText(
    "preparing v8 v7 runs on meanwhile",
  );
  await expect(edges.getByRole("row", { name: /edge-lab/ })).toContainText(
    "not signed by an author that this edge trusts v6 runs on.",
  );
});

test("two versions are compared: manifest, settings and text", async ({ signedIn: page, mock }) => {
  await open(page, mock.url);
  await page.getByRole("link", { name: "diff v7 → v8" }).click();
  await expect(page.getByRole("heading", { name: /v7 → v8/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /^properties.review_unbounded/ })).toContainText(
    "false",
  );
  await expect(page.getByText("import data.settings")).toBeVisible();
  await page.getByRole("combobox", { name: "From" }).selectOption("6");
  await expect(page.getByRole("heading", { name: /v6 → v8/ })).toBeVisible();
  expect(page.url()).toContain("from=6");
  await page.getByRole("combobox", { name: "To" }).selectOption("6");
  await expect(page.getByText("These are the same version.")).toBeVisible();
});
