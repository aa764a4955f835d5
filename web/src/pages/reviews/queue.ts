/** The queue's order: what a person reads stays where it is, and what is new comes below it. */

import type { Grant, Id, ReviewSummary } from "../../api/types";
import { holderOf } from "../../text/access";

/** What waits for a decision: an action that is held, or a request for access. */
export type Waiting = ReviewSummary | Grant;

export const isRequest = (item: Waiting): item is Grant => "operations" in item;

export const isPending = (item: Waiting) =>
  item.state === (isRequest(item) ? "requested" : "pending");

type Asked = Pick<Waiting, "id" | "requested_at">;

/** `order` with what is new behind it, the longest waiting first. The same array when there is
 * nothing new. */
export function extendOrder(order: Id[], pending: Asked[]): Id[] {
  const fresh = pending
    .filter((item) => !order.includes(item.id))
    .sort((a, b) => a.requested_at.localeCompare(b.requested_at) || a.id.localeCompare(b.id));
  return fresh.length === 0 ? order : [...order, ...fresh.map((item) => item.id)];
}

/** The items of `order`, each as fresh as known; those nothing is known of are left out. */
export function inOrder<T extends Asked>(order: Id[], ...sources: T[][]): T[] {
  const known = new Map<Id, T>();
  for (const source of sources) for (const item of source) known.set(item.id, item);
  return order.flatMap((id) => known.get(id) ?? []);
}

const textOf = (item: Waiting) =>
  isRequest(item)
    ? [item.task, holderOf(item), item.requested_by, ...item.targets.map((t) => t.name)]
    : [
        item.excerpt,
        item.target,
        item.reason,
        item.principal.name,
        item.principal.on_behalf_of ?? "",
      ];

export function matchesSearch(item: Waiting, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  return wanted === "" || textOf(item).join("\n").toLowerCase().includes(wanted);
}

/** The id `step` places from `current`; the first one when `current` is not in the list. */
export function neighbour(ids: Id[], current: Id | undefined, step: 1 | -1): Id | undefined {
  const at = current === undefined ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0];
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))];
}
