/** What the pages about identity and access fetch, and under which keys. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { usageOf } from "../record/usage";
import { client, ok } from "./client";
import type { GrantFilter, Id } from "./types";

/** Lists that are shown whole: the API's largest page. */
const WHOLE = { limit: 1000 };

export const signInOptions = () =>
  queryOptions({
    queryKey: ["sign_in", "options"],
    queryFn: ({ signal }) => ok(client.GET("/api/v1/sign-in/options", { signal })),
  });

export const signInProvider = () =>
  queryOptions({
    queryKey: ["sign_in", "provider"],
    queryFn: ({ signal }) => ok(client.GET("/api/v1/sign-in/provider", { signal })),
  });

export const providerTest = (id: Id) =>
  queryOptions({
    queryKey: ["sign_in", "test", id],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/sign-in/provider/tests/{id}", { params: { path: { id } }, signal })),
  });

export const deviceRequest = (userCode: string) =>
  queryOptions({
    queryKey: ["device", userCode],
    retry: false,
    queryFn: ({ signal }) =>
      ok(
        client.GET("/api/v1/oauth/devices/{user_code}", {
          params: { path: { user_code: userCode } },
          signal,
        }),
      ),
  });

/** Those whose time or decision can come at any moment. */
export const grantsInState = (state: "requested" | "active") =>
  queryOptions({
    queryKey: ["grant", "list", state],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/grants", { params: { query: { ...WHOLE, state } }, signal })).then(
        (page) => page.items,
      ),
  });

export const grants = (filter: GrantFilter) =>
  infiniteQueryOptions({
    queryKey: ["grant", "list", "filtered", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(
        client.GET("/api/v1/grants", {
          params: { query: { limit: 50, cursor, ...filter } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const grant = (id: Id) =>
  queryOptions({
    queryKey: ["grant", "one", id],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/grants/{id}", { params: { path: { id } }, signal })),
  });

export const grantOptions = () =>
  queryOptions({
    queryKey: ["grant", "options"],
    queryFn: ({ signal }) => ok(client.GET("/api/v1/grants/options", { signal })),
  });

export const locks = () =>
  queryOptions({
    queryKey: ["lock", "list"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/locks", { params: { query: WHOLE }, signal })).then((p) => p.items),
  });

const USE_DAYS = 90;

/** What a principal was granted and what it used, from its grants and its sessions. */
export const principalUse = (name: string) =>
  queryOptions({
    queryKey: ["principal", "use", name],
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const since = now - USE_DAYS * 86_400_000;
      const query = { ...WHOLE, principal: name };
      const begun = { ...query, since: new Date(since).toISOString() };
      const [held, sessions] = await Promise.all([
        ok(client.GET("/api/v1/grants", { params: { query }, signal })),
        ok(client.GET("/api/v1/sessions", { params: { query: begun }, signal })),
      ]);
      return {
        rows: usageOf(held.items, sessions.items, since, now),
        whole: !held.next_cursor && !sessions.next_cursor,
      };
    },
  });

export const principalKeys = (id: Id) =>
  queryOptions({
    queryKey: ["principal", "keys", id],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/principals/{id}/keys", { params: { path: { id } }, signal })).then(
        (p) => p.items,
      ),
  });

export const trustedIssuers = () =>
  queryOptions({
    queryKey: ["trusted_issuer", "list"],
    queryFn: ({ signal }) =>
      ok(client.GET("/api/v1/trusted-issuers", { signal })).then((p) => p.items),
  });

/** Events come without a message of their own. */
const AUDIT_MS = 15_000;

export const auditEvents = (kind: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["audit_event", "list", kind ?? "all"],
    refetchInterval: AUDIT_MS,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(
        client.GET("/api/v1/audit-events", {
          params: { query: { limit: 50, cursor, kind } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
