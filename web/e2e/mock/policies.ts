import type {
  BindingView,
  Edge,
  EdgeStatus,
  Policy,
  PolicySummary,
  PolicyVersionSummary,
} from "../../src/api/types";
import { ago, digest, id } from "./ids";
import { ADMIN } from "./people";

export const BINDINGS = {
  guard: id("b1", 1),
  guardShadow: id("b1", 2),
  bulk: id("b1", 3),
  pii: id("b1", 4),
  boundary: id("b1", 5),
};
const POLICY = { guard: id("01", 1), bulk: id("01", 2), boundary: id("01", 3), pii: id("01", 4) };

const CLASSES = ["read", "tx", "session", "write", "admin", "destructive", "exec", "unknown"];

/** As schemars writes `destructive-guard`'s settings. */
const GUARD_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Settings",
  type: "object",
  properties: {
    label: {
      description: "The target's label that tells its environment.",
      type: "string",
      default: "env",
    },
    environments: {
      description: "Environments that are guarded; `*` for every target, labelled or not.",
      type: "array",
      items: { type: "string" },
      default: ["production"],
    },
    elsewhere: {
      description: "What to say of statements on other targets.",
      $ref: "#/$defs/Elsewhere",
      default: "abstain",
    },
    deny_classes: {
      description: "Classes of statement that are refused.",
      type: "array",
      items: { $ref: "#/$defs/Class" },
      default: ["exec", "unknown"],
    },
    deny_operations: {
      description:
        "Operations that are refused, such as `drop_table`; `drop_*` for all that begin so.",
      type: "array",
      items: { type: "string" },
      default: ["drop_*", "truncate"],
    },
    review_unbounded: {
      description: "Whether an UPDATE, DELETE or MERGE without an effective predicate is held.",
      type: "boolean",
      default: true,
    },
    reviewers: {
      description: "Groups whose members may decide; empty for every reviewer.",
      type: "array",
      items: { type: "string" },
      default: [],
    },
    quorum: {
      description: "Distinct people who must approve.",
      type: "integer",
      format: "uint8",
      minimum: 1,
      maximum: 255,
      default: 1,
    },
    expires_in_seconds: {
      description: "Seconds until a held statement expires undecided.",
      type: "integer",
      format: "uint32",
      minimum: 1,
      maximum: 86_400,
      default: 900,
    },
    note: { description: "Words for the reviewer.", type: ["string", "null"] },
    exceptions: {
      description: "Tables with rules of their own.",
      type: "array",
      items: { $ref: "#/$defs/Exception" },
      default: [],
    },
  },
  additionalProperties: false,
  $defs: {
    Elsewhere: {
      oneOf: [
        { description: "The other policies decide.", type: "string", const: "abstain" },
        { description: "They may run.", type: "string", const: "allow" },
      ],
    },
    Class: { type: "string", enum: CLASSES },
    Exception: {
      type: "object",
      properties: {
        table: { type: "string", minLength: 1 },
        verdict: { type: "string", enum: ["review", "deny"] },
      },
      required: ["table", "verdict"],
    },
  },
};

const GUARD_SETTINGS = {
  label: "env",
  environments: ["production"],
  elsewhere: "abstain",
  deny_classes: ["exec", "unknown"],
  deny_operations: ["drop_*", "truncate"],
  review_unbounded: true,
  reviewers: ["dba", "payments-leads"],
  quorum: 1,
  expires_in_seconds: 300,
  exceptions: [{ table: "payments", verdict: "deny" }],
};

const SIGNATURE = {
  key: "GLPFZ8iWJ0Q0Vb0f0qYFv0c1n0aYxQ3m0gk3Yw9m3iE=",
  signature: "c2lnbmF0dXJl",
  created_at: ago(3000),
};

function version(
  policyId: string,
  policy: string,
  n: number,
  age: number,
  changelog = "",
): PolicyVersionSummary {
  return {
    id: id("50", n + (Number.parseInt(policyId.slice(-1), 16) << 8)),
    policy_id: policyId,
    policy,
    version: n,
    author_version: `1.${n}.0`,
    digest: digest(n * 13 + policy.length),
    size: 91_204 + n * 311,
    changelog,
    created_by: ADMIN.id,
    created_by_name: ADMIN.name,
    created_at: ago(age),
    language: "rust",
    source_url: `https://git.example.com/policies/${policy}/tree/v1.${n}.0`,
    signatures: n % 2 === 0 ? [SIGNATURE] : [],
  };
}

const versions = {
  guard: [
    version(POLICY.guard, "destructive-guard", 8, 3600, "Holds unbounded MERGE too."),
    version(POLICY.guard, "destructive-guard", 7, 21 * 86_400),
    version(POLICY.guard, "destructive-guard", 6, 62 * 86_400, "First version in use."),
  ],
  bulk: [version(POLICY.bulk, "bulk-read-guard", 4, 9 * 86_400)],
  boundary: [version(POLICY.boundary, "environment-boundary", 3, 30 * 86_400)],
  pii: [version(POLICY.pii, "pii-mask", 12, 5 * 86_400)],
};

function binding(
  bindingId: string,
  of: PolicyVersionSummary | undefined,
  change: Partial<BindingView>,
): BindingView {
  if (!of) throw new Error("no such version");
  return {
    id: bindingId,
    policy_id: of.policy_id,
    policy: of.policy,
    policy_version_id: of.id,
    version: of.version,
    digest: of.digest,
    settings: {},
    selector: {},
    stage: "enforced",
    canary_percent: null,
    replaces: null,
    guard: null,
    rollout: null,
    position: 10,
    created_at: ago(20 * 86_400),
    updated_at: ago(2 * 86_400),
    ...change,
  };
}

