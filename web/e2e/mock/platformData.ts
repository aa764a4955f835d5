/** Fixtures of the policy platform. */

import type {
  BindingView,
  Document,
  EdgeReadiness,
  Effect,
  ExplainedAction,
  PolicyActivity,
  PolicyChange,
  PolicySet,
  PolicyTrial,
  Replay,
  Rollout,
  SetBinding,
  VersionDiff,
} from "../../src/api/types";
import { ago, digest, id } from "./ids";
import { ADMIN, BOT } from "./people";
import { guardPolicy, policyIds } from "./policies";
import { DELETE_TEXT, outcome, statement } from "./reviews";
import { REPLAYED } from "./sessions";

const CAROL = { id: id("aa", 2), name: "Carol Ng" };

const none = { abstain: 0, allow: 0, review: 0, deny: 0, failed: 0 };

export const freshRollout = (): Rollout => ({
  started_at: new Date().toISOString(),
  decisions: 0,
  failures: 0,
  canary: none,
  baseline: none,
});

/** `destructive-guard` with v8 as a canary beside v7. */
export const canaryRollout = (): Rollout => ({
  started_at: ago(5 * 3600),
  decisions: 8_412,
  failures: 0,
  canary: { abstain: 7_901, allow: 0, review: 402, deny: 109, failed: 0 },
  baseline: { abstain: 8_180, allow: 0, review: 120, deny: 112, failed: 0 },
});

function setBinding(n: number, more: Partial<SetBinding>): SetBinding {
  return {
    id: id("b1", n),
    policy_id: policyIds.guard,
    policy: "destructive-guard",
    policy_version_id: id("50", 7),
    version: 7,
    digest: digest(7),
    settings: { quorum: 1, environments: ["production"] },
    selector: { targets: { labels: { env: "*" } } },
    stage: "enforced",
    position: n * 10,
    ...more,
  };
}

/** One binding before a change and after it. */
const one = (before: Partial<SetBinding> | null, after: Partial<SetBinding> | null, n = 2) => ({
  before: { bindings: before ? [setBinding(n, before)] : [] },
  after: { bindings: after ? [setBinding(n, after)] : [] },
});

const change = (n: number, more: Partial<PolicyChange>): PolicyChange => ({
  id: id("c4", n),
  kind: "update_binding",
  summary: "destructive-guard v8: settings",
  policy_id: policyIds.guard,
  policy: "destructive-guard",
  before: {},
  after: {},
  state: "applied",
  requested_by: ADMIN.id,
  requested_by_name: ADMIN.name,
  decided_by: null,
  decided_by_name: null,
  comment: "",
  decision_comment: "",
  revision: 413,
  created_at: ago(n * 4000),
  decided_at: ago(n * 4000),
  alert: false,
  acknowledged_at: null,
  ...more,
});

export const WAITING = id("c4", 1);
export const OWN = id("c4", 2);

/** Makes the shadow binding of `destructive-guard` a canary beside what is enforced. */
export function startCanary(bindings: BindingView[]) {
  const [enforced, shadow] = bindings;
  if (!enforced || !shadow) throw new Error("no bindings");
  Object.assign(shadow, {
    stage: "canary",
    canary_percent: 10,
    replaces: enforced.id,
    rollout: canaryRollout(),
  });
}

export const changes = (): PolicyChange[] => [
  change(1, {
    kind: "update_binding",
    summary: "destructive-guard v8: shadow → canary 10%",
    state: "pending",
    requested_by: CAROL.id,
    requested_by_name: CAROL.name,
    comment: "Two days in shadow, no surprises.",
    ...one(
      { version: 8, stage: "shadow" },
      {
        version: 8,
        stage: "canary",
        canary_percent: 10,
        settings: { quorum: 2, environments: ["production", "live"] },
      },
    ),
    revision: null,
    decided_at: null,
  }),
  change(2, {
    summary: "pii-mask v12: covers every target",
    policy: "pii-mask",
    policy_id: policyIds.pii,
    state: "pending",
    ...one(
      { policy: "pii-mask", version: 12, selector: { targets: { labels: { env: "production" } } } },
      { policy: "pii-mask", version: 12, selector: {} },
      4,
    ),
    revision: null,
    decided_at: null,
  }),
  change(3, {
    summary: "destructive-guard v8: draft → shadow",
    decided_by: CAROL.id,
    decided_by_name: CAROL.name,
    ...one({ version: 8, stage: "draft" }, { version: 8, stage: "shadow" }),
  }),
  change(5, {
    kind: "create_binding",
    summary: "bulk-read-guard v4 bound in shadow",
    policy: "bulk-read-guard",
    policy_id: policyIds.bulk,
    ...one(null, { policy: "bulk-read-guard", version: 4, stage: "shadow" }, 3),
    revision: 412,
  }),
  change(9, {
    summary: "destructive-guard v7: quorum 2 → 1",
    state: "rejected",
    decided_by: CAROL.id,
    decided_by_name: CAROL.name,
    decision_comment: "Not for payments.",
    ...one({ settings: { quorum: 2 } }, { settings: { quorum: 1 } }, 1),
    revision: null,
  }),
];

