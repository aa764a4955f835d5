import type {
  Decision,
  Parameter,
  PolicyOutcome,
  Principal,
  Review,
  SqlFacts,
  SqlStatement,
} from "../../src/api/types";
import { ago, digest, id } from "./ids";
import { BOT, COPILOT, TARGET_IDS } from "./people";
import { BINDINGS } from "./policies";

export const statement = (change: Partial<SqlStatement>): SqlStatement => ({
  class: "read",
  operations: ["select"],
  tables_read: [],
  tables_written: [],
  unbounded_read: false,
  unbounded_write: false,
  ...change,
});

export function outcome(
  policy: "destructive-guard" | "bulk-read-guard" | "pii-mask" | "environment-boundary",
  verdict: PolicyOutcome["verdict"],
  micros: number,
  more: Partial<PolicyOutcome> = {},
): PolicyOutcome {
  const known = {
    "destructive-guard": { binding: BINDINGS.guard, version: 7 },
    "bulk-read-guard": { binding: BINDINGS.bulk, version: 4 },
    "pii-mask": { binding: BINDINGS.pii, version: 12 },
    "environment-boundary": { binding: BINDINGS.boundary, version: 3 },
  }[policy];
  return {
    ...known,
    policy,
    digest: digest(known.version),
    stage: "enforced",
    verdict,
    micros,
    ...more,
  };
}

const HELD: Decision = {
  effect: "review",
  reasons: ["A deletion on env=production needs one of dba, payments-leads."],
  obligations: {
    masks: [{ selector: { entity: "EMAIL_ADDRESS" }, style: "pseudonym" }],
    limits: { rows: 1000 },
  },
  review: {
    reason: "A deletion on env=production needs one of dba, payments-leads.",
    reviewers: ["dba", "payments-leads"],
    quorum: 1,
    expires_in: 300,
  },
  by_default: false,
  bundle_revision: 413,
  policies: [
    outcome(
      "destructive-guard",
      {
        said: {
          review: {
            reason: "A deletion on env=production needs one of dba, payments-leads.",
            reviewers: ["dba", "payments-leads"],
            quorum: 1,
            expires_in: 300,
          },
        },
      },
      6,
    ),
    outcome(
      "environment-boundary",
      { said: { deny: "The principal is meant for env=staging; the target is production." } },
      6,
      { stage: "shadow" },
    ),
    outcome(
      "pii-mask",
      {
        said: {
          oblige: {
            masks: [{ selector: { entity: "EMAIL_ADDRESS" }, style: "pseudonym" }],
            limits: {},
          },
        },
      },
      4,
    ),
    outcome("bulk-read-guard", { said: { allow: { limits: { rows: 1000 } } } }, 3, {
      host_calls: [
        { count: { key: "rows:release-bot", amount: 0, window_seconds: 3600, sum: 12_400 } },
      ],
    }),
  ],
};

interface Spec {
  n: number;
  text: string;
  statements: SqlStatement[];
  parameters?: Parameter[];
  principal?: Principal;
  target?: "production" | "staging";
  held: number;
  lasts?: number;
  quorum?: number;
}

export function makeReview(spec: Spec): Review {
  const { n, text, statements, principal = BOT, target = "production", held, lasts = 300 } = spec;
  const facts: SqlFacts = { statements };
  return {
    id: id("4e", n),
    state: "pending",
    edge_id: id("ed", 1),
    edge: "edge-eu-1",
    session_id: id("5e", 1),
    action_id: id("ac", n),
    principal,
    target_id: TARGET_IDS[target],
    target: `shop-${target}`,
    labels: { env: target, team: "payments" },
    kind: "sql",
    class: statements[0]?.class ?? "read",
    excerpt: text.slice(0, 300),
    reason: HELD.reasons[0] ?? "",
    reviewers: ["dba", "payments-leads"],
    quorum: spec.quorum ?? 1,
    approvals: 0,
    requested_at: ago(held),
    expires_at: ago(held - lasts),
    decided_at: null,
    may_decide: true,
    may_not_decide: null,
    text,
    parameters: spec.parameters ?? [],
    digest: digest(n),
    facts,
    findings: [],
    decision: HELD,
    decisions: [],
  };
}

export const DELETE_TEXT = `DELETE FROM orders
 WHERE created_at < '2026-11-01'
   AND status IN ('pending', 'paid')`;

const remove = statement({
  class: "destructive",
  operations: ["delete"],
  tables_written: ["orders"],
  columns_read: [
    { table: "orders", name: "created_at" },
    { table: "orders", name: "status" },
  ],
  columns_filtered: [
    { table: "orders", name: "created_at" },
    { table: "orders", name: "status" },
  ],
});

export function reviews(): Review[] {
  const decided = (
    review: Review,
    state: Review["state"],
    age: number,
    comment: string,
  ): Review => ({
    ...review,
    state,
    may_decide: false,
    may_not_decide: "not_pending",
    decided_at: ago(age),
    approvals: state === "used" ? 1 : 0,
    decisions:
      state === "expired" || state === "withdrawn"
        ? []
        : [
            {
              user_id: id("aa", 2),
              user: "Carol Ng",
              email: "carol@example.com",
              decision: state === "denied" ? "deny" : "approve",
              comment,
              decided_at: ago(age),
            },
          ],
  });
  return [
    makeReview({ n: 1, text: DELETE_TEXT, statements: [remove], held: 44 }),
    makeReview({
      n: 2,
      text: "-- nightly clean-up, already approved by dba\u202E\nUPDATE customers SET email = 'EMAIL_ADDRESS_7F3K2M9QXA' WHERE id = $1 AND nаme = $2;",
      parameters: [{ text: "88213" }, "null"],
      statements: [
        statement({
          class: "write",
          operations: ["update"],
          tables_written: ["customers"],
          columns_filtered: [{ table: "customers", name: "id" }],
        }),
      ],
      principal: COPILOT,
      held: 30,
      lasts: 600,
    }),
    makeReview({
      n: 3,
      text: "TRUNCATE session_cache",
      statements: [
        statement({
          class: "destructive",
          operations: ["truncate"],
          tables_written: ["session_cache"],
          unbounded_write: true,
        }),
      ],
      target: "staging",
      held: 12,
      lasts: 1700,
      quorum: 2,
    }),
    decided(
      makeReview({
        n: 11,
        text: "DELETE FROM payments",
        statements: [{ ...remove, tables_written: ["payments"], unbounded_write: true }],
        held: 4000,
      }),
      "denied",
      3900,
      "this is production, not staging",
    ),
    decided(
      makeReview({
        n: 12,
        text: "DELETE FROM carts WHERE id = 7",
        statements: [{ ...remove, tables_written: ["carts"] }],
        held: 9000,
      }),
      "used",
      8990,
      "ok, asked for in OPS-412",
    ),
    decided(
      makeReview({
        n: 13,
        text: "ALTER TABLE orders ADD COLUMN currency text",
        statements: [
          statement({ class: "admin", operations: ["alter_table"], tables_written: ["orders"] }),
        ],
        held: 20_000,
      }),
      "expired",
      19_700,
      "",
    ),
  ];
}
