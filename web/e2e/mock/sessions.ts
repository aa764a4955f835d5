import type {
  ChainedEvent,
  Decision,
  Effect,
  EventBody,
  PolicyOutcome,
  Principal,
  Session,
  SessionCounts,
  SqlStatement,
} from "../../src/api/types";
import { ago, digest, id } from "./ids";
import { BOT, COPILOT, REPORTS, TARGET_IDS } from "./people";
import { DELETE_TEXT, outcome, statement } from "./reviews";

export const counts = (change: Partial<SessionCounts>): SessionCounts => ({
  actions: 0,
  allowed: 0,
  masked: 0,
  held: 0,
  denied: 0,
  failed: 0,
  rows: 0,
  masked_values: 0,
  ...change,
});

export function session(
  n: number,
  principal: Principal,
  began: number,
  lasted: number | null,
  change: Partial<Session> = {},
): Session {
  return {
    id: id("5e", n),
    edge_id: id("ed", 1),
    edge: "edge-eu-1",
    principal,
    target_id: TARGET_IDS.production,
    target: "shop-production",
    labels: { env: "production", team: "payments" },
    protocol: "postgres",
    client: "10.4.2.17:50412",
    application: "psycopg 3.2",
    tls: true,
    opened_at: ago(began),
    closed_at: lasted === null ? null : ago(began - lasted),
    close_reason: lasted === null ? null : "client_closed",
    last_event_at: ago(lasted === null ? 4 : began - lasted),
    grant: null,
    counts: counts({}),
    credential_id: id("c0", 1),
    reviews: [],
    usage: [],
    ...change,
  };
}

/** The grant that the replayed session was under. */
const UNDER = { id: id("64", 5), task: "release 4.18: new price table" };

export const REPLAYED = id("5e", 1);
export const OPEN = id("5e", 2);

export const sessions = (): Session[] => [
  session(2, COPILOT, 95, null, {
    application: "support-copilot/2.1",
    counts: counts({ actions: 4, allowed: 2, masked: 2, rows: 61, masked_values: 122 }),
  }),
  session(1, BOT, 3600, 449, {
    grant: UNDER,
    counts: counts({
      actions: 10,
      allowed: 5,
      masked: 2,
      held: 1,
      denied: 2,
      rows: 421,
      masked_values: 803,
    }),
  }),
  session(3, REPORTS, 7200, 61, {
    target: "shop-staging",
    target_id: TARGET_IDS.staging,
    labels: { env: "staging", team: "payments" },
    application: null,
    tls: false,
    counts: counts({ actions: 18_204, allowed: 18_204, rows: 1_820_400 }),
  }),
  session(4, BOT, 11_000, 12, {
    grant: { id: id("64", 4), task: "restore checkout", break_glass: true },
    counts: counts({ actions: 3, denied: 3 }),
  }),
  session(5, COPILOT, 90_000, 1300, {
    counts: counts({ actions: 41, allowed: 20, masked: 21, rows: 1204, masked_values: 4100 }),
  }),
];

/** Writes a session's events one after the other, as an edge records them. */
export class Recorder {
  readonly events: ChainedEvent[] = [];
  private action = 0;

  constructor(
    private readonly sessionId: string,
    private readonly start: number,
  ) {}

  add(seconds: number, body: EventBody) {
    const seq = this.events.length + 12;
    this.events.push({
      ...body,
      // As the edge does: an event that is under none does not speak of one.
      ...(this.sessionId === REPLAYED && "session_id" in body && { grant: UNDER }),
      edge_id: id("ed", 1),
      epoch: 1,
      seq,
      at: new Date(this.start + seconds * 1000).toISOString(),
      hash: digest(seq),
    });
  }

  decision(effect: Effect, policies: PolicyOutcome[], reasons: string[] = []): Decision {
    return { effect, reasons, policies, obligations: {}, by_default: false, bundle_revision: 412 };
  }

  intent(
    seconds: number,
    text: string,
    statements: SqlStatement[],
    decision: Decision | string,
    more: object = {},
  ): string {
    this.action += 1;
    const actionId = id("ac", 100 + this.action);
    const same = typeof decision === "string";
    this.add(seconds, {
      type: "action_intent",
      session_id: this.sessionId,
      action_id: actionId,
      operation: { phase: "simple", text, facts: same ? undefined : { statements } },
      decision: same ? { same_as: decision } : { full: decision },
      timing: { parse_us: 31, judge_us: 19, journal_us: 14 },
      ...more,
    });
    return actionId;
  }

