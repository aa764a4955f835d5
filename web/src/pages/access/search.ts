import type { GrantFilter, GrantState } from "../../api/types";

export const STATES: readonly GrantState[] = [
  "requested",
  "active",
  "denied",
  "withdrawn",
  "revoked",
  "completed",
  "expired",
];

/** Whose grants are listed, and which, as it stands in the address. */
export interface AccessSearch {
  all?: true;
  state?: GrantState;
  principal?: string;
  target?: string;
}

const text = (value: unknown) =>
  typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined;

export function parseAccessSearch(search: Record<string, unknown>): AccessSearch {
  const parsed: AccessSearch = {
    all: search.all === true ? true : undefined,
    state: STATES.find((state) => state === search.state),
    principal: text(search.principal),
    target: text(search.target),
  };
  return Object.fromEntries(Object.entries(parsed).filter(([, v]) => v !== undefined));
}

export function filterOf({ all, ...rest }: AccessSearch): GrantFilter {
  return all ? rest : { ...rest, mine: true };
}
