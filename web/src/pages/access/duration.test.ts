import { expect, it } from "vitest";
import { firstPreset, presets, secondsOf } from "./duration";

it.each([
  [undefined, "1800", 7],
  [3600, "1800", 4],
  [900, "900", 2],
  [60, "other", 1],
])("with a limit of %s, %s comes first of %d", (most, first, count) => {
  expect(firstPreset(most)).toBe(first);
  expect(presets(most)).toHaveLength(count);
});

it.each([
  ["45", 2700],
  ["0.5", 30],
  ["0", undefined],
  ["-1", undefined],
  ["soon", undefined],
  ["", undefined],
])("%j minutes are %s seconds", (minutes, seconds) => expect(secondsOf(minutes)).toBe(seconds));
