/** What the pages fetch, and under which keys; `live.ts` makes the same keys stale. */

import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { client, ok, setCsrfToken } from "./client";
import { ApiProblem } from "./problem";
import type {
  ChainedEvent,
  ChangeState,
  CurrentSession,
  Id,
  ReviewState,
  SessionFilter,
  UsageGroup,
} from "./types";

/** Lists that are shown whole: the API's largest page. */
const WHOLE = { limit: 1000 };

export const me = () =>
  queryOptions({
    queryKey: ["me"],
    staleTime: Number.POSITIVE_INFINITY,
    // Who is not signed in, or locked, is so a moment later too.
    retry: (count, error) =>
      !(error instanceof ApiProblem && [401, 403].includes(error.status)) && count < 2,
    queryFn: async ({ signal }): Promise<CurrentSession> => {
      const session = await ok(client.GET("/api/v1/session", { signal }));
      setCsrfToken(session.csrf_token ?? null);
      return session;
    },
  });

export const pendingReviews = () =>
  queryOptions({
    queryKey: ["review", "list", "pending"],
    queryFn: ({ signal }) =>
      ok(
        client.GET("/api/v1/reviews", {
          params: { query: { ...WHOLE, state: "pending" } },
          signal,
        }),
      ).then((page) => page.items),
  });