export const guardPolicy = (): Policy => ({
  id: POLICY.guard,
  name: "destructive-guard",
  manifest: {
    name: "destructive-guard",
    version: "1.8.0",
    description:
      "Holds or refuses statements that destroy or rewrite data, on the targets that are worth it.",
    operations: ["sql"],
    settings_schema: GUARD_SCHEMA as never,
    counters: [{ prefix: "destroyed:", description: "destructive statements of a principal" }],
    cases: [
      {
        name: "an ordinary read is left to others",
        sql: "SELECT id, total FROM orders WHERE id = 1",
        labels: { env: "production" },
        verdict: "abstain",
      },
      {
        name: "a deletion in production is held",
        sql: "DELETE FROM orders WHERE created_at < '2020-01-01'",
        labels: { env: "production" },
        verdict: "review",
      },
      {
        name: "dropping a table in production is refused",
        sql: "DROP TABLE orders",
        labels: { env: "production" },
        verdict: "deny",
      },
    ],
  },
  versions: versions.guard,
  bindings: [
    binding(BINDINGS.guard, versions.guard[1], {
      settings: GUARD_SETTINGS as never,
      selector: {
        principals: { kinds: ["agent"] },
        targets: { kinds: ["postgres"], labels: { env: "*" } },
      },
    }),
    binding(BINDINGS.guardShadow, versions.guard[0], {
      settings: GUARD_SETTINGS as never,
      stage: "shadow",
      position: 20,
    }),
  ],
  running: [
    {
      edge_id: id("ed", 1),
      edge: "edge-eu-1",
      version: 7,
      digest: versions.guard[1]?.digest ?? "",
      decisions: 184_220,
      failures: 0,
      error: null,
      reported_at: ago(3),
    },
    {
      edge_id: id("ed", 1),
      edge: "edge-eu-1",
      version: 8,
      digest: versions.guard[0]?.digest ?? "",
      decisions: 88_412,
      failures: 2,
      error: null,
      reported_at: ago(3),
    },
    {
      edge_id: id("ed", 2),
      edge: "edge-us-1",
      version: 7,
      digest: versions.guard[1]?.digest ?? "",
      decisions: 12_007,
      failures: 0,
      error: null,
      reported_at: ago(6),
    },
  ],
  created_at: ago(80 * 86_400),
});

export const policyIds = POLICY;

export function policies(): PolicySummary[] {
  const summary = (
    of: PolicyVersionSummary[],
    description: string,
    enforced: number,
    shadow: number,
  ): PolicySummary => {
    const [newest] = of;
    if (!newest) throw new Error("no versions");
    return {
      id: newest.policy_id,
      name: newest.policy,
      description,
      operations: ["sql"],
      newest_version: newest,
      versions: of.length,
      enforced_bindings: enforced,
      shadow_bindings: shadow,
      canary_bindings: newest.policy === "environment-boundary" ? 1 : 0,
      draft_bindings: 0,
      created_at: newest.created_at,
    };
  };
  return [
    summary(
      versions.bulk,
      "Bounds reads of sensitive tables: rows at once, and rows a principal may read in a while.",
      1,
      0,
    ),
    summary(versions.guard, guardPolicy().manifest.description, 1, 1),
    summary(
      versions.boundary,
      "Refuses a principal that is meant for one environment on the targets of another.",
      0,
      1,
    ),
    summary(
      versions.pii,
      "Masks personal data in what is returned, by entity and by column.",
      1,
      0,
    ),
  ];
}

function status(change: Partial<EdgeStatus>): EdgeStatus {
  const row = (policy: string, of: PolicyVersionSummary | undefined, decisions: number) => ({
    binding_id: id("b1", (of?.version ?? 0) + 40),
    stage: "enforced" as const,
    policy,
    version: of?.version ?? 0,
    digest: of?.digest ?? "",
    decisions,
    failures: 0,
  });
  return {
    version: "0.1.0",
    started_at: ago(3 * 86_400),
    at: ago(2),
    bundle_revision: 413,
    policies: [
      row("destructive-guard", versions.guard[1], 184_220),
      { ...row("destructive-guard", versions.guard[0], 88_412), failures: 2 },
      row("bulk-read-guard", versions.bulk[0], 184_220),
      row("environment-boundary", versions.boundary[0], 184_220),
      row("pii-mask", versions.pii[0], 184_220),
    ],
    targets: ["shop-production", "shop-staging"],
    listeners: ["0.0.0.0:6432"],
    sessions: 14,
    spool_records: 3,
    spool_bytes: 4120,
    journal_error: null,
    resident_bytes: 41_900_000,
    ...change,
  };
}

export function edges(): Edge[] {
  const edge = (n: number, name: string, change: Partial<Edge>): Edge => ({
    id: id("ed", n),
    name,
    public_key: "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
    enrolled_at: ago(60 * 86_400),
    revoked_at: null,
    online: true,
    last_seen_at: ago(2),
    status: status({}),
    clock_skew_ms: 12,
    newest_revision: 413,
    acked_seq: 1_284_093,
    ...change,
  });
  return [
    edge(1, "edge-eu-1", {}),
    edge(2, "edge-us-1", {
      status: status({
        bundle_revision: 412,
        sessions: 3,
        spool_records: 18_400,
        spool_bytes: 22_100_000,
      }),
    }),
    edge(3, "edge-lab", {
      online: false,
      last_seen_at: ago(7200),
      status: status({ sessions: 0, targets: ["shop-staging"] }),
    }),
  ];
}
