import { describe, expect, it } from "vitest";
import type { ActionEntry, Entry } from "./replay";
import { advance, axisOf, domainOf, holdsOf, indexAt, place, ticksOf } from "./timeline";

const action = (at: number, effect: ActionEntry["effect"], more?: Partial<ActionEntry>): Entry => ({
  kind: "action",
  key: `${at}`,
  id: `${at}`,
  at,
  endAt: at,
  records: [],
  operation: { phase: "simple", text: "" },
  effect,
  status: "completed",
  timing: {},
  ...more,
});

describe("places", () => {
  const domain = domainOf(1000, 11_000);
  it.each([
    [1000, 0],
    [6000, 50],
    [11_000, 100],
    [0, 0],
    [99_000, 100],
  ])("%d stands at %d%%", (at, left) => expect(place(at, domain)).toBe(left));

  it("a session of one moment has a width", () => {
    expect(domainOf(5, 5)).toEqual({ start: 5, end: 25 });
  });

  it("the axis holds both ends", () => {
    expect(axisOf(domain, 3)).toEqual([1000, 6000, 11_000]);
  });
});

describe("ticks", () => {
  const domain = { start: 0, end: 1000 };
  it("shows the strictest of what shares a slot", () => {
    const ticks = ticksOf(
      [action(10, "allow"), action(11, "deny"), action(12, "mask")],
      domain,
      10,
    );
    expect(ticks).toEqual([{ left: 1, tone: "deny", count: 3 }]);
  });

  it("never has more ticks than slots", () => {
    const many = Array.from({ length: 5000 }, (_, i) => action(i / 5, "allow"));
    const ticks = ticksOf(many, domain, 100);
    expect(ticks.length).toBeLessThanOrEqual(101);
    expect(ticks.reduce((n, t) => n + t.count, 0)).toBe(5000);
  });

  it("draws holds to their end, and open ones to the end of the lane", () => {
    const held = { id: "r", state: "denied" as const, digest: "", heldAt: 200 };
    expect(
      holdsOf(
        [
          action(200, "review", { review: { ...held, endedAt: 700 } }),
          action(900, "review", { review: { ...held, heldAt: 900 } }),
        ],
        domain,
      ).map(({ left, width }) => [left, width]),
    ).toEqual([
      [20, 50],
      [90, 10],
    ]);
  });
});

describe("the play head", () => {
  const entries = [action(0, "allow"), action(100, "allow"), action(60_000, "allow")];
  it.each([
    [-5, 0],
    [0, 0],
    [99, 0],
    [100, 1],
    [59_999, 1],
    [70_000, 2],
  ])("at %d shows entry %d", (at, index) => expect(indexAt(entries, at)).toBe(index));

  it("has nothing to show in an empty session", () => {
    expect(indexAt([], 5)).toBe(-1);
    expect(advance([], 5, 16, 1, true).done).toBe(true);
  });

  it("moves at its speed", () => {
    expect(advance(entries, 0, 10, 4, false)).toEqual({ at: 40, done: false });
  });

  it("skips idle time, keeping a breath before the next entry", () => {
    expect(advance(entries, 100, 16, 1, true).at).toBe(60_000 - 700);
    expect(advance(entries, 100, 16, 1, false).at).toBe(116);
  });

  it("stops at the last entry", () => {
    expect(advance(entries, 59_990, 1000, 8, true)).toEqual({ at: 60_000, done: true });
  });

  it("always arrives", () => {
    let at = 0;
    let steps = 0;
    for (let done = false; !done && steps < 10_000; steps += 1) {
      ({ at, done } = advance(entries, at, 16, 1, true));
    }
    expect(at).toBe(60_000);
    expect(steps).toBeLessThan(200);
  });
});
