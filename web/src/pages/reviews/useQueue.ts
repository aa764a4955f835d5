import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { grant, grantsInState } from "../../api/accessQueries";
import { pendingReviews, review } from "../../api/queries";
import type { Id } from "../../api/types";
import { extendOrder, inOrder, isRequest, type Waiting } from "./queue";

/** Both answers, or what went wrong with either. */
function both(held: UseQueryResult<unknown, Error>, requests: UseQueryResult<unknown, Error>) {
  const failed = [held, requests].find((query) => query.error && query.data === undefined);
  return {
    ready: held.data !== undefined && requests.data !== undefined,
    error: failed?.error,
    retry: () => {
      for (const query of [held, requests]) if (query.error) void query.refetch();
    },
  };
}

const known = <T>(results: UseQueryResult<T, Error>[]) =>
  results.flatMap((result) => result.data ?? []);

/** What waits for a decision, and what was decided while the page was open, in place. */
export function useQueue() {
  const held = useQuery(pendingReviews());
  const requests = useQuery(grantsInState("requested"));
  const pending: Waiting[] = [...(held.data ?? []), ...(requests.data ?? [])];
  const [order, setOrder] = useState<Id[]>([]);
  // Those of the order that are requests; what was decided is asked for by its kind.
  const [asked, setAsked] = useState<Id[]>([]);
  // The one that has waited longest comes first, so nothing is shown before both are there.
  const { ready, error, retry } = both(held, requests);
  const extended = ready ? extendOrder(order, pending) : order;
  if (extended !== order) {
    setOrder(extended);
    setAsked([...asked, ...pending.filter(isRequest).map((item) => item.id)]);
  }

  const waiting = new Set(pending.map((item) => item.id));
  const left = extended.filter((id) => !waiting.has(id));
  const decidedReviews = useQueries({
    queries: left.filter((id) => !asked.includes(id)).map((id) => review(id)),
    combine: known,
  });
  const decidedRequests = useQueries({
    queries: left.filter((id) => asked.includes(id)).map((id) => grant(id)),
    combine: known,
  });
  return {
    ready,
    error,
    retry,
    items: inOrder<Waiting>(extended, decidedReviews, decidedRequests, pending),
    decided: left.length,
    clear: () => setOrder(extended.filter((id) => waiting.has(id))),
  };
}
