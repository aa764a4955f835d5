/** How an edge is, in one word and its reasons. */

import type { Edge } from "../../api/types";
import { formatSeconds, plural } from "../../text/format";
import type { Tone } from "../../ui/Pill";

export interface Health {
  tone: Tone;
  word: string;
  /** What is wrong, worst first. */
  reasons: string[];
}

/** More records than a healthy connection ever holds back. */
const SPOOL_LARGE = 10_000;
const SKEW_LARGE_MS = 5000;

export function healthOf(edge: Edge): Health {
  if (edge.revoked_at) return { tone: "deny", word: "revoked", reasons: ["It is refused."] };
  const { status } = edge;
  const reasons: string[] = [];
  const broken = status?.policies.filter((policy) => policy.error) ?? [];
  if (status?.journal_error) reasons.push(`The journal cannot write: ${status.journal_error}`);
  if (broken.length > 0) {
    reasons.push(
      `${plural(broken.length, "binding")} not loaded: ${broken.map((p) => p.policy).join(", ")}. What they cover is denied.`,
    );
  }
  const failing = reasons.length > 0;
  if (status && status.bundle_revision < edge.newest_revision) {
    reasons.push(
      `It enforces set ${status.bundle_revision}; the newest is ${edge.newest_revision}.`,
    );
  }
  if (status && status.spool_records > SPOOL_LARGE) {
    reasons.push(`${plural(status.spool_records, "record")} not sent yet.`);
  }
  const skew = edge.clock_skew_ms ?? 0;
  if (Math.abs(skew) > SKEW_LARGE_MS) {
    const by = formatSeconds(Math.round(Math.abs(skew) / 1000));
    reasons.push(`Its clock is ${by} ${skew > 0 ? "ahead" : "behind"}.`);
  }
  if (!edge.online) return { tone: "review", word: "offline", reasons };
  if (failing) return { tone: "deny", word: "failing", reasons };
  if (reasons.length > 0) return { tone: "review", word: "behind", reasons };
  return { tone: "allow", word: "healthy", reasons };
}
