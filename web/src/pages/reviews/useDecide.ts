import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { grant as grantQuery } from "../../api/accessQueries";
import { client, ok } from "../../api/client";
import { review as reviewQuery } from "../../api/queries";
import type { Grant, Id, Review, ReviewDecision } from "../../api/types";

/** A key pressed this soon after a review came up was meant for the one before. */
const SETTLE_MS = 400;

interface Subject<T> {
  id: Id;
  /** It waits, and the reader may decide it. */
  waits: boolean;
  send: (decision: ReviewDecision) => Promise<T>;
  keep: (decided: T) => void;
  /** The queries that a decision makes stale. */
  stale: string;
}

/** Decides what is on the screen: once, and by no key that was meant for something else. */
function useDecision<T>({ id, waits, send, keep, stale }: Subject<T>) {
  const queries = useQueryClient();
  const shownAt = useRef(Number.POSITIVE_INFINITY);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another review starts the time anew
  useEffect(() => {
    shownAt.current = performance.now();
  }, [id]);

  // Two keys can come before React has drawn the first one's effect.
  const sent = useRef(false);
  const mutation = useMutation({
    mutationFn: send,
    onSuccess: keep,
    onError: () => {
      sent.current = false;
    },
    // Also after a refusal: somebody else may have decided.
    onSettled: () => queries.invalidateQueries({ queryKey: [stale] }),
  });

  const open = waits && !mutation.isPending && !mutation.isSuccess;
  const decide = (decision: ReviewDecision) => {
    if (!open || sent.current) return;
    sent.current = true;
    mutation.mutate(decision);
  };
  return {
    open,
    deciding: mutation.isPending ? mutation.variables : undefined,
    error: mutation.error,
    by: decide,
    byKey: (decision: ReviewDecision) => {
      if (performance.now() - shownAt.current > SETTLE_MS) decide(decision);
    },
  };
}

export type Decide = ReturnType<typeof useDecision>;

/** Decides a held action, by the digest of what is on the screen. */
export function useDecide(review: Review, comment: string): Decide {
  const queries = useQueryClient();
  return useDecision({
    id: review.id,
    waits: review.state === "pending" && review.may_decide,
    send: (decision) =>
      ok(
        client.POST("/api/v1/reviews/{id}/decisions", {
          params: { path: { id: review.id } },
          body: { decision, comment: comment.trim(), digest: review.digest },
        }),
      ),
    keep: (decided) => queries.setQueryData(reviewQuery(review.id).queryKey, decided),
    stale: "review",
  });
}

/** Decides a request for access. */
export function useDecideGrant(grant: Grant, comment: string): Decide {
  const queries = useQueryClient();
  const options = { params: { path: { id: grant.id } }, body: { comment: comment.trim() } };
  return useDecision({
    id: grant.id,
    waits: grant.state === "requested" && grant.may_decide,
    send: (decision) =>
      decision === "approve"
        ? ok(client.POST("/api/v1/grants/{id}/approve", options))
        : ok(client.POST("/api/v1/grants/{id}/deny", options)),
    keep: (decided) => queries.setQueryData(grantQuery(grant.id).queryKey, decided),
    stale: "grant",
  });
}
