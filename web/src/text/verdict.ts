/** A verdict's word as the API writes it, and its colour. */

import type { VerdictCounts } from "../api/types";
import type { Tone } from "../ui/Pill";

const TONES: Record<string, Tone> = {
  allow: "allow",
  mask: "mask",
  review: "review",
  deny: "deny",
  failed: "deny",
};

export const toneOfVerdict = (word: string): Tone => TONES[word] ?? "shadow";

/** Every count, 0 where the server left it out. */
export const countsOf = ({
  abstain = 0,
  allow = 0,
  review = 0,
  deny = 0,
  failed = 0,
}: VerdictCounts) => ({
  abstain,
  allow,
  review,
  deny,
  failed,
});

export function countOf(counts: VerdictCounts): number {
  const { abstain, allow, review, deny, failed } = countsOf(counts);
  return abstain + allow + review + deny + failed;
}

/** What keeps an action from running at once. */
export function stoppedOf(counts: VerdictCounts): number {
  const { review, deny, failed } = countsOf(counts);
  return review + deny + failed;
}