export const automaticRollback = (): PolicyChange =>
  change(0, {
    id: id("c4", 77),
    kind: "automatic_rollback",
    summary: "destructive-guard v8 was rolled back: 4 failures, 3 are borne",
    requested_by: null,
    requested_by_name: "system",
    comment: "The canary trapped 4 times in 212 decisions.",
    ...one(
      { version: 8, stage: "canary", canary_percent: 10 },
      { version: 8, stage: "draft", canary_percent: null },
    ),
    revision: 414,
    created_at: new Date().toISOString(),
    alert: true,
  });

const BULK = setBinding(3, { policy: "bulk-read-guard", policy_id: policyIds.bulk, version: 4 });
const PII = setBinding(4, { policy: "pii-mask", policy_id: policyIds.pii, version: 12 });

export const sets = (): PolicySet[] => [
  {
    revision: 413,
    at: ago(3000),
    by: ADMIN.name,
    documents: [
      { id: id("d0", 1), name: "table-owners", version: 3, digest: digest(15), size: 12_633 },
    ],
    comment: "",
    summary: "destructive-guard v8: draft → shadow",
    bindings: [setBinding(1, {}), setBinding(2, { version: 8, stage: "shadow" }), BULK, PII],
  },
  {
    revision: 412,
    at: ago(86_400),
    by: CAROL.name,
    documents: [
      { id: id("d0", 1), name: "table-owners", version: 2, digest: digest(10), size: 8_422 },
    ],
    comment: "Before the audit.",
    summary: "pii-mask v12 enforced",
    bindings: [setBinding(1, { settings: { quorum: 2, environments: ["production"] } }), BULK, PII],
  },
  {
    revision: 409,
    at: ago(9 * 86_400),
    by: CAROL.name,
    documents: [],
    comment: "",
    summary: "environment-boundary v3 in shadow",
    bindings: [
      setBinding(1, { settings: { quorum: 2, environments: ["production"] } }),
      BULK,
      setBinding(5, {
        policy: "environment-boundary",
        policy_id: policyIds.boundary,
        version: 3,
        stage: "shadow",
      }),
    ],
  },
];

const documentVersion = (n: number, age: number) => ({
  version: n,
  digest: digest(n * 5),
  size: 4_211 * n,
  keys: 31 * n,
  created_at: ago(age),
  created_by_name: ADMIN.name,
});

export const documents = (): Document[] => [
  {
    ...documentVersion(3, 900),
    id: id("d0", 1),
    name: "table-owners",
    format: "csv",
    key_column: "table",
    pull: {
      url: "https://catalog.example.com/owners.csv",
      every_seconds: 300,
      last_at: ago(120),
      error: "The server answered 503.",
    },
    versions: [documentVersion(3, 900), documentVersion(2, 86_400), documentVersion(1, 864_000)],
  },
  {
    ...documentVersion(1, 4000),
    id: id("d0", 2),
    name: "freeze-windows",
    format: "json",
    key_column: null,
    pull: null,
    versions: [documentVersion(1, 4000)],
  },
];

export const documentContent = () => ({
  payments: { owner: "payments-leads", tier: 1 },
  orders: { owner: "shop", tier: 2 },
  sessions: { owner: "platform", tier: 3 },
});

