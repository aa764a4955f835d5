import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { pendingReviews, review } from "../../api/queries";
import type { Id } from "../../api/types";
import { extendOrder, inOrder } from "./queue";

/** The pending reviews, and those that were decided while the page was open, in place. */
export function useQueue() {
  const pending = useQuery(pendingReviews());
  const [order, setOrder] = useState<Id[]>([]);
  const extended = extendOrder(order, pending.data ?? []);
  if (extended !== order) setOrder(extended);

  const waiting = new Set(pending.data?.map((r) => r.id));
  const left = extended.filter((id) => !waiting.has(id));
  const decided = useQueries({
    queries: left.map((id) => review(id)),
    combine: (results) => results.flatMap((result) => result.data ?? []),
  });
  return {
    query: pending,
    reviews: inOrder(extended, decided, pending.data ?? []),
    decided: left.length,
    clear: () => setOrder(extended.filter((id) => waiting.has(id))),
  };
}
