import type { ReactNode } from "react";
import type { Effect, PolicyOutcome, ReviewState, Stage } from "../api/types";
import { describeLimits, describeMask } from "../text/describe";

export type Tone = "allow" | "mask" | "review" | "deny" | "shadow" | "accent";

export function Pill({
  tone,
  children,
  title,
}: {
  tone: Tone;
  children: ReactNode;
  title?: string;
}) {
  return (
    <span className="pill" data-tone={tone} title={title}>
      {children}
    </span>
  );
}

/** A verdict, or that there was none. */
export function EffectPill({ effect }: { effect: Effect | undefined }) {
  return <Pill tone={effect ?? "shadow"}>{effect ?? "undecided"}</Pill>;
}

const REVIEW_TONE: Record<ReviewState, Tone> = {
  pending: "review",
  approved: "allow",
  used: "allow",
  denied: "deny",
  expired: "shadow",
  withdrawn: "shadow",
};
const REVIEW_WORD: Record<ReviewState, string> = {
  pending: "review",
  approved: "approved",
  used: "approved, ran",
  denied: "denied",
  expired: "expired",
  withdrawn: "withdrawn",
};

export function ReviewPill({ state }: { state: ReviewState }) {
  return <Pill tone={REVIEW_TONE[state]}>{REVIEW_WORD[state]}</Pill>;
}

const STAGE_TONE: Record<Stage, Tone> = {
  draft: "shadow",
  shadow: "shadow",
  canary: "review",
  enforced: "allow",
};

export function StagePill({ stage, percent }: { stage: Stage; percent?: number | null }) {
  return (
    <Pill tone={STAGE_TONE[stage]}>
      {stage}
      {stage === "canary" && percent != null && ` ${percent}%`}
    </Pill>
  );
}

export interface Said {
  tone: Tone;
  word: string;
  reason: string;
}

/** What a policy said, in a word and its colour. */
export function saidBy(outcome: PolicyOutcome): Said {
  const { verdict } = outcome;
  if ("failed" in verdict) {
    const { failure, detail } = verdict.failed;
    return { tone: "deny", word: "failed", reason: detail || failure.replaceAll("_", " ") };
  }
  const { said } = verdict;
  if (said === "abstain") return { tone: "shadow", word: "abstain", reason: "" };
  if ("deny" in said) return { tone: "deny", word: "deny", reason: said.deny };
  if ("review" in said) return { tone: "review", word: "review", reason: said.review.reason };
  const conditions = "allow" in said ? said.allow : said.oblige;
  const masks = conditions.masks ?? [];
  const reason = [
    masks.length > 0 && `masks ${masks.map(describeMask).join(", ")}`,
    ...describeLimits(conditions),
  ]
    .filter(Boolean)
    .join("; ");
  if (masks.length > 0) return { tone: "mask", word: "mask", reason };
  return "allow" in said
    ? { tone: "allow", word: "allow", reason }
    : { tone: "shadow", word: "limit", reason };
}

/** One policy's part: in shadow it says what it would have done. */
export function OutcomePill({ outcome }: { outcome: PolicyOutcome }) {
  const { tone, word } = saidBy(outcome);
  if (outcome.stage !== "shadow") return <Pill tone={tone}>{word}</Pill>;
  const would = word === "failed" ? "would fail" : word === "abstain" ? word : `would ${word}`;
  return <Pill tone="shadow">{would}</Pill>;
}
