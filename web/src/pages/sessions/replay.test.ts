import { describe, expect, it } from "vitest";
import type { ChainedEvent, Decision, EventBody } from "../../api/types";
import { type ActionEntry, buildReplay, summarize, toneOf } from "./replay";

const START = Date.parse("2026-11-22T14:02:00.000Z");

function events(...bodies: [number, EventBody][]): ChainedEvent[] {
  return bodies.map(([offset, body], index) => ({
    ...body,
    edge_id: "e",
    epoch: 1,
    seq: index + 1,
    at: new Date(START + offset).toISOString(),
    hash: "0".repeat(64),
  }));
}

const decision = (effect: Decision["effect"]): Decision => ({
  effect,
  reasons: [],
  policies: [],
  bundle_revision: 4,
});
const facts = {
  statements: [
    {
      class: "read" as const,
      operations: ["select"],
      tables_read: ["orders"],
      tables_written: [],
      unbounded_read: false,
      unbounded_write: false,
    },
  ],
};
const intent = (action_id: string, effect: Decision["effect"]): EventBody => ({
  type: "action_intent",
  session_id: "s",
  action_id,
  operation: { phase: "simple", text: "SELECT 1", facts },
  decision: { full: decision(effect) },
  timing: { parse_us: 30 },
});
const outcome = (action_id: string): EventBody => ({
  type: "action_outcome",
  session_id: "s",
  action_id,
  status: "completed",
  rows: 3,
  timing: { upstream_us: 900 },
});
const review = (state: "pending" | "denied" | "approved" | "used", more = {}): EventBody => ({
  type: "review",
  session_id: "s",
  action_id: "a",
  review_id: "r",
  state,
  digest: "d",
  ...more,
});
const closed: EventBody = { type: "session_closed", session_id: "s", reason: "client_closed" };
const only = (list: ChainedEvent[]): ActionEntry => {
  const [action] = buildReplay(list).actions;
  if (!action) throw new Error("no action");
  return action;
};

describe("buildReplay", () => {
  it("joins an intent with its outcome", () => {
    const action = only(events([0, intent("a", "mask")], [5, outcome("a")]));
    expect(action.status).toBe("completed");
    expect(action.effect).toBe("mask");
    expect(action.outcome?.rows).toBe(3);
    expect(action.timing).toEqual({ parse_us: 30, upstream_us: 900 });
    expect(action.endAt - action.at).toBe(5);
  });

  it("calls a lone intent unknown once the session is over, running before", () => {
    expect(only(events([0, intent("a", "allow")])).status).toBe("running");
    expect(only(events([0, intent("a", "allow")], [9, closed])).status).toBe("unknown");
    expect(buildReplay(events([0, intent("a", "allow")]), false).actions[0]?.status).toBe(
      "unknown",
    );
  });

  it("resolves same_as to the decision and the facts of its source, through chains", () => {
    const same = (action_id: string, source: string): EventBody => ({
      type: "action_intent",
      session_id: "s",
      action_id,
      operation: { phase: "execute", text: "SELECT 1" },
      decision: { same_as: source },
    });
    const replay = buildReplay(
      events([0, intent("a", "mask")], [1, same("b", "a")], [2, same("c", "b")]),
    );
    const last = replay.actions[2];
    expect(last?.sameAs).toBe("b");
    expect(last?.effect).toBe("mask");
    expect(last?.decision?.bundle_revision).toBe(4);
    expect(last?.facts).toBe(facts);
  });

  it("keeps a reference whose source is not there as undecided, not as allowed", () => {
    const action = only(
      events([
        0,
        {
          type: "action_intent",
          session_id: "s",
          action_id: "b",
          operation: { phase: "execute", text: "SELECT 1" },
          decision: { same_as: "gone" },
        },
      ]),
    );
    expect(action.effect).toBeUndefined();
    expect(toneOf(action)).toBe("shadow");
  });

  it("follows a hold to its denial", () => {
    const held = review("pending", {
      operation: { phase: "simple", text: "DELETE FROM orders" },
      decision: decision("review"),
    });
    const denied = review("denied", { decided_by: "carol@example.com", comment: "no" });
    const refused: EventBody = {
      type: "action_refused",
      session_id: "s",
      action_id: "a",
      operation: { phase: "simple", text: "DELETE FROM orders" },
      code: "review_denied",
      reason: "no",
    };
    const waiting = only(events([0, held]));
    expect(waiting.status).toBe("held");
    const list = events([0, held], [104_000, denied], [104_002, refused], [105_000, closed]);
    const action = only(list);
    expect(action.status).toBe("refused");
    expect(action.effect).toBe("review");
    expect(action.review).toMatchObject({
      state: "denied",
      decidedBy: "carol@example.com",
      comment: "no",
      heldAt: START,
      endedAt: START + 104_000,
    });
    const kinds = buildReplay(list).entries.map((e) => (e.kind === "note" ? e.note : e.kind));
    expect(kinds).toEqual(["action", "review", "closed"]);
    expect(summarize([action], START)).toEqual({
      allowed: 0,
      masked: 0,
      held: 1,
      heldMs: 104_000,
      blocked: 1,
    });
  });

  it("ends a hold where it was approved, not where it was used", () => {
    const action = only(
      events(
        [0, review("pending", { decision: decision("review") })],
        [4000, review("approved", { decided_by: "bob" })],
        [4001, review("used")],
        [4002, intent("a", "review")],
        [4100, outcome("a")],
      ),
    );
    expect(action.review?.endedAt).toBe(START + 4000);
    expect(action.review?.decidedBy).toBe("bob");
    expect(action.status).toBe("completed");
  });

  it("shows a refusal without a decision as deny", () => {
    const action = only(
      events([
        0,
        {
          type: "action_refused",
          session_id: "s",
          action_id: "a",
          operation: { phase: "simple", text: "SELEC" },
          code: "unparseable",
          reason: "syntax error",
        },
      ]),
    );
    expect(toneOf(action)).toBe("deny");
  });

  it("survives an empty list", () => {
    expect(buildReplay([])).toMatchObject({ entries: [], startAt: 0, endAt: 0 });
  });
});
