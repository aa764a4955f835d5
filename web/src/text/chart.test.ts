import { describe, expect, it } from "vitest";
import type { ActivityMinute } from "../api/types";
import { roundTop, stack, sums } from "./chart";

const minute = (change: Partial<ActivityMinute>): ActivityMinute => ({
  at: "2026-11-22T20:00:00Z",
  allow: 0,
  abstain: 0,
  review: 0,
  deny: 0,
  failed: 0,
  ...change,
});

describe("the axis", () => {
  it.each([
    [0, 1],
    [1, 1],
    [3, 5],
    [10, 10],
    [11, 20],
    [430, 500],
    [501, 1000],
  ])("of at most %d ends at %d", (most, top) => expect(roundTop(most)).toBe(top));
});

describe("bars", () => {
  it("stand beside each other and stack from the bottom", () => {
    const { bars, top } = stack([minute({ allow: 50, deny: 50 }), minute({})], 100, 80);
    expect(top).toBe(100);
    expect(bars.map((b) => b.x)).toEqual([0, 50]);
    expect(bars[0]?.parts).toEqual([
      { series: "allow", y: 40, height: 40 },
      { series: "deny", y: 0, height: 40 },
    ]);
    expect(bars[1]).toMatchObject({ total: 0, parts: [] });
  });

  it("show one refusal among thousands, and stay in the box", () => {
    const { bars } = stack([minute({ allow: 9_999, deny: 1 })], 10, 100);
    const parts = bars[0]?.parts ?? [];
    expect(parts.map((p) => p.series)).toEqual(["allow", "deny"]);
    expect(parts[1]?.height).toBe(2);
    expect(Math.min(...parts.map((p) => p.y))).toBeGreaterThanOrEqual(0);
  });

  it("of nothing are none", () => expect(stack([], 100, 80)).toEqual({ bars: [], top: 1 }));

  it("are summed", () => {
    expect(sums([minute({ allow: 2, deny: 1 }), minute({ allow: 3 })])).toEqual({
      allow: 5,
      abstain: 0,
      review: 0,
      deny: 1,
      failed: 0,
    });
  });
});
