/** A session's events as what a person follows: one entry an action, and the steps between. */

import type {
  ChainedEvent,
  Decision,
  DecisionRecord,
  Effect,
  GrantRef,
  Id,
  MaskedCount,
  RecordedOperation,
  RecordedResponse,
  ReviewState,
  SqlFacts,
  Timing,
} from "../../api/types";

export type ActionStatus =
  | "completed"
  | "failed"
  | "limited"
  | "interrupted"
  | "refused"
  | "held"
  | "running"
  | "unknown";

export interface ReviewPart {
  id: Id;
  state: ReviewState;
  digest: string;
  heldAt: number;
  /** When it was decided or ended; absent while it waits. */
  endedAt?: number;
  decidedBy?: string;
  comment?: string;
}

export interface ActionEntry {
  kind: "action";
  key: string;
  id: Id;
  at: number;
  /** The last moment anything was recorded of it. */
  endAt: number;
  /** Its records in the edge's journal. */
  records: { seq: number; hash: string }[];
  operation: RecordedOperation;
  facts?: SqlFacts;
  decision?: Decision;
  /** The earlier action whose decision and facts stand for this one's. */
  sameAs?: Id;
  /** Undefined when nothing was decided, such as for a text that does not parse. */
  effect?: Effect;
  status: ActionStatus;
  timing: Timing;
  /** The grant that it was under. */
  grant?: GrantRef;
  review?: ReviewPart;
  refused?: { code: string; reason: string };
  outcome?: {
    rows: number;
    bytes: number;
    tags: string[];
    sqlstate?: string;
    masked: MaskedCount[];
    findings: { entity: string; count: number }[];
    response?: RecordedResponse;
  };
}

export interface NoteEntry {
  kind: "note";
  key: string;
  at: number;
  note: "opened" | "closed" | "violation" | "review" | "tool";
  text: string;
  /** The action a review step belongs to. */
  actionId?: Id;
  state?: ReviewState;
  /** Who decided. */
  by?: string;
  grant?: GrantRef;
}

export type Entry = ActionEntry | NoteEntry;

export interface Replay {
  entries: Entry[];
  actions: ActionEntry[];
  startAt: number;
  endAt: number;
  open: boolean;
}

const moment = (event: ChainedEvent) => Date.parse(event.at);

/** The grant that it was under, where it says so. */
const grantOf = (event: ChainedEvent) => ("grant" in event && event.grant) || undefined;

/** `shop.refund is not what was pinned`. */
function toolNote({
  server,
  tool,
  before,
}: Extract<ChainedEvent, { type: "tool_definition_changed" }>) {
  const name = server ? `${server}.${tool}` : tool;
  return before ? `${name} is not what was pinned` : `${name} was seen first, and pinned`;
}

class Builder {
  readonly entries: Entry[] = [];
  private readonly byAction = new Map<Id, ActionEntry>();
  open = true;

  private action(id: Id, event: ChainedEvent, operation?: RecordedOperation | null): ActionEntry {
    const at = moment(event);
    let entry = this.byAction.get(id);
    if (!entry) {
      entry = {
        kind: "action",
        key: id,
        id,
        at,
        endAt: at,
        records: [],
        operation: operation ?? { phase: "", text: "" },
        status: "running",
        timing: {},
      };
      this.byAction.set(id, entry);
      this.entries.push(entry);
    }
    entry.endAt = Math.max(entry.endAt, at);
    entry.records.push({ seq: event.seq, hash: event.hash });
    if (operation?.facts) entry.facts = operation.facts;
    entry.grant = grantOf(event) ?? entry.grant;
    return entry;
  }

  private decide(entry: ActionEntry, record: DecisionRecord | null | undefined) {
    if (!record) return;
    if ("full" in record) {
      entry.decision = record.full;
    } else {
      // A reference is resolved to a full decision at once, so it never points to a reference.
      const source = this.byAction.get(record.same_as);
      entry.sameAs = record.same_as;
      entry.decision ??= source?.decision;
      entry.facts ??= source?.facts;
    }
    entry.effect = entry.decision?.effect ?? entry.effect;
  }

  private note(
    event: ChainedEvent,
    note: NoteEntry["note"],
    text: string,
    more?: Partial<NoteEntry>,
  ) {
    const key = `${event.edge_id}/${event.epoch}/${event.seq}`;
    const grant = grantOf(event);
    this.entries.push({ kind: "note", key, at: moment(event), note, text, grant, ...more });
  }

  private reviewStep(event: Extract<ChainedEvent, { type: "review" }>) {
    const entry = this.action(event.action_id, event, event.operation);
    if (event.decision) this.decide(entry, { full: event.decision });
    const at = moment(event);
    entry.review ??= { id: event.review_id, state: event.state, digest: event.digest, heldAt: at };
    const { review } = entry;
    review.state = event.state;
    review.decidedBy = event.decided_by ?? review.decidedBy;
    review.comment = event.comment ?? review.comment;
    if (event.state === "pending") {
      entry.status = "held";
      return;
    }
    review.endedAt ??= at;
    if (event.state !== "used") {
      this.note(event, "review", event.comment ?? "", {
        actionId: event.action_id,
        state: event.state,
        by: event.decided_by ?? undefined,
      });
    }
  }

