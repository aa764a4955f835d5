import { expect, expectAccessible, shot, test } from "../harness";

test("Ctrl+Enter judges what is typed, and the address keeps it", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/playground`);
  await page.getByLabel("SQL text").fill("DROP TABLE payments");
  await page.getByLabel("Principal").fill("release-bot");
  await expect(page.getByRole("button", { name: "Remove platform" })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  const verdict = page.getByRole("region", { name: "Verdict" });
  await expect(verdict).toContainText("A DROP TABLE on env=production is refused.");
  await expect(page.getByText("+1 = 4 in 1 h")).toBeVisible();
  await expect(page.getByText("table-owners[payments]")).toBeVisible();
  await expect(page.getByText("would deny")).toBeVisible();
  await expect(page.getByText("drop table", { exact: true })).toBeVisible();
  expect(mock.platform.trials.at(-1)).toMatchObject({
    operation: { sql: "DROP TABLE payments" },
    principal: { name: "release-bot", groups: ["platform"], claims: { env: "staging" } },
    target: { labels: { env: "production" } },
    bindings: "current",
  });
  await shot(page, "playground-judged");
  await expectAccessible(page);
  expect(new URL(page.url()).search).toBe("");
  await page.reload();
  await expect(page.getByLabel("SQL text")).toHaveValue("DROP TABLE payments");
  await expect(page.getByLabel("Principal")).toHaveValue("release-bot");
});

test("chosen versions judge with settings by their form", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/playground`);
  await page.getByRole("button", { name: "Chosen versions" }).click();
  await page.getByRole("combobox", { name: "Add" }).selectOption({ label: "destructive-guard" });
  await page.getByLabel("Quorum").fill("0");
  await expect(page.getByText("At least 1.")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Judge/ })).toBeDisabled();
  await page.getByLabel("Quorum").fill("4");
  await page.getByRole("button", { name: /^Judge/ }).click();
  await expect(page.getByRole("region", { name: "Verdict" })).toBeVisible();
  expect(mock.platform.trials.at(-1)).toMatchObject({
    bindings: [{ policy_version_id: mock.policy.versions[0]?.id, settings: { quorum: 4 } }],
  });
  await page.getByRole("button", { name: "Leave destructive-guard out" }).click();
  await expect(page.getByText("Nothing is chosen")).toBeVisible();
});

test("requests, tool calls and command lines are judged too", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/playground`);
  const judge = page.getByRole("button", { name: /^Judge/ });
  await page.getByRole("button", { name: "HTTP" }).click();
  await page.getByLabel("Headers").fill("nonsense");
  await judge.click();
  await expect(page.getByText("Write each header as name: value.")).toBeVisible();
  await page.getByLabel("Headers").fill("Accept: text/html");
  await page.getByLabel("Path").fill("/v1/orders?all=1");
  await shot(page, "playground-http");
  await expectAccessible(page);
  await judge.click();
  await expect
    .poll(() => mock.platform.trials.at(-1))
    .toMatchObject({
      operation: {
        http: { path: "/v1/orders", query: [["all", "1"]], headers: [["accept", "text/html"]] },
      },
    });
  await page.getByRole("button", { name: "Tool call" }).click();
  await page.getByLabel("Arguments").fill("{");
  await judge.click();
  await expect(page.getByText("This is not JSON.")).toBeVisible();
  await page.getByLabel("Arguments").fill('{"number": 7}');
  await judge.click();
  await expect
    .poll(() => mock.platform.trials.at(-1))
    .toMatchObject({
      operation: { tool_call: { tool: "merge_pull_request", arguments: { number: 7 } } },
    });
  await page.getByRole("button", { name: "Shell" }).click();
  await page.getByLabel("Command line").fill("rm -rf build");
  await judge.click();
  await expect
    .poll(() => mock.platform.trials.at(-1))
    .toMatchObject({
      operation: { shell: "rm -rf build" },
    });
  await expect(page.getByText('"argv"')).toBeVisible();
});

test("what the server refuses is said, and can be tried again", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 503/);
  mock.broken = /^POST \/policy_trials$/;
  await page.goto(`${mock.url}/playground`);
  await expect(page.getByText("Not judged yet.")).toBeVisible();
  await page.keyboard.press("Control+Enter");
  const alert = page.getByRole("main").getByRole("alert");
  await expect(alert).toContainText("The database is away.");
  mock.broken = undefined;
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("region", { name: "Verdict" })).toBeVisible();
});
