import type { Effect, TargetKind } from "../../api/types";
import { TARGET_KINDS } from "../../text/targets";

export const EFFECTS: readonly Effect[] = ["allow", "mask", "review", "deny"];
export const PERIODS = { hour: 3600, day: 86_400, week: 604_800, month: 2_592_000 } as const;
export type Period = keyof typeof PERIODS;

/** The session list's filters, as they stand in the address. */
export interface SessionSearch {
  q?: string;
  principal?: string;
  target?: string;
  grant?: string;
  kind?: TargetKind;
  effect?: Effect;
  open?: boolean;
  period?: Period;
}

const text = (value: unknown) =>
  // The router reads `q=42` as a number.
  typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined;

export function parseSessionSearch(search: Record<string, unknown>): SessionSearch {
  const parsed: SessionSearch = {
    q: text(search.q),
    principal: text(search.principal),
    target: text(search.target),
    grant: text(search.grant),
    kind: TARGET_KINDS.find((kind) => kind === search.kind),
    effect: EFFECTS.find((e) => e === search.effect),
    open: typeof search.open === "boolean" ? search.open : undefined,
    period: (Object.keys(PERIODS) as Period[]).find((p) => p === search.period),
  };
  return Object.fromEntries(Object.entries(parsed).filter(([, v]) => v !== undefined));
}

/** The start of a period, to the minute, so that the same filter is the same query. */
export function sinceOf(period: Period | undefined, now: number): string | undefined {
  if (!period) return undefined;
  const start = now - PERIODS[period] * 1000;
  return new Date(start - (start % 60_000)).toISOString();
}
