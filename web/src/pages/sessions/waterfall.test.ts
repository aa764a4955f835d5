import { expect, it } from "vitest";
import { waterfall } from "./waterfall";

it("puts the steps one behind the other", () => {
  expect(waterfall({ parse_us: 20, judge_us: 30, journal_us: 50 })).toEqual([
    { name: "parse", micros: 20, left: 0, width: 20 },
    { name: "judge", micros: 30, left: 20, width: 30 },
    { name: "journal", micros: 50, left: 50, width: 50 },
    { name: "upstream", micros: undefined, left: 100, width: 0 },
  ]);
});

it("leaves a hold out of the scale", () => {
  const steps = waterfall({ parse_us: 50, hold_us: 104_000_000, upstream_us: 50 });
  expect(steps.map((s) => [s.name, s.width])).toEqual([
    ["parse", 50],
    ["judge", 0],
    ["hold", 100],
    ["journal", 0],
    ["upstream", 50],
  ]);
});

it("has nothing to divide by when nothing was measured", () => {
  expect(waterfall({}).every((s) => s.width === 0 && s.micros === undefined)).toBe(true);
});
