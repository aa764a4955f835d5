import { expect, expectAccessible, expectFine, shot, test } from "../harness";
import { GRANT_IDS, TESTS } from "../mock/identityData";
import { id } from "../mock/ids";
import { REPLAYS } from "../mock/judged";
import { BOT } from "../mock/people";
import { startCanary } from "../mock/platformData";
import { policyIds } from "../mock/policies";
import { OPEN, REPLAYED } from "../mock/sessions";

/** Every page, what tells that it is there, and that nothing is missing. */
const PAGES: [string, string, RegExp][] = [
  ["reviews", "/reviews", /Exactly what will run/],
  ["history", "/reviews?history=true", /denied/],
  ["sessions", "/sessions", /18,204 allowed/],
  ["replay", `/sessions/${REPLAYED}`, /How it was judged/],
  ["replay-open", `/sessions/${OPEN}`, /open, live/],
  ["policies", "/policies", /destructive-guard/],
  ["policy", `/policies/${policyIds.guard}`, /Bound to/],
  [
    "policy-diff",
    `/policies/${policyIds.guard}/diff`,
    /Lines taken away|package destructive_guard/,
  ],
  ["policy-canary", `/policies/${policyIds.guard}`, /Canary 10%/],
  ["playground", "/playground", /Not judged yet/],
  ["replays", "/replays", /31 s|no difference/],
  ["replay-result", `/replays/${REPLAYS.differs}`, /Decisions that differ/],
  ["replay-same", `/replays/${REPLAYS.same}`, /No decision differs, of 1,204,551/],
  ["changes", "/changes", /What changes/],
  ["sets", "/sets?revision=412", /What restoring set 412 would change/],
  ["documents", "/documents", /The last pull failed/],
  ["explain", `/actions/${id("ac", 104)}`, /What it would have been|In shadow/],
  ["access", `/access/${GRANT_IDS.active}`, /Get a credential/],
  ["access-all", `/access/${GRANT_IDS.bot}?all=true`, /its sessions/],
  ["request", `/reviews/access/${GRANT_IDS.waiting}`, /Exactly what is asked for/],
  ["locks", "/locks", /laptop was stolen/],
  ["audit", "/audit", /mallory@example.com/],
  ["settings", "/settings/sign-in", /To register at the provider/],
  ["settings-tested", `/settings/sign-in?test=${TESTS.bad}`, /it does not work/],
  ["issuers", "/settings/issuers", /github-actions/],
  ["targets", "/targets", /shop-production/],
  ["principals", `/principals/${BOT.id}`, /Credentials/],
  ["edges", "/edges", /edge-eu-1/],
  ["people", "/users", /carol@example.com/],
];

for (const [name, path, sign] of PAGES) {
  test(`${name} is accessible in both themes, and fits 1024 px`, async ({
    signedIn: page,
    mock,
  }) => {
    if (name === "policy-canary") startCanary(mock.policy.bindings);
    await page.goto(mock.url + path);
    await expect(page.getByRole("main").getByText(sign).first()).toBeVisible();
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expectFine(page, name);
  });
}

const LISTS: [string, string, RegExp][] = [
  ["reviews", "/reviews", /Nothing waits for a decision/],
  ["history", "/reviews?history=true", /Nothing decided/],
  ["sessions", "/sessions", /No sessions yet/],
  ["policies", "/policies", /No policies yet/],
  ["replays", "/replays", /Nothing was judged again yet/],
  ["changes", "/policy_changes", /No changes yet/],
  ["sets", "/policy_sets", /No policy sets yet/],
  ["documents", "/documents", /No documents yet/],
  ["access", "/grants", /You hold no access/],
  ["locks", "/locks", /Nothing is locked/],
  ["audit", "/audit-events", /No events yet/],
  ["issuers", "/trusted-issuers", /No issuer is trusted yet/],
  ["targets", "/targets", /No targets yet/],
  ["principals", "/principals", /No principals yet/],
  ["edges", "/edges", /No edges yet/],
];

/** Pages that are called otherwise than the list they show. */
const PAGE_OF: Record<string, string> = {
  "/grants": "/access",
  "/audit-events": "/audit",
  "/trusted-issuers": "/settings/issuers",
};
const pageOf = (path: string) => PAGE_OF[path] ?? path.replace(/^\/policy_/, "/");

for (const [name, path, text] of LISTS) {
  test(`${name} says what failed, tries again, and says when there is nothing`, async ({
    signedIn: page,
    mock,
    expectedErrors,
  }) => {
    expectedErrors.push(/status of 503/);
    mock.empty = true;
    const list = path.split("/")[1]?.split("?")[0];
    mock.broken = new RegExp(`^GET /${list}$`);
    await page.goto(mock.url + pageOf(path));
    const alert = page.getByRole("main").getByRole("alert");
    await expect(alert).toContainText("The database is away.", { timeout: 15_000 });
    await shot(page, `${name}-error`);
    mock.broken = undefined;
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(alert).toBeHidden();
    await expect(page.getByText(text)).toBeVisible();
    await shot(page, `${name}-empty`);
    await expectAccessible(page);
  });
}
