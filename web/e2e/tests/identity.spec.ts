import { expect, expectAccessible, expectNoSidewaysScroll, shot, test } from "../harness";
import { TESTS } from "../mock/identityData";
import { id } from "../mock/ids";
import { BOT, COPILOT } from "../mock/people";
import { OPEN, REPLAYED } from "../mock/sessions";

test("a principal is locked with a reason, marked everywhere, and freed", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/principals/${BOT.id}`);
  const panel = page.getByRole("region", { name: "release-bot" });
  await panel.getByRole("button", { name: "Lock…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Lock", exact: true })).toBeDisabled();
  await dialog.getByRole("combobox", { name: "Lock" }).selectOption({ index: 1 });
  await expect(dialog).toContainText("every agent that is theirs or acts for them");
  await dialog.getByLabel("Reason").fill("it runs wild");
  await shot(page, "lock");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Lock", exact: true }).click();
  await expect(panel).toContainText("Locked. it runs wild");
  expect(mock.identity.locks[0]?.subject).toEqual({ kind: "human", name: "alice@example.com" });
  await page.goto(`${mock.url}/sessions`);
  await expect(page.getByRole("row", { name: /release-bot/ }).first()).toContainText("locked");
  await page.goto(`${mock.url}/locks`);
  await page.getByRole("button", { name: "Lift the lock of alice@example.com" }).click();
  await dialog.getByRole("button", { name: "Lift" }).click();
  await expect(page.getByRole("row", { name: /alice@example.com/ })).toHaveCount(0);
});

test("a session is locked from its replay", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions/${OPEN}`);
  await page.getByRole("button", { name: "Lock…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("wrong data");
  await dialog.getByLabel("For", { exact: true }).selectOption("3600");
  await dialog.getByRole("button", { name: "Lock", exact: true }).click();
  await expect(page.locator("header.top").getByText("locked")).toBeVisible();
  expect(mock.identity.locks[0]).toMatchObject({ subject: { kind: "session", id: OPEN } });
  expect(mock.identity.locks[0]?.expires_at).toBeTruthy();
});

test("a target and an edge are locked, and a cloned edge says why", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/targets`);
  const row = page.getByRole("row", { name: /shop-staging/ });
  await row.getByRole("button", { name: "Lock…" }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("moving");
  await page.getByRole("dialog").getByRole("button", { name: "Lock", exact: true }).click();
  await expect(row).toContainText("moving");
  await row.getByRole("button", { name: /^Lift/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Lift" }).click();
  await expect(row).not.toContainText("moving");
  await page.goto(`${mock.url}/edges?edge=${id("ed", 3)}`);
  await expect(page.getByText(/its disk was restored, or its key was copied/)).toBeVisible();
  await shot(page, "edge-cloned");
  await expectAccessible(page);
});

test("a lock that is set elsewhere is shown live", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/targets`);
  const row = page.getByRole("row", { name: /shop-production/ });
  await expect(row).not.toContainText("locked");
  const [lock] = mock.identity.locks;
  if (!lock) throw new Error("no lock");
  mock.identity.locks.push({
    ...lock,
    id: id("10c", 77),
    subject: { kind: "target", id: id("7a", 1) },
    reason: "incident 7",
  });
  mock.emit({ type: "lock", id: id("10c", 77) });
  await expect(row).toContainText("incident 7");
});

