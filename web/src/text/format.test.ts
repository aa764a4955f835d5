import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCountdown,
  formatMicros,
  formatRelative,
  formatSeconds,
  plural,
  shortDigest,
  shortId,
} from "./format";

describe("durations", () => {
  it.each([
    [0, "0 µs"],
    [31, "31 µs"],
    [2_100, "2.1 ms"],
    [38_000, "38 ms"],
    [9_000_000, "9 s"],
    [104_000_000, "1 min 44 s"],
  ])("%d µs", (us, expected) => expect(formatMicros(us)).toBe(expected));

  it.each([
    [0, "0 s"],
    [59, "59 s"],
    [3_600, "1 h"],
    [3_700, "1 h 1 min"],
    [90_061, "1 d 1 h"],
  ])("%d s", (s, expected) => expect(formatSeconds(s)).toBe(expected));

  it.each([
    [-5, "0:00"],
    [1, "0:01"],
    [256_000, "4:16"],
    [3_856_000, "1:04:16"],
  ])("countdown of %d ms", (ms, expected) => expect(formatCountdown(ms)).toBe(expected));
});

describe("relative times", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  it.each([
    ["2026-11-22T12:00:02Z", "now"],
    ["2026-11-22T11:59:40Z", "20s ago"],
    ["2026-11-22T11:40:00Z", "20m ago"],
    ["2026-11-22T09:00:00Z", "3h ago"],
    ["2026-11-23T12:00:00Z", "in 1d"],
  ])("%s", (at, expected) => expect(formatRelative(new Date(at), now)).toBe(expected));
});

it("sizes, plurals and short names", () => {
  expect(formatBytes(1)).toBe("1 byte");
  expect(formatBytes(92_300)).toBe("92.3 kB");
  expect(formatBytes(41_900_000)).toBe("41.9 MB");
  expect(plural(1, "row")).toBe("1 row");
  expect(plural(41_207, "row")).toBe("41,207 rows");
  expect(shortDigest(`7b1e${"0".repeat(56)}c402`)).toBe("7b1e…c402");
  expect(shortId("S", "019a3c1e-7b5d-7f00-8000-0123459f41c2")).toBe("S-9F41C2");
});