export const reviewHistory = (state: ReviewState | undefined) =>
  infiniteQueryOptions({
    queryKey: ["review", "list", "history", state ?? "all"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(
        client.GET("/api/v1/reviews", { params: { query: { limit: 50, cursor, state } }, signal }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const review = (id: Id) =>
  queryOptions({
    queryKey: ["review", "one", id],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/reviews/{id}", { params: { path: { id } }, signal })),
  });

export const reviewStatistics = () =>
  queryOptions({
    queryKey: ["review", "statistics"],
    queryFn: ({ signal }) => ok(client.GET("/api/v1/review_statistics", { signal })),
  });

export const sessions = (filter: SessionFilter) =>
  infiniteQueryOptions({
    queryKey: ["session", "list", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(
        client.GET("/api/v1/sessions", {
          params: { query: { limit: 50, cursor, ...filter } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const session = (id: Id) =>
  queryOptions({
    queryKey: ["session", "one", id],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/sessions/{id}", { params: { path: { id } }, signal })),
  });

/** A session's events so far, and where its last page begins, so that a refresh of a long session
 * fetches that page alone. */
export interface EventLog {
  events: ChainedEvent[];
  lastPage: { cursor: string | undefined; from: number };
  /** There are more than are shown. */
  cut: boolean;
}

const EVENT_PAGE = 1000;
const MOST_EVENTS = 20_000;

export const sessionEvents = (queries: QueryClient, id: Id) => {
  const queryKey = ["session", "one", id, "events"];
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }): Promise<EventLog> => {
      const before = queries.getQueryData<EventLog>(queryKey);
      let { cursor, from } = before?.lastPage ?? { cursor: undefined, from: 0 };
      const events = before?.events.slice(0, from) ?? [];
      for (;;) {
        const query = { limit: EVENT_PAGE, cursor };
        const page = await ok(
          client.GET("/api/v1/sessions/{id}/events", { params: { path: { id }, query }, signal }),
        );
        events.push(...page.items);
        const next = page.next_cursor ?? undefined;
        if (!next || events.length >= MOST_EVENTS) {
          return { events, lastPage: { cursor, from }, cut: next !== undefined };
        }
        cursor = next;
        from = events.length;
      }
    },
  });
};

export const usage = (groupBy: UsageGroup, since: string) =>
  queryOptions({
    queryKey: ["session", "list", "usage", groupBy, since],
    queryFn: ({ signal }) =>
      ok(
        client.GET("/api/v1/usage", {
          params: { query: { group_by: groupBy, since } },
          signal,
        }),
      ),
  });

export const pinnedTools = () =>
  queryOptions({
    queryKey: ["target", "tools"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/tool-definitions", { signal })).then((page) => page.items),
  });

export const policies = () =>
  queryOptions({
    queryKey: ["policy", "list"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/policies", { params: { query: WHOLE }, signal })).then((p) => p.items),
  });

export const policy = (id: Id) =>
  queryOptions({
    queryKey: ["policy", "one", id],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/policies/{id}", { params: { path: { id } }, signal })),
  });

export const policyVersion = (id: Id) =>
  queryOptions({
    queryKey: ["policy", "version", id],
    // A version never changes.
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/policy_versions/{id}", { params: { path: { id } }, signal })),
  });

export const versionDiff = (id: Id, against: Id) =>
  queryOptions({
    queryKey: ["policy", "version", id, "diff", against],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      ok(
        client.GET("/api/v1/policy_versions/{id}/diff", {
          params: { path: { id }, query: { against } },
          signal,
        }),
      ),
  });

/** Counts per minute move by themselves; no message says so. */
const MINUTES_MS = 15_000;

export const policyActivity = (id: Id) =>
  queryOptions({
    queryKey: ["policy", "activity", id],
    refetchInterval: MINUTES_MS,
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/policies/{id}/activity", { params: { path: { id } }, signal })),
  });

export const policyChanges = (filter: { state?: ChangeState; policy_id?: Id } = {}) =>
  infiniteQueryOptions({
    queryKey: ["policy_change", "list", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(
        client.GET("/api/v1/policy_changes", {
          params: { query: { limit: 50, cursor, ...filter } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const policyChange = (id: Id) =>
  queryOptions({
    queryKey: ["policy_change", "one", id],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/policy_changes/{id}", { params: { path: { id } }, signal })),
  });

export const pendingChanges = () =>
  queryOptions({
    queryKey: ["policy_change", "pending"],
    queryFn: ({ signal }) =>
      ok(
        client.GET("/api/v1/policy_changes", {
          params: { query: { ...WHOLE, state: "pending" } },
          signal,
        }),
      ).then((page) => page.items),
  });

export const alerts = () =>
  queryOptions({
    queryKey: ["alert", "list"],
    queryFn: ({ signal }) => ok(client.GET("/api/v1/alerts", { signal })).then((p) => p.items),
  });

export const policySets = () =>
  infiniteQueryOptions({
    queryKey: ["policy_set", "list"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(client.GET("/api/v1/policy_sets", { params: { query: { limit: 50, cursor } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const policySet = (revision: number) =>
  queryOptions({
    queryKey: ["policy_set", "one", revision],
    // A set never changes.
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/policy_sets/{revision}", { params: { path: { revision } }, signal })),
  });

export const policySettings = () =>
  queryOptions({
    queryKey: ["policy", "settings"],
    queryFn: ({ signal }) => ok(client.GET("/api/v1/policy_settings", { signal })),
  });

export const documents = () =>
  queryOptions({
    queryKey: ["document", "list"],
    queryFn: ({ signal }) => ok(client.GET("/api/v1/documents", { signal })).then((p) => p.items),
  });

export const document = (name: string) =>
  queryOptions({
    queryKey: ["document", "one", name],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/documents/{name}", { params: { path: { name } }, signal })),
  });

export const documentContent = (name: string, digest: string) =>
  queryOptions({
    // The digest makes another version another entry.
    queryKey: ["document", "content", name, digest],
    queryFn: ({ signal }) =>
      ok(
        client.GET("/api/v1/documents/{name}/content", {
          params: { path: { name } },
          // The address stays the same when the document gets another version.
          cache: "no-cache",
          signal,
        }),
      ),
  });

export const replays = () =>
  queryOptions({
    queryKey: ["replay", "list"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/replays", { params: { query: { limit: 50 } }, signal })).then(
        (p) => p.items,
      ),
  });

export const replayRun = (id: Id) =>
  queryOptions({
    queryKey: ["replay", "one", id],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/replays/{id}", { params: { path: { id } }, signal })),
    // Its progress; the stream says when it ends.
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1000 : false),
  });

export const explainedAction = (actionId: Id) =>
  queryOptions({
    queryKey: ["action", actionId],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/actions/{id}", { params: { path: { id: actionId } }, signal })),
  });

export const targets = () =>
  queryOptions({
    queryKey: ["target", "list"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/targets", { params: { query: WHOLE }, signal })).then((p) => p.items),
  });

export const principals = () =>
  queryOptions({
    queryKey: ["principal", "list"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/principals", { params: { query: WHOLE }, signal })).then(
        (p) => p.items,
      ),
  });

export const credentials = (id: Id) =>
  queryOptions({
    queryKey: ["principal", "credentials", id],
    queryFn: ({ signal }) =>
      ok(
        client.GET("/api/v1/principals/{id}/credentials", { params: { path: { id } }, signal }),
      ).then((p) => p.items),
  });

export const edges = () =>
  queryOptions({
    queryKey: ["edge", "list"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/edges", { params: { query: WHOLE }, signal })).then((p) => p.items),
  });

export const joinTokens = () =>
  queryOptions({
    queryKey: ["edge", "join_tokens"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/join_tokens", { params: { query: WHOLE }, signal })).then(
        (p) => p.items,
      ),
  });

export const users = () =>
  queryOptions({
    queryKey: ["user", "list"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/users", { params: { query: WHOLE }, signal })).then((p) => p.items),
  });