const readiness = (n: number, edge: string, more: Partial<EdgeReadiness>): EdgeReadiness => ({
  edge_id: id("ed", n),
  edge,
  binding_id: id("b1", 1),
  stage: "enforced",
  readiness: "ready",
  version: 7,
  decisions: 12_007,
  reported_at: ago(3),
  ...more,
});

export const activity = (): PolicyActivity => ({
  per_minute: Array.from({ length: 60 }, (_, n) => ({
    at: ago((60 - n) * 60),
    allow: 0,
    abstain: Math.round(2800 + 700 * Math.sin(n / 7) + ((n * 7919) % 311)),
    review: n % 9 === 4 ? 38 : 6,
    deny: n > 40 && n < 47 ? 210 : 14,
    failed: n === 51 ? 2 : 0,
  })),
  p50_us: 5,
  p99_us: 14,
  failures: 2,
  last_failure: "deadline: the policy ran past its deadline of 5 ms",
  edges: [
    readiness(1, "edge-eu-1", { decisions: 184_220 }),
    readiness(1, "edge-eu-1", { version: 8, stage: "shadow", binding_id: id("b1", 2) }),
    readiness(2, "edge-us-1", { readiness: "preparing", wanted_version: 8 }),
    readiness(3, "edge-lab", {
      version: 6,
      readiness: "failed",
      wanted_version: 8,
      error: "not signed by an author that this edge trusts",
    }),
  ],
});

/** The document describes JSON of any kind as an object. */
const any = (value: string | boolean) => value as never;

export const versionDiff = (): VersionDiff => ({
  manifest: [
    { path: "/version", before: any("1.7.0"), after: any("1.8.0") },
    { path: "/cases/3", before: null, after: { name: "an unbounded MERGE is held" } },
  ],
  settings_schema: [
    { path: "/properties/review_unbounded/default", before: any(false), after: any(true) },
    {
      path: "/properties/expires_in_seconds",
      before: null,
      after: { type: "integer", minimum: 1, maximum: 86_400 },
    },
  ],
  imports: { added: ["countersign:policy/lookup@0.2.0"], removed: [] },
  size: { before: 91_204, after: 93_692 },
  text: [
    "--- v7",
    "+++ v8",
    "@@ -1,6 +1,7 @@",
    " package destructive_guard",
    " ",
    '-default verdict := "abstain"',
    "+import data.settings",
    '+default verdict := "abstain"',
    " ",
    "-held if input.statement.unbounded_write",
    "+held if { input.statement.unbounded_write; settings.review_unbounded }",
  ].join("\n"),
});

const example = (n: number, text: string, before: Effect, after: Effect, reason: string) => ({
  action_id: id("ac", 100 + n),
  session_id: REPLAYED,
  at: ago(3000),
  text,
  before: { effect: before, reasons: [] },
  after: { effect: after, reasons: [reason] },
});

const replay = (n: number, more: Partial<Replay>): Replay => ({
  id: id("4e", n),
  state: "done",
  since: ago(7 * 86_400),
  until: ago(10),
  candidate: null,
  policy: null,
  version: null,
  target: null,
  principal: null,
  requested_by_name: ADMIN.name,
  judged: 1_204_551,
  skipped: 18,
  progress: 1,
  simulated: 0,
  skipped_by_reason: { no_policy_set: 18 },
  differing: 0,
  per_second: 31_698,
  groups: [],
  error: null,
  started_at: ago(n * 5000),
  finished_at: ago(n * 5000 - 38),
  ...more,
});

export const REPLAYS = { differs: id("4e", 1), same: id("4e", 2), failed: id("4e", 3) };

export const GROUPS: NonNullable<Replay["groups"]> = [
  {
    key: {
      policy: null,
      from: "allow",
      to: "review",
      reason: "An update of more than 1,000 rows.",
    },
    count: 214,
    effect_changes: 214,
    examples: [
      example(
        3,
        "UPDATE prices SET amount = amount * 1.2",
        "allow",
        "review",
        "An update of more than 1,000 rows.",
      ),
      example(4, DELETE_TEXT, "allow", "review", "An update of more than 1,000 rows."),
    ],
  },
  {
    key: { policy: null, from: "deny", to: "review", reason: "staging is held, not refused" },
    count: 57,
    effect_changes: 57,
    examples: [example(5, "TRUNCATE session_cache", "deny", "review", "staging is held")],
  },
  {
    key: { policy: "destructive-guard", from: "abstain", to: "deny", reason: "drop_index" },
    count: 3,
    effect_changes: 1,
    examples: [example(6, "DROP INDEX CONCURRENTLY idx_orders_old", "allow", "deny", "drop_index")],
  },
];

