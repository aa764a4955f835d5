import { expect, it } from "vitest";
import { parseSessionSearch, sinceOf } from "../pages/sessions/search";
import { safeNext } from "./safeNext";

it.each([
  ["/sessions?q=1", "/sessions?q=1"],
  ["//evil.example", undefined],
  ["/\\evil.example", undefined],
  ["https://evil.example", undefined],
  ["javascript:alert(1)", undefined],
  [undefined, undefined],
])("after signing in, %s leads to %s", (next, path) => expect(safeNext(next)).toBe(path));

it("reads the filters of the session list and drops what is none", () => {
  expect(
    parseSessionSearch({ q: 42, effect: "deny", open: true, period: "week", other: 1 }),
  ).toEqual({
    q: "42",
    effect: "deny",
    open: true,
    period: "week",
  });
  expect(parseSessionSearch({ effect: "explode", open: "yes", period: 3, q: "" })).toEqual({});
});

it("periods begin at a whole minute", () => {
  const now = Date.parse("2026-11-22T12:00:31.500Z");
  expect(sinceOf("hour", now)).toBe("2026-11-22T11:00:00.000Z");
  expect(sinceOf(undefined, now)).toBeUndefined();
});
