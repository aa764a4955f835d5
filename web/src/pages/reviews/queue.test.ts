import { describe, expect, it } from "vitest";
import type { Grant, ReviewSummary } from "../../api/types";
import { extendOrder, inOrder, isPending, isRequest, matchesSearch, neighbour } from "./queue";

const review = (id: string, at: number, more: Partial<ReviewSummary> = {}) =>
  ({
    id,
    requested_at: new Date(at).toISOString(),
    excerpt: "DELETE FROM orders",
    target: "shop-production",
    reason: "held",
    principal: { id: "p", name: "release-bot", kind: "agent", on_behalf_of: "alice@example.com" },
    state: "pending",
    ...more,
  }) as ReviewSummary;

describe("the queue's order", () => {
  it("starts with the one that has waited longest", () => {
    expect(extendOrder([], [review("new", 9), review("old", 1)])).toEqual(["old", "new"]);
  });

  it("puts what is new below and moves nothing", () => {
    const order = ["b", "a"];
    expect(extendOrder(order, [review("c", 0), review("a", 1), review("b", 2)])).toEqual([
      "b",
      "a",
      "c",
    ]);
  });

  it("is the same array when nothing is new", () => {
    const order = ["a", "b"];
    expect(extendOrder(order, [review("b", 1)])).toBe(order);
  });

  it("shows each as fresh as known, in place", () => {
    const shown = inOrder(
      ["a", "b", "gone"],
      [review("a", 1, { state: "denied" })],
      [review("b", 2)],
    );
    expect(shown.map((r) => [r.id, r.state])).toEqual([
      ["a", "denied"],
      ["b", "pending"],
    ]);
  });
});

it.each([
  ["", true],
  ["ORDERS", true],
  ["alice@", true],
  ["production", true],
  ["payments", false],
])("search for %j", (search, found) => expect(matchesSearch(review("a", 1), search)).toBe(found));

it.each<[string | undefined, 1 | -1, string]>([
  [undefined, 1, "a"],
  ["a", 1, "b"],
  ["c", 1, "c"],
  ["a", -1, "a"],
  ["elsewhere", 1, "a"],
])("the neighbour of %s by %d", (from, step, to) => {
  expect(neighbour(["a", "b", "c"], from, step)).toBe(to);
});

describe("requests for access", () => {
  const request = {
    id: "g",
    state: "requested",
    operations: ["read"],
    principal: { id: "p", name: "migrate-agent", kind: "agent" },
    on_behalf_of: "erin@example.com",
    requested_by: "migrate-agent",
    targets: [{ id: "t", name: "warehouse" }],
    task: "backfill currency",
    requested_at: new Date(5).toISOString(),
  } as Grant;

  it("stand among the held actions by the time they have waited", () => {
    expect(extendOrder([], [review("a", 9), request, review("b", 1)])).toEqual(["b", "g", "a"]);
  });

  it.each([
    ["currency", true],
    ["erin@", true],
    ["WAREHOUSE", true],
    ["orders", false],
  ])("are found by %s: %s", (search, found) => expect(matchesSearch(request, search)).toBe(found));

  it("wait until they are decided", () => {
    expect(isPending(request)).toBe(true);
    expect(isPending({ ...request, state: "active" })).toBe(false);
    expect(isPending(review("a", 1))).toBe(true);
    expect(isPending(review("a", 1, { state: "denied" }))).toBe(false);
    expect([isRequest(request), isRequest(review("a", 1))]).toEqual([true, false]);
  });
});
