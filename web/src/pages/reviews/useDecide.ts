import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { client, ok } from "../../api/client";
import { review as reviewQuery } from "../../api/queries";
import type { Review, ReviewDecision } from "../../api/types";

/** A key pressed this soon after a review came up was meant for the one before. */
const SETTLE_MS = 400;

/** Decides the review that is on the screen, by the digest of what is on the screen. */
export function useDecide(review: Review, comment: string) {
  const queries = useQueryClient();
  const shownAt = useRef(Number.POSITIVE_INFINITY);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another review starts the time anew
  useEffect(() => {
    shownAt.current = performance.now();
  }, [review.id]);

  // Two keys can come before React has drawn the first one's effect.
  const sent = useRef(false);
  const mutation = useMutation({
    mutationFn: (decision: ReviewDecision) =>
      ok(
        client.POST("/api/v1/reviews/{id}/decisions", {
          params: { path: { id: review.id } },
          body: { decision, comment: comment.trim(), digest: review.digest },
        }),
      ),
    onSuccess: (decided) => queries.setQueryData(reviewQuery(review.id).queryKey, decided),
    onError: () => {
      sent.current = false;
    },
    // Also after a refusal: somebody else may have decided.
    onSettled: () => queries.invalidateQueries({ queryKey: ["review"] }),
  });

  const waits = review.state === "pending" && review.may_decide;
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

export type Decide = ReturnType<typeof useDecide>;
