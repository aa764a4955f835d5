import { describe, expect, it } from "vitest";
import { barOf, moneyOf, nameOf, parseUsageSearch, totalOf } from "./totals";

describe("tokens", () => {
  it("are added up", () => {
    const sum = totalOf([
      { answers: 2, input: 10, output: 5, cached: 4 },
      { answers: 1, input: 1 },
    ]);
    expect(sum).toEqual({ answers: 3, input: 11, output: 5, cached: 4 });
  });

  it("are drawn by their share of the most", () => {
    const groups = [{ input: 30, output: 10 }, { input: 10 }, {}];
    expect(groups.map((each) => barOf(each, groups))).toEqual([100, 25, 0]);
    expect(barOf({}, [])).toBe(0);
  });

  it.each([
    ["grant", "", "", "under no grant"],
    ["model", "", "", "unnamed"],
    ["grant", "019a", "refund 1042", "refund 1042"],
    ["grant", "019a", "", "019a"],
  ] as const)("are of somebody: %s %s", (group, key, label, expected) =>
    expect(nameOf(group, { key, label })).toBe(expected),
  );

  it.each([
    [0, "$0.00"],
    [2_400, "$0.0024"],
    [12_400_000, "$12.40"],
    [1_234_567_890_000, "$1,234,567.89"],
    [null, undefined],
  ])("cost: %s", (micro, expected) => expect(moneyOf(micro)).toBe(expected));

  it("are asked for by what the address says", () => {
    expect(parseUsageSearch({ by: "model", days: 7 })).toEqual({ by: "model", days: 7 });
    expect(parseUsageSearch({ by: "mood", days: 8 })).toEqual({});
  });
});