  private outcome(event: Extract<ChainedEvent, { type: "action_outcome" }>) {
    const entry = this.action(event.action_id, event);
    entry.status = event.status;
    entry.timing = { ...entry.timing, ...event.timing };
    entry.outcome = {
      rows: event.rows ?? 0,
      bytes: event.bytes ?? 0,
      tags: event.tags ?? [],
      sqlstate: event.sqlstate ?? undefined,
      masked: event.masked ?? [],
      findings: event.findings ?? [],
      response: event.response ?? undefined,
    };
  }

  add(event: ChainedEvent) {
    switch (event.type) {
      case "session_opened":
        this.note(event, "opened", event.application ?? "");
        break;
      case "session_closed":
        this.open = false;
        this.note(event, "closed", event.reason);
        break;
      case "protocol_violation":
        this.note(event, "violation", event.detail);
        break;
      case "tool_definition_changed":
        this.note(event, "tool", toolNote(event));
        break;
      case "review":
        this.reviewStep(event);
        break;
      case "action_intent": {
        const entry = this.action(event.action_id, event, event.operation);
        this.decide(entry, event.decision);
        entry.timing = { ...entry.timing, ...event.timing };
        entry.status = "running";
        break;
      }
      case "action_outcome":
        this.outcome(event);
        break;
      case "action_refused": {
        const entry = this.action(event.action_id, event, event.operation);
        this.decide(entry, event.decision);
        entry.timing = { ...entry.timing, ...event.timing };
        entry.status = "refused";
        entry.refused = { code: event.code, reason: event.reason };
        // Whatever the policies said, it did not run.
        entry.effect ??= "deny";
        if (entry.review) entry.review.endedAt ??= moment(event);
        break;
      }
    }
  }
}

/** Builds the replay of ordered events. `open` overrides what the events say, for a session that
 * ended without a record of it. */
export function buildReplay(events: ChainedEvent[], open?: boolean): Replay {
  const builder = new Builder();
  for (const event of events) builder.add(event);
  const isOpen = open ?? builder.open;
  const actions = builder.entries.filter((e) => e.kind === "action");
  for (const action of actions) {
    if (!isOpen && (action.status === "running" || action.status === "held")) {
      // What was held never reached the target.
      action.status = action.status === "held" ? "refused" : "unknown";
    }
  }
  const times = builder.entries.map((e) => e.at);
  const ends = builder.entries.map((e) => (e.kind === "action" ? e.endAt : e.at));
  return {
    entries: builder.entries,
    actions,
    startAt: times.length ? min(times) : 0,
    endAt: ends.length ? max(ends) : 0,
    open: isOpen,
  };
}

// Spreading a long session into Math.min would overflow the stack.
const min = (values: number[]) => values.reduce((a, b) => Math.min(a, b));
const max = (values: number[]) => values.reduce((a, b) => Math.max(a, b));

/** The verdict's colour and word for an action; a refusal shows as deny even after a review. */
export function toneOf(entry: Entry): "allow" | "mask" | "review" | "deny" | "shadow" {
  if (entry.kind === "note") {
    if (entry.note === "violation") return "deny";
    if (entry.note === "tool") return "review";
    if (entry.state === "approved") return "allow";
    if (entry.state === "denied") return "deny";
    return entry.note === "review" ? "review" : "shadow";
  }
  return entry.effect ?? "shadow";
}

export interface Summary {
  allowed: number;
  masked: number;
  held: number;
  heldMs: number;
  blocked: number;
}

export function summarize(actions: ActionEntry[], now: number): Summary {
  const sum: Summary = { allowed: 0, masked: 0, held: 0, heldMs: 0, blocked: 0 };
  for (const action of actions) {
    if (action.review) {
      sum.held += 1;
      sum.heldMs += (action.review.endedAt ?? now) - action.review.heldAt;
    }
    if (action.status === "refused") sum.blocked += 1;
    else if (action.effect === "mask") sum.masked += 1;
    else if (action.effect === "allow") sum.allowed += 1;
  }
  return sum;
}

/** The decision's part of the wall-clock: every step that was measured, in order. */
export function totalMicros(timing: Timing): number {
  return (
    (timing.parse_us ?? 0) +
    (timing.judge_us ?? 0) +
    (timing.hold_us ?? 0) +
    (timing.journal_us ?? 0) +
    (timing.upstream_us ?? 0)
  );
}

/** The tool calls in a model's answer, in their order. */
export function callsIn(action: ActionEntry, actions: ActionEntry[]): ActionEntry[] {
  const ids = action.outcome?.response?.tool_calls ?? [];
  return ids.flatMap((id) => actions.find((each) => each.id === id) ?? []);
}

/** The request in whose answer a tool call stood. */
export function askedBy(call: ActionEntry, actions: ActionEntry[]): ActionEntry | undefined {
  return actions.find((each) => each.outcome?.response?.tool_calls?.includes(call.id));
}