test("a principal shows who answers for it, what it used, and its keys", async ({
  signedIn: page,
  mock,
}) => {
  await page.goto(`${mock.url}/principals/${COPILOT.id}`);
  const panel = page.getByRole("region", { name: "support-copilot" });
  await expect(panel).toContainText("dana@example.com");
  await expect(panel).toContainText("answers support cases");
  // Its human is locked, and it with them.
  await expect(panel).toContainText("His laptop was stolen.");
  const usage = page.getByRole("region", { name: "Granted and used" });
  await expect(usage.getByRole("row", { name: /shop-staging/ })).toContainText("never");
  await expect(usage.getByRole("row", { name: /shop-production/ })).toContainText("45 actions");
  const keys = page.getByRole("region", { name: "Keys" });
  await keys.getByRole("button", { name: "Add a key…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Public key").fill('{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}');
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(dialog).toContainText("This is a private key.");
  expect(mock.calls.filter((call) => /^POST .*keys$/.test(call))).toEqual([]);
  await shot(page, "principal-key");
  await expectAccessible(page);
  await dialog.getByLabel("Public key").fill('{"kty":"OKP","crv":"Ed25519","x":"AA"}');
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(dialog).toBeHidden();
  await expect(keys.locator("tbody").getByRole("row")).toHaveCount(2);
  await keys
    .getByRole("button", { name: /^Remove the key/ })
    .first()
    .click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(keys.locator("tbody").getByRole("row")).toHaveCount(1);
});

test("principals are told apart by kind", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/principals`);
  const rows = page.getByRole("main").locator("tbody").getByRole("row");
  await expect(rows).toHaveCount(4);
  await page.getByRole("button", { name: "Services" }).click();
  await expect(rows).toHaveCount(1);
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByRole("searchbox").fill("group:analytics");
  await expect(rows).toHaveCount(1);
});

test("a person has several roles, and a scope as a reviewer", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/users`);
  await expect(page.getByRole("row", { name: /Carol Ng/ })).toContainText("policy author");
  await expect(page.getByRole("row", { name: /Carol Ng/ })).toContainText("team=payments");
  await page.getByRole("button", { name: "Change Audit" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Decides on targets with")).toBeHidden();
  await dialog.getByRole("checkbox", { name: /^reviewer/ }).check();
  await dialog.getByLabel("Decides on targets with").fill("env=staging");
  await page.keyboard.press("Enter");
  await shot(page, "user-roles");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  const audit = mock.users.find((user) => user.name === "Audit");
  expect(audit).toMatchObject({
    roles: ["reviewer", "auditor"],
    review_scope: { env: "staging" },
  });
  await page.getByRole("button", { name: "Change Carol Ng" }).click();
  await expect(dialog).toContainText("They sign in through the identity provider");
  await expect(dialog.getByRole("checkbox")).toHaveCount(1);
});

test("the provider is tested, and what came back is shown", async ({ signedIn: page, mock }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${mock.url}/settings/sign-in`);
  await expect(page.getByText("it answers")).toBeVisible();
  await page.getByRole("button", { name: "Copy Redirect URI" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/oidc\/callback$/);
  await page.getByRole("button", { name: "Test it…" }).click();
  const result = page.getByRole("region", { name: "What came back" });
  await expect(result).toContainText("it works");
  await expect(result.getByRole("row", { name: /^groups/ })).toContainText('["platform"');
  expect(page.url()).toContain(`test=${TESTS.good}`);
  await shot(page, "settings-test-good");
  await expectAccessible(page);
  await page.goto(`${mock.url}/settings/sign-in?test=${TESTS.waiting}`);
  await expect(result).toContainText("Nothing yet.");
  mock.identity.provider = {
    ...mock.identity.provider,
    reachable: false,
    problem: { code: "provider_unreachable", detail: "connection refused" },
  };
  await page.goto(`${mock.url}/settings/sign-in`);
  await expect(page.getByText("it does not answer")).toBeVisible();
  await expect(page.getByText("connection refused")).toBeVisible();
});

test("without a provider the page says how to name one", async ({ signedIn: page, mock }) => {
  mock.identity.provider = { ...mock.identity.provider, configured: false };
  await page.goto(`${mock.url}/settings/sign-in`);
  await expect(page.getByText("client_secret_file")).toBeVisible();
  await expect(page.getByRole("button", { name: "Test it…" })).toBeHidden();
  await shot(page, "settings-none");
  await expectAccessible(page);
});

test("an issuer is trusted with rules, and no more", async ({
  signedIn: page,
  mock,
  expectedErrors,
}) => {
  expectedErrors.push(/status of 409/);
  await page.goto(`${mock.url}/settings/issuers`);
  await page.getByRole("button", { name: "Add…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("spiffe");
  await dialog.getByLabel("Issuer").fill("https://kubernetes.default.svc");
  await dialog.getByLabel("Audience").fill("countersign");
  await dialog.getByLabel("Gets credentials of").fill("release-bot");
  await dialog.getByRole("button", { name: "Trust it" }).click();
  await expect(dialog).toContainText("Name a claim");
  await dialog.getByLabel("Claims").fill("sub=spiffe://prod/release");
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Add a rule" }).click();
  await shot(page, "issuer-dialog");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Remove rule 2" }).click();
  await dialog.getByRole("button", { name: "Trust it" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Another trusted issuer has that name.");
  await dialog.getByLabel("Issuer").fill("https://spire.example.com");
  await dialog.getByRole("button", { name: "Trust it" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("region", { name: "spiffe" })).toContainText("release-bot");
  await page.getByRole("button", { name: "Remove spiffe" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("region", { name: "spiffe" })).toHaveCount(0);
});

test("audit events are filtered by kind", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/audit`);
  const rows = page.getByRole("main").locator("tbody").getByRole("row");
  await expect(rows).toHaveCount(8);
  await page.getByRole("combobox", { name: "Kind" }).selectOption("edge.cloned");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("known generation");
  expect(page.url()).toContain("kind=edge.cloned");
  await page.getByRole("combobox", { name: "Kind" }).selectOption("grant.");
  await expect(rows).toHaveCount(2);
});

test("a session says under which grant it was", async ({ signedIn: page, mock }) => {
  await page.goto(`${mock.url}/sessions`);
  await expect(page.getByText("break-glass")).toBeVisible();
  await page.goto(`${mock.url}/sessions/${REPLAYED}`);
  const events = page.getByRole("listbox", { name: "Events" });
  await events.getByRole("option", { name: /SELECT version/ }).click();
  await expect(page.getByRole("region", { name: "Details" })).toContainText(
    "“release 4.18: new price table”",
  );
  await page.getByRole("region", { name: "Details" }).getByRole("link", { name: /^X-/ }).click();
  await expect(page.getByRole("region", { name: /^Grant X-/ })).toContainText("release-bot");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 780 } });

  for (const [name, path, sign] of [
    ["principals", `/principals/${BOT.id}`, /ships releases/],
    ["locks", "/locks", /laptop was stolen/],
    ["audit", "/audit", /mallory@example.com/],
    ["settings", "/settings/sign-in", /To register at the provider/],
    ["issuers", "/settings/issuers", /github-actions/],
  ] as const) {
    test(`${name} fits`, async ({ signedIn: page, mock }) => {
      await page.goto(mock.url + path);
      await expect(page.getByText(sign).first()).toBeVisible();
      await shot(page, `phone-${name}`);
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
    });
  }
});
