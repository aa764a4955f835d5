/** Fixtures of the policy platform. */

import type {
  BindingView,
  Document,
  EdgeReadiness,
  PolicyActivity,
  PolicyChange,
  PolicySet,
  Rollout,
  SetBinding,
  VersionDiff,
} from "../../src/api/types";
import { ago, digest, id } from "./ids";
import { ADMIN } from "./people";
import { policyIds } from "./policies";

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