export const replays = (): Replay[] => [
  replay(1, {
    candidate: {
      policy_id: policyIds.guard,
      policy_version_id: guardPolicy().versions[0]?.id,
      settings: { ...(guardPolicy().bindings[0]?.settings as object), quorum: 2 },
    },
    policy: "destructive-guard",
    version: 8,
    differing: 274,
    groups: GROUPS,
  }),
  replay(2, {}),
  replay(3, {
    state: "failed",
    judged: 12_000,
    error: "A module of set 388 is no longer stored.",
    policy: "pii-mask",
    candidate: { policy_id: policyIds.pii },
  }),
];

export const runningReplay = (): Replay =>
  replay(0, {
    state: "running",
    judged: 40_000,
    progress: 0.4,
    skipped_by_reason: {},
    skipped: 0,
    started_at: new Date().toISOString(),
    finished_at: null,
  });

const GUARD_SAYS = outcome(
  "destructive-guard",
  { said: { deny: "A DROP TABLE on env=production is refused." } },
  6,
  {
    host_calls: [
      { count: { key: "destroyed:release-bot", amount: 1, window_seconds: 3600, sum: 4 } },
      {
        lookup: {
          document: "table-owners",
          digest: digest(15),
          key: "payments",
          value: '{"owner":"payments-leads"}',
        },
      },
      { log: { level: "info", message: "guarded environment: production" } },
    ],
  },
);

export function trial(body: unknown): PolicyTrial {
  const { operation } = body as { operation: Record<string, unknown> };
  const sql = typeof operation.sql === "string";
  if (operation.sql === "SELECT 1") {
    return {
      facts: { statements: [statement({})] },
      decision: {
        effect: "allow",
        reasons: [],
        obligations: {},
        by_default: false,
        bundle_revision: 413,
        policies: [outcome("bulk-read-guard", { said: { allow: {} } }, 4)],
      },
    };
  }
  return {
    facts: sql
      ? {
          statements: [
            statement({
              class: "destructive",
              operations: ["drop_table"],
              tables_written: ["payments"],
            }),
          ],
        }
      : { commands: [{ argv: ["rm", "-rf", "build"], class: "destructive" }] },
    decision: {
      effect: "deny",
      reasons: ["A DROP TABLE on env=production is refused."],
      obligations: {},
      by_default: false,
      bundle_revision: 413,
      policies: [
        GUARD_SAYS,
        outcome("bulk-read-guard", { said: { allow: {} } }, 4),
        outcome("pii-mask", { said: "abstain" }, 3),
        outcome("environment-boundary", { said: { deny: "task names staging" } }, 6, {
          stage: "shadow",
        }),
      ],
    },
  };
}

export function explained(actionId: string | undefined): ExplainedAction | undefined {
  if (!actionId) return undefined;
  const result = trial({ operation: { sql: "DROP" } });
  return {
    action_id: actionId,
    session_id: REPLAYED,
    edge: { id: id("ed", 1), name: "edge-eu-1" },
    at: ago(3000),
    operation: { phase: "simple", text: "DROP TABLE payments", parameters: [] },
    decision: result.decision,
    principal: BOT,
    target: {
      id: id("7a", 1),
      name: "shop-production",
      kind: "postgres",
      labels: { env: "production" },
      default_verdict: "deny",
    },
    policies: result.decision.policies.map((policy) => ({
      ...policy,
      host_calls: policy.host_calls ?? [],
      settings: { quorum: 1, environments: ["production"], deny_operations: ["drop_*"] },
      reason: policy.policy === "destructive-guard" ? result.decision.reasons[0] : null,
    })),
    facts: {
      statements: [
        statement({
          class: "destructive",
          operations: ["drop_table"],
          tables_written: ["payments"],
        }),
      ],
    },
    timing: { parse_us: 31, judge_us: 19, journal_us: 214 },
    review_id: null,
    outcome: null,
    events: [],
  };
}
