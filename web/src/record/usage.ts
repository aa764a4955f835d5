/** What somebody was granted, beside what they used of it. */

import type { Grant, GrantOperation, SessionSummary } from "../api/types";

export interface Granted {
  operation: GrantOperation;
  /** For how long, within the time that is looked at. */
  seconds: number;
}

export interface TargetUse {
  target: string;
  granted: Granted[];
  sessions: number;
  actions: number;
  lastAt?: string;
}

/** The time within `since` and `now` for which a grant was in force, in seconds. */
export function heldSeconds(grant: Grant, since: number, now: number): number {
  if (!grant.expires_at) return 0;
  const planned = Date.parse(grant.expires_at);
  const begin = planned - grant.duration_seconds * 1000;
  const end = Math.min(planned, now, grant.ended_at ? Date.parse(grant.ended_at) : now);
  return Math.max(0, Math.round((end - Math.max(begin, since)) / 1000));
}

function addGrant(use: TargetUse, grant: Grant, seconds: number) {
  for (const operation of grant.operations) {
    const known = use.granted.find((each) => each.operation === operation);
    if (known) known.seconds += seconds;
    else use.granted.push({ operation, seconds });
  }
}

/** One row a target: what was granted and never used first, then what was used last. */
export function usageOf(
  grants: Grant[],
  sessions: SessionSummary[],
  since: number,
  now: number,
): TargetUse[] {
  const byTarget = new Map<string, TargetUse>();
  const of = (target: string) => {
    const use = byTarget.get(target) ?? { target, granted: [], sessions: 0, actions: 0 };
    byTarget.set(target, use);
    return use;
  };
  for (const grant of grants) {
    const seconds = heldSeconds(grant, since, now);
    if (seconds > 0) for (const { name } of grant.targets) addGrant(of(name), grant, seconds);
  }
  for (const session of sessions) {
    const use = of(session.target);
    use.sessions += 1;
    use.actions += session.counts.actions;
    if (session.last_event_at > (use.lastAt ?? "")) use.lastAt = session.last_event_at;
  }
  return [...byTarget.values()].sort(
    (a, b) =>
      Number(a.sessions > 0) - Number(b.sessions > 0) ||
      (b.lastAt ?? "").localeCompare(a.lastAt ?? "") ||
      a.target.localeCompare(b.target),
  );
}
