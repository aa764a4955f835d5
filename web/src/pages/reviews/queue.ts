/** The queue's order: what a person reads stays where it is, and what is new comes below it. */

import type { Id, ReviewSummary } from "../../api/types";

/** `order` with new pending reviews behind it, the longest waiting first. The same array when there
 * is nothing new. */
export function extendOrder(order: Id[], pending: ReviewSummary[]): Id[] {
  const fresh = pending
    .filter((review) => !order.includes(review.id))
    .sort((a, b) => a.requested_at.localeCompare(b.requested_at) || a.id.localeCompare(b.id));
  return fresh.length === 0 ? order : [...order, ...fresh.map((review) => review.id)];
}

/** The reviews of `order`, each as fresh as known; those nothing is known of are left out. */
export function inOrder(order: Id[], ...sources: ReviewSummary[][]): ReviewSummary[] {
  const known = new Map<Id, ReviewSummary>();
  for (const source of sources) for (const review of source) known.set(review.id, review);
  return order.flatMap((id) => known.get(id) ?? []);
}

export function matchesSearch(review: ReviewSummary, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return true;
  const { principal } = review;
  return [
    review.excerpt,
    review.target,
    review.reason,
    principal.name,
    principal.on_behalf_of ?? "",
  ]
    .join("\n")
    .toLowerCase()
    .includes(wanted);
}

/** The id `step` places from `current`; the first one when `current` is not in the list. */
export function neighbour(ids: Id[], current: Id | undefined, step: 1 | -1): Id | undefined {
  const at = current === undefined ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0];
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))];
}
