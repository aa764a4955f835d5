import { expect, it } from "vitest";
import type { Grant, SessionSummary } from "../api/types";
import { heldSeconds, usageOf } from "./usage";

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const NOW = 100_000;

const grant = (more: Partial<Grant>) =>
  ({
    targets: [{ id: "t", name: "shop" }],
    operations: ["read"],
    duration_seconds: 3600,
    expires_at: at(53_600),
    ...more,
  }) as Grant;

const session = (target: string, actions: number, last: number) =>
  ({ target, counts: { actions }, last_event_at: at(last) }) as SessionSummary;

it.each<[string, Partial<Grant>, number]>([
  ["the whole of it", {}, 3600],
  ["what was not begun is nothing", { expires_at: null }, 0],
  ["until it was revoked", { ended_at: at(51_000) }, 1000],
  ["until now", { expires_at: at(NOW + 600) }, 3000],
  ["since the time that is looked at", { expires_at: at(11_000) }, 1000],
  ["nothing of what was over before", { expires_at: at(9000) }, 0],
])("a grant was held: %s", (_, more, seconds) => {
  expect(heldSeconds(grant(more), 10_000 * 1000, NOW * 1000)).toBe(seconds);
});

it("adds up by target, what was never used first", () => {
  const used = usageOf(
    [
      grant({ operations: ["read", "write"] }),
      grant({}),
      grant({ targets: [{ id: "u", name: "stock", labels: {} }], operations: ["admin"] }),
    ],
    [session("shop", 4, 60_000), session("shop", 3, 70_000), session("lake", 1, 80_000)],
    0,
    NOW * 1000,
  );
  expect(used).toEqual([
    { target: "stock", granted: [{ operation: "admin", seconds: 3600 }], sessions: 0, actions: 0 },
    { target: "lake", granted: [], sessions: 1, actions: 1, lastAt: at(80_000) },
    {
      target: "shop",
      granted: [
        { operation: "read", seconds: 7200 },
        { operation: "write", seconds: 3600 },
      ],
      sessions: 2,
      actions: 7,
      lastAt: at(70_000),
    },
  ]);
});
