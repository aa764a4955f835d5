/** Fixtures of what is judged once more or explained: replays, trials, an action. */

import type { Effect, ExplainedAction, PolicyTrial, Replay } from "../../src/api/types";
import { ago, digest, id } from "./ids";
import { ADMIN, BOT } from "./people";
import { guardPolicy, policyIds } from "./policies";
import { DELETE_TEXT, outcome, statement } from "./reviews";
import { REPLAYED } from "./sessions";

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
    same_as: null,
    review_id: null,
    refused: { code: "denied", reason: result.decision.reasons[0] ?? "" },
    outcome: null,
    events: [
      {
        type: "action_refused",
        session_id: REPLAYED,
        action_id: actionId,
        operation: { phase: "simple", text: "DROP TABLE payments" },
        decision: { full: result.decision },
        grant: { id: id("64", 5), task: "release 4.18: new price table" },
        code: "denied",
        reason: result.decision.reasons[0] ?? "",
        edge_id: id("ed", 1),
        epoch: 1,
        seq: 40,
        at: ago(3000),
        hash: digest(40),
      },
    ],
  };
}
