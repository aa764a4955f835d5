/** How far a binding has come, and how a canary does beside what it replaces. */

import type { BindingView, Guard, Rollout, Stage } from "../../api/types";
import { formatCount, plural } from "../../text/format";
import { countOf, stoppedOf } from "../../text/verdict";

export const STAGES: Stage[] = ["draft", "shadow", "canary", "enforced"];

/** What the server takes where a binding names no limit. */
export const GUARD: Required<Guard> = {
  max_failures: 3,
  max_failure_percent: 1,
  max_denial_rise_percent: 20,
  min_decisions: 50,
};

export const guardOf = (binding: Pick<BindingView, "guard">): Required<Guard> => ({
  ...GUARD,
  ...binding.guard,
});

export interface Step {
  stage: Stage;
  name: string;
  state: "done" | "now" | "ahead";
  text: string;
}

const AHEAD: Record<Stage, string> = {
  draft: "Kept here, on no edge.",
  shadow: "Judged, not obeyed.",
  canary: "Obeyed in some sessions.",
  enforced: "Obeyed everywhere.",
};

/** The four steps of a rollout, with what is known of the one that it is at. */
export function stepsOf(binding: BindingView): Step[] {
  const at = STAGES.indexOf(binding.stage);
  return STAGES.map((stage, index) => {
    const percent = binding.canary_percent ?? 0;
    const name =
      stage === "canary" && binding.stage === "canary" ? `Canary ${percent}%` : capital(stage);
    const state = index < at ? "done" : index === at ? "now" : "ahead";
    return { stage, name, state, text: state === "now" ? nowText(binding) : AHEAD[stage] };
  });
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function nowText(binding: BindingView): string {
  const { rollout } = binding;
  if (!rollout) return AHEAD[binding.stage];
  return `${plural(rollout.decisions, "decision")}, ${formatCount(rollout.failures)} failed`;
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : (100 * part) / whole);

export interface Comparison {
  canary: number;
  baseline: number;
  /** Percent of the actions that were held, refused or failed. */
  canaryStopped: number;
  baselineStopped: number;
  /** Percentage points that the canary stops more. */
  rise: number;
  failurePercent: number;
  /** Whether there is enough to go by. */
  enough: boolean;
}

export function compare(rollout: Rollout, guard: Required<Guard>): Comparison {
  const canary = countOf(rollout.canary);
  const baseline = countOf(rollout.baseline);
  const canaryStopped = share(stoppedOf(rollout.canary), canary);
  const baselineStopped = share(stoppedOf(rollout.baseline), baseline);
  return {
    canary,
    baseline,
    canaryStopped,
    baselineStopped,
    rise: canaryStopped - baselineStopped,
    failurePercent: share(rollout.canary.failed ?? 0, canary),
    enough: canary >= guard.min_decisions,
  };
}

/** When it is taken back without anybody asking, in a sentence. */
export function guardText(guard: Required<Guard>): string {
  return (
    `Rolls back by itself at ${plural(guard.max_failures + 1, "failure")}, above ` +
    `${guard.max_failure_percent}% failures, or when ${guard.max_denial_rise_percent} points more ` +
    `is stopped than before, from ${formatCount(guard.min_decisions)} decisions on.`
  );
}

/** What moving to a stage does, for whoever confirms it. */
export function stageConsequence(from: Stage | undefined, to: Stage, replaces: boolean): string {
  switch (to) {
    case "enforced":
      return replaces
        ? "It takes the place of the binding it replaces, on every edge at once, open sessions included."
        : "It will be obeyed by every edge at once, open sessions included.";
    case "canary":
      return "It will be obeyed in this part of the sessions and judged as a shadow in the others. A session is in or out for good.";
    case "shadow":
      return from === "enforced" || from === "canary"
        ? "It will be judged and logged, and no longer obeyed: what it refused may run."
        : "It will be judged and logged on every edge, and not obeyed.";
    case "draft":
      return from === "enforced" || from === "canary"
        ? "It leaves every edge at once: what it refused may run."
        : "It leaves every edge; nothing that is obeyed changes.";
  }
}