  done(seconds: number, actionId: string, upstreamUs: number, more: object = {}) {
    this.add(seconds, {
      type: "action_outcome",
      session_id: this.sessionId,
      action_id: actionId,
      status: "completed",
      rows: 1,
      bytes: 120,
      tags: ["SELECT 1"],
      timing: { upstream_us: upstreamUs },
      ...more,
    });
  }
}

export const ALLOW = [
  outcome("bulk-read-guard", { said: { allow: {} } }, 4),
  outcome("destructive-guard", { said: "abstain" }, 3),
  outcome("pii-mask", { said: "abstain" }, 3),
];
const MASKS = {
  masks: [
    { selector: { entity: "EMAIL_ADDRESS" }, style: "pseudonym" as const },
    { selector: { column: { table: "customers", name: "phone" } }, style: { partial: 4 } },
  ],
};
const MASK = [
  outcome("pii-mask", { said: { oblige: MASKS } }, 5),
  outcome("bulk-read-guard", { said: { allow: { limits: { rows: 1000 } } } }, 4, {
    host_calls: [
      { count: { key: "rows:release-bot", amount: 200, window_seconds: 3600, sum: 12_400 } },
    ],
  }),
  outcome("destructive-guard", { said: "abstain" }, 3),
];

export function replayed(): ChainedEvent[] {
  const r = new Recorder(REPLAYED, Date.now() - 3600_000);
  const read = (table: string) => [statement({ tables_read: [table] })];
  r.add(0, {
    type: "session_opened",
    session_id: REPLAYED,
    principal: BOT,
    credential_id: id("c0", 1),
    target_id: TARGET_IDS.production,
    target: "shop-production",
    labels: { env: "production" },
    protocol: "postgres",
    client: "10.4.2.17:50412",
    application: "psycopg 3.2",
    tls: true,
  });
  const first = r.intent(
    0.4,
    "SELECT version()",
    [statement({ functions: ["version"] })],
    r.decision("allow", ALLOW),
  );
  r.done(0.41, first, 2100);
  const second = r.intent(
    13,
    "SELECT status, count(*) FROM orders GROUP BY 1",
    read("orders"),
    r.decision("allow", ALLOW),
  );
  r.done(13.04, second, 38_000, { rows: 4, bytes: 96, tags: ["SELECT 4"] });
  const masked = r.intent(
    40.7,
    "SELECT * FROM customers ORDER BY id LIMIT 200",
    read("customers"),
    r.decision("mask", MASK),
  );
  r.done(40.77, masked, 61_000, {
    rows: 200,
    bytes: 92_300,
    tags: ["SELECT 200"],
    masked: [
      { column: "email", entity: "EMAIL_ADDRESS", count: 200 },
      { column: "phone", entity: "COLUMN", count: 200 },
    ],
    findings: [{ entity: "PERSON", count: 200 }],
  });
  const again = r.intent(64.2, "SELECT email, phone FROM customers WHERE id = $1", [], masked, {
    operation: {
      phase: "execute",
      text: "SELECT email, phone FROM customers WHERE id = $1",
      parameters: [{ text: "42" }],
    },
  });
  r.done(64.21, again, 1900, { masked: [{ column: "email", entity: "EMAIL_ADDRESS", count: 1 }] });
  r.add(121.9, {
    type: "action_refused",
    session_id: REPLAYED,
    action_id: id("ac", 90),
    operation: {
      phase: "simple",
      text: "WITH gone AS (DELETE FROM payments RETURNING *)\nSELECT count(*) FROM gone",
      facts: {
        statements: [
          statement({
            class: "destructive",
            operations: ["delete", "select"],
            tables_written: ["payments"],
            unbounded_write: true,
          }),
        ],
      },
    },
    code: "denied",
    reason: "DELETE without WHERE on payments, inside a CTE",
    decision: {
      full: r.decision(
        "deny",
        [
          outcome(
            "destructive-guard",
            { said: { deny: "DELETE without WHERE on payments, inside a CTE" } },
            6,
          ),
          outcome("bulk-read-guard", { said: { allow: {} } }, 4),
          outcome("pii-mask", { said: "abstain" }, 0),
          outcome(
            "environment-boundary",
            { said: { deny: "The principal is meant for env=staging." } },
            6,
            { stage: "shadow" },
          ),
        ],
        ["DELETE without WHERE on payments, inside a CTE"],
      ),
    },
    timing: { parse_us: 31, judge_us: 19, journal_us: 214 },
  });
  const counted = r.intent(
    149.3,
    "SELECT count(*) FROM orders WHERE created_at < '2026-11-01'",
    read("orders"),
    r.decision("allow", ALLOW),
  );
  r.done(149.32, counted, 12_000);
  const operation = {
    phase: "simple",
    text: DELETE_TEXT,
    facts: {
      statements: [
        statement({ class: "destructive", operations: ["delete"], tables_written: ["orders"] }),
      ],
    },
  };
  const held = {
    session_id: REPLAYED,
    action_id: id("ac", 91),
    review_id: id("4e", 11),
    digest: digest(11),
  };
  r.add(175.8, {
    type: "review",
    ...held,
    state: "pending",
    operation,
    decision: r.decision("review", [
      outcome(
        "destructive-guard",
        {
          said: {
            review: {
              reason: "A deletion on env=production needs one of dba.",
              reviewers: ["dba"],
              quorum: 1,
              expires_in: 300,
            },
          },
        },
        6,
      ),
      outcome("bulk-read-guard", { said: { allow: {} } }, 3),
    ]),
  });
  r.add(279.9, {
    type: "review",
    ...held,
    state: "denied",
    decided_by: "carol@example.com",
    comment: "this is production, not staging",
  });
  r.add(279.91, {
    type: "action_refused",
    session_id: REPLAYED,
    action_id: id("ac", 91),
    operation,
    code: "review_denied",
    reason: "denied by carol@example.com: this is production, not staging",
    review_id: id("4e", 11),
    timing: { parse_us: 28, judge_us: 17, hold_us: 104_100_000, journal_us: 890 },
  });
  const last = r.intent(
    297.1,
    "SELECT current_database()",
    [statement({ functions: ["current_database"] })],
    r.decision("allow", ALLOW),
  );
  r.done(297.11, last, 1100);
  r.add(360, {
    type: "action_refused",
    session_id: REPLAYED,
    action_id: id("ac", 92),
    operation: { phase: "simple", text: "SELEC 1" },
    code: "unparseable",
    reason: 'syntax error at or near "SELEC"',
    timing: { parse_us: 12 },
  });
  r.intent(
    448.5,
    "UPDATE orders SET note = 'Zoë\u200B' WHERE id = 7",
    [statement({ class: "write", operations: ["update"], tables_written: ["orders"] })],
    r.decision("allow", ALLOW),
  );
  r.add(449, { type: "session_closed", session_id: REPLAYED, reason: "upstream_closed" });
  return r.events;
}

