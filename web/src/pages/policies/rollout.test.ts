import { describe, expect, it } from "vitest";
import { guardPolicy } from "../../../e2e/mock/policies";
import type { BindingView, Rollout, VerdictCounts } from "../../api/types";
import { compare, GUARD, guardOf, guardText, stageConsequence, stepsOf } from "./rollout";

const counts = (change: Partial<VerdictCounts>): VerdictCounts => ({
  abstain: 0,
  allow: 0,
  review: 0,
  deny: 0,
  failed: 0,
  ...change,
});
const rollout = (canary: Partial<VerdictCounts>, baseline: Partial<VerdictCounts>): Rollout => ({
  started_at: "2026-11-22T20:00:00Z",
  decisions: 0,
  failures: 0,
  canary: counts(canary),
  baseline: counts(baseline),
});
const [first] = guardPolicy().bindings;
if (!first) throw new Error("no binding");
const binding = (change: Partial<BindingView>): BindingView => ({ ...first, ...change });

describe("the steps", () => {
  it("say what is done, what is now and what is ahead", () => {
    const steps = stepsOf(binding({ stage: "canary", canary_percent: 10 }));
    expect(steps.map((s) => s.state)).toEqual(["done", "done", "now", "ahead"]);
    expect(steps.map((s) => s.name)).toEqual(["Draft", "Shadow", "Canary 10%", "Enforced"]);
  });

  it("count what the current one judged", () => {
    const [step] = stepsOf(
      binding({ stage: "draft", rollout: { ...rollout({}, {}), decisions: 1, failures: 2 } }),
    );
    expect(step).toMatchObject({ state: "now", text: "1 decision, 2 failed" });
  });
});

describe("a canary beside its baseline", () => {
  it("is compared in percentage points of what is stopped", () => {
    const result = compare(
      rollout({ allow: 60, deny: 30, review: 5, failed: 5 }, { allow: 90, deny: 10 }),
      GUARD,
    );
    expect(result).toMatchObject({ canary: 100, rise: 30, failurePercent: 5, enough: true });
  });

  it("of nothing is zero and not enough", () => {
    expect(compare(rollout({}, {}), GUARD)).toMatchObject({
      rise: 0,
      failurePercent: 0,
      enough: false,
    });
  });

  it("goes by the server's limits where it names none", () => {
    expect(guardOf({ guard: { max_failures: 9 } })).toEqual({ ...GUARD, max_failures: 9 });
    expect(guardOf({ guard: null })).toEqual(GUARD);
    expect(guardText(GUARD)).toContain("at 4 failures, above 1% failures, or when 20 points");
  });
});

describe("what a stage means", () => {
  it.each([
    ["shadow", "enforced", false, /obeyed by every edge/],
    ["canary", "enforced", true, /takes the place/],
    ["shadow", "canary", true, /in or out for good/],
    ["enforced", "shadow", false, /no longer obeyed/],
    ["draft", "shadow", false, /not obeyed/],
    ["enforced", "draft", false, /leaves every edge at once/],
  ] as const)("from %s to %s", (from, to, replaces, says) => {
    expect(stageConsequence(from, to, replaces)).toMatch(says);
  });
});
