/** Tokens added up. */

import type { UsageTotal } from "../../api/types";

export interface Tokens {
  answers: number;
  input: number;
  output: number;
  cached: number;
}

type Some = Pick<UsageTotal, "answers" | "input" | "output" | "cached">;

export function totalOf(usage: Some[]): Tokens {
  const sum: Tokens = { answers: 0, input: 0, output: 0, cached: 0 };
  for (const each of usage) {
    sum.answers += each.answers;
    sum.input += each.input ?? 0;
    sum.output += each.output ?? 0;
    sum.cached += each.cached ?? 0;
  }
  return sum;
}

export const allOf = ({ input = 0, output = 0 }: Partial<Tokens>) => input + output;

/** How long a group's bar is, of 100: its share of the largest. */
export function barOf(tokens: Partial<Tokens>, groups: Partial<Tokens>[]): number {
  const most = groups.reduce((max, each) => Math.max(max, allOf(each)), 0);
  return most === 0 ? 0 : Math.round((allOf(tokens) / most) * 100);
}

const dollars = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumFractionDigits: 2,
});
const cents = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumSignificantDigits: 2,
});

/** `$12.40`, `$0.0024`; undefined where a price is missing. */
export function moneyOf(micro: number | null | undefined): string | undefined {
  if (micro == null) return undefined;
  const amount = micro / 1_000_000;
  return amount > 0 && amount < 0.1 ? cents.format(amount) : dollars.format(amount);
}

export const GROUPS = ["principal", "target", "model", "grant"] as const;
export type Group = (typeof GROUPS)[number];
export const DAYS = [1, 7, 30, 90] as const;

export interface UsageSearch {
  by?: Group;
  days?: number;
}

/** What the address asks for; what it says wrong is left out. */
export function parseUsageSearch(search: Record<string, unknown>): UsageSearch {
  return {
    by: GROUPS.find((group) => group === search.by),
    days: DAYS.find((days) => days === search.days),
  };
}

/** What answers under no grant, or of a model without a name, are called. */
export function nameOf(group: Group, { key, label }: Pick<UsageTotal, "key" | "label">): string {
  if (key === "") return group === "grant" ? "under no grant" : "unnamed";
  return label || key;
}