/** The events of the open session; `more` adds statements to it. */
export function openEvents(more = 0): ChainedEvent[] {
  const r = new Recorder(OPEN, Date.now() - 95_000);
  for (let n = 0; n < 4 + more; n += 1) {
    const effect = n % 2 === 0 ? "allow" : "mask";
    const text = `SELECT ${n % 2 === 0 ? "id" : "email"} FROM customers WHERE id = ${n}`;
    const action = r.intent(
      n * 11,
      text,
      [statement({ tables_read: ["customers"] })],
      r.decision(effect, effect === "mask" ? MASK : ALLOW),
    );
    r.done(n * 11 + 0.01, action, 1200);
  }
  return r.events;
}

/** A long session, for what only shows with many events. */
export function manyEvents(count: number): ChainedEvent[] {
  const r = new Recorder(id("5e", 3), Date.now() - 7200_000);
  let source = "";
  for (let n = 0; n < count; n += 1) {
    const decision = source || r.decision("allow", ALLOW);
    const action = r.intent(
      n * 0.01,
      `SELECT abalance FROM pgbench_accounts WHERE aid = ${n}`,
      [statement({ tables_read: ["pgbench_accounts"] })],
      decision,
    );
    source ||= action;
    r.done(n * 0.01 + 0.001, action, 300);
  }
  return r.events;
}
