/** The live stream: says what changed, so that what is on the screen is fetched again. */

import type { QueryClient } from "@tanstack/react-query";
import type { LiveMessage } from "./types";

export type LiveState = "connecting" | "live" | "offline";

const TYPES: readonly LiveMessage["type"][] = [
  "review",
  "session",
  "edge",
  "policy",
  "binding",
  "policy_change",
  "alert",
  "replay",
  "document",
  "target",
  "principal",
  "user",
  "grant",
  "break_glass",
  "lock",
  "reset",
];
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;
/** A busy session sends many messages; one refresh a second is enough to follow it. */
const GATHER_MS = 400;

/** Half of it is chance, so that a restarted server is not met by everybody at once. */
export function retryDelay(attempt: number, random = Math.random()): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
  return full / 2 + (full / 2) * random;
}

/** The queries that a message makes stale; null for all of them. */
export function staleKeys(message: LiveMessage): string[][] | null {
  switch (message.type) {
    case "reset":
      return null;
    case "review":
    case "session":
      return [
        [message.type, "list"],
        [message.type, "statistics"],
        [message.type, "one", message.id],
      ];
    case "policy":
    case "binding":
      return [["policy"], ["policy_set"]];
    case "policy_change":
    case "alert":
      // A change is of bindings, of a set, and may raise an alert or end one.
      return [["policy_change"], ["alert"], ["policy"], ["policy_set"]];
    case "replay":
      return [
        ["replay", "list"],
        ["replay", "one", message.id],
      ];
    case "grant":
    case "break_glass":
      return [
        ["grant", "list"],
        ["grant", "one", message.id],
        // What it granted, and what was used of it.
        ["principal", "use"],
      ];
    case "edge":
      // A policy's page shows what the edges say of it.
      return [["edge"], ["policy"]];
    default:
      return [[message.type]];
  }
}

export function parseMessage(data: string): LiveMessage | undefined {
  try {
    const message = JSON.parse(data) as LiveMessage;
    return TYPES.includes(message.type) ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Follows the stream until the returned function is called. */
export function followLive(queries: QueryClient, onState: (state: LiveState) => void): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let flush: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let missed = false;
  const stale = new Map<string, string[]>();

  const invalidate = () => {
    flush = undefined;
    for (const queryKey of stale.values()) void queries.invalidateQueries({ queryKey });
    stale.clear();
  };
  const receive = (event: MessageEvent<string>) => {
    const message = parseMessage(event.data);
    const keys = message && staleKeys(message);
    if (keys === null) void queries.invalidateQueries();
    for (const key of keys ?? []) stale.set(key.join("/"), key);
    flush ??= setTimeout(invalidate, GATHER_MS);
  };
  const connect = () => {
    onState("connecting");
    source = new EventSource("/api/v1/live");
    source.onopen = () => {
      attempt = 0;
      onState("live");
      // What happened while nobody listened.
      if (missed) void queries.invalidateQueries();
      missed = false;
    };
    source.onmessage = receive;
    for (const type of TYPES) source.addEventListener(type, receive);
    source.onerror = () => {
      source?.close();
      missed = true;
      onState("offline");
      // The stream does not say why it ended; the session may have.
      void queries.invalidateQueries({ queryKey: ["me"] });
      retry = setTimeout(connect, retryDelay(attempt));
      attempt += 1;
    };
  };
  connect();
  return () => {
    source?.close();
    clearTimeout(retry);
    clearTimeout(flush);
  };
}
