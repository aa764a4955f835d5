import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followLive, parseMessage, retryDelay, staleKeys } from "./live";

describe("retryDelay", () => {
  it("doubles up to half a minute, with at least half of it waited", () => {
    expect([0, 1, 2, 3, 4, 5, 99].map((n) => retryDelay(n, 1))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect(retryDelay(2, 0)).toBe(2000);
  });
});

describe("messages", () => {
  it.each([
    ["not JSON", undefined],
    ['{"type":"nonsense"}', undefined],
    ['{"type":"reset"}', { type: "reset" }],
    ['{"type":"alert","id":"a"}', { type: "alert", id: "a" }],
    ['{"type":"review","id":"r"}', { type: "review", id: "r" }],
  ])("%s", (data, message) => expect(parseMessage(data)).toEqual(message));

  it("make stale what shows the thing, and everything on a reset", () => {
    expect(staleKeys({ type: "review", id: "r" })).toContainEqual(["review", "one", "r"]);
    expect(staleKeys({ type: "edge", id: "e" })).toContainEqual(["policy"]);
    expect(staleKeys({ type: "alert", id: "c" })).toContainEqual(["policy_change"]);
    expect(staleKeys({ type: "policy_change", id: "c" })).toContainEqual(["policy_set"]);
    expect(staleKeys({ type: "replay", id: "r" })).toEqual([
      ["replay", "list"],
      ["replay", "one", "r"],
    ]);
    expect(staleKeys({ type: "document", id: "d" })).toEqual([["document"]]);
    expect(staleKeys({ type: "reset" })).toBeNull();
  });
});

class FakeSource {
  static all: FakeSource[] = [];
  onopen?: () => void;
  onerror?: () => void;
  onmessage?: (event: { data: string }) => void;
  closed = false;
  constructor() {
    FakeSource.all.push(this);
  }
  addEventListener() {}
  close() {
    this.closed = true;
  }
}

describe("followLive", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSource.all = [];
    vi.stubGlobal("EventSource", FakeSource);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const last = () => {
    const source = FakeSource.all.at(-1);
    if (!source) throw new Error("no connection");
    return source;
  };

  it("gathers messages into one refresh", () => {
    const queries = new QueryClient();
    const invalidate = vi.spyOn(queries, "invalidateQueries");
    followLive(queries, () => {});
    last().onopen?.();
    for (let n = 0; n < 50; n += 1) last().onmessage?.({ data: '{"type":"target","id":"t"}' });
    expect(invalidate).not.toHaveBeenCalled();
    vi.advanceTimersByTime(400);
    expect(invalidate).toHaveBeenCalledTimes(1);
    expect(invalidate).toHaveBeenCalledWith({ queryKey: ["target"] });
  });

  it("connects again, and then takes everything for stale", () => {
    const queries = new QueryClient();
    const invalidate = vi.spyOn(queries, "invalidateQueries");
    const states: string[] = [];
    followLive(queries, (state) => states.push(state));
    last().onopen?.();
    last().onerror?.();
    expect(FakeSource.all[0]?.closed).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(FakeSource.all).toHaveLength(2);
    last().onopen?.();
    expect(states).toEqual(["connecting", "live", "offline", "connecting", "live"]);
    expect(invalidate).toHaveBeenCalledWith();
  });

  it("stops when told to", () => {
    const stop = followLive(new QueryClient(), () => {});
    last().onerror?.();
    stop();
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.all).toHaveLength(1);
  });
});
