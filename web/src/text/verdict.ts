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

export const countOf = (counts: VerdictCounts): number =>
  counts.abstain + counts.allow + counts.review + counts.deny + counts.failed;

/** What keeps an action from running at once. */
export const stoppedOf = (counts: VerdictCounts): number =>
  counts.review + counts.deny + counts.failed;
