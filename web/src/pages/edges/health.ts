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

type Status = NonNullable<Edge["status"]>;

/** What is wrong with the bindings, in sentences; what fails closed first. */
function bindingFaults(status: Status): string[] {
  const keeps = (p: Status["policies"][number]) =>
    p.wanted_version != null && p.version > 0 && p.wanted_version !== p.version;
  const failed = status.policies.filter((p) => p.readiness === "failed" || p.error);
  const without = failed.filter((p) => !keeps(p)).map((p) => p.policy);
  const older = failed
    .filter(keeps)
    .map((p) => `${p.policy} v${p.wanted_version} (v${p.version} runs on)`);
  return [
    without.length > 0 &&
      `${plural(without.length, "binding")} not loaded: ${without.join(", ")}. What they cover is denied.`,
    older.length > 0 && `Not loaded: ${older.join(", ")}.`,
  ].filter((fault) => fault !== false);
}

/** What is late and comes by itself. */
function delays(edge: Edge, status: Status): string[] {
  const preparing = status.policies.filter((p) => p.readiness === "preparing");
  return [
    preparing.length > 0 &&
      `Preparing ${preparing.map((p) => `${p.policy} v${p.wanted_version ?? p.version}`).join(", ")}.`,
    status.bundle_revision < edge.newest_revision &&
      `It enforces set ${status.bundle_revision}; the newest is ${edge.newest_revision}.`,
    status.spool_records > SPOOL_LARGE && `${plural(status.spool_records, "record")} not sent yet.`,
  ].filter((delay) => delay !== false);
}

export function healthOf(edge: Edge): Health {
  if (edge.revoked_at) return { tone: "deny", word: "revoked", reasons: ["It is refused."] };
  const { status } = edge;
  const reasons: string[] = [];
  if (status?.journal_error) reasons.push(`The journal cannot write: ${status.journal_error}`);
  if (status?.bundle_error) {
    reasons.push(
      `It refused the newest set and keeps ${status.bundle_revision}: ${status.bundle_error}`,
    );
  }
  if (status) reasons.push(...bindingFaults(status));
  const failing = reasons.length > 0;
  if (status) reasons.push(...delays(edge, status));
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
