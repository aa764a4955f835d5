import { describe, expect, it } from "vitest";
import type { Edge } from "../../api/types";
import { healthOf } from "./health";

const edge: Edge = {
  id: "e",
  name: "edge-eu-1",
  public_key: "",
  enrolled_at: "2026-11-22T12:00:00Z",
  revoked_at: null,
  online: true,
  last_seen_at: "2026-11-22T12:00:00Z",
  clock_skew_ms: 12,
  newest_revision: 5,
  acked_seq: 9,
  status: {
    version: "0.1.0",
    started_at: "2026-11-22T12:00:00Z",
    at: "2026-11-22T12:00:00Z",
    bundle_revision: 5,
    policies: [],
    targets: [],
    listeners: [],
    sessions: 0,
    spool_records: 0,
    spool_bytes: 0,
    resident_bytes: 1,
  },
};
const status = (change: Partial<NonNullable<Edge["status"]>>): Edge => ({
  ...edge,
  status: edge.status ? { ...edge.status, ...change } : null,
});
const broken: NonNullable<Edge["status"]>["policies"][number] = {
  binding_id: "b",
  stage: "enforced",
  policy: "p",
  version: 1,
  digest: "",
  decisions: 0,
  failures: 0,
  error: "no",
};

describe("healthOf", () => {
  it.each<[string, Edge, string, number]>([
    ["all is well", edge, "healthy", 0],
    ["an older set", status({ bundle_revision: 4 }), "behind", 1],
    ["a set that it refused", status({ bundle_error: "bad signature" }), "failing", 1],
    [
      "a version that it prepares",
      status({ policies: [{ ...broken, error: null, readiness: "preparing", wanted_version: 2 }] }),
      "behind",
      1,
    ],
    [
      "a version that failed, with an older one",
      status({ policies: [{ ...broken, readiness: "failed", wanted_version: 2 }] }),
      "failing",
      1,
    ],
    ["a long spool", status({ spool_records: 20_000 }), "behind", 1],
    ["a clock that is off", { ...edge, clock_skew_ms: -9000 }, "behind", 1],
    ["a policy that does not load", status({ policies: [broken] }), "failing", 1],
    ["a journal that cannot write", status({ journal_error: "disk full" }), "failing", 1],
    ["offline", { ...edge, online: false }, "offline", 0],
    [
      "offline with a long spool",
      { ...status({ spool_records: 20_000 }), online: false },
      "offline",
      1,
    ],
    ["revoked", { ...edge, revoked_at: "2026-11-22T12:00:00Z" }, "revoked", 1],
    ["never seen", { ...edge, online: false, status: null, clock_skew_ms: null }, "offline", 0],
  ])("%s", (_name, of, word, reasons) => {
    const health = healthOf(of);
    expect([health.word, health.reasons.length]).toEqual([word, reasons]);
  });

  it("says what runs on where a newer version failed", () => {
    const failed = { ...broken, readiness: "failed" as const, wanted_version: 2 };
    expect(healthOf(status({ policies: [failed] })).reasons).toEqual([
      "Not loaded: p v2 (v1 runs on).",
    ]);
    expect(healthOf(status({ policies: [broken] })).reasons[0]).toMatch(/denied/);
  });
});
