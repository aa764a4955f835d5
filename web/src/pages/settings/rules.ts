/** Rules of a trusted issuer, as they are typed and as they are sent. */

import type { IssuerRule, Labels } from "../../api/types";

/** A rule on the screen; its key stays when others come and go. */
export interface RuleDraft {
  key: number;
  claims: Labels;
  principal: string;
}

let made = 0;

export function draftOf(rule?: IssuerRule): RuleDraft {
  made += 1;
  return { key: made, claims: rule?.claims ?? {}, principal: rule?.principal ?? "" };
}

export const rulesOf = (drafts: RuleDraft[]): IssuerRule[] =>
  drafts.map(({ claims, principal }) => ({ claims, principal: principal.trim() }));

/** What is wrong with a rule before the server is asked: one without claims fits every workload. */
export function faultOf({ claims, principal }: RuleDraft): string | undefined {
  if (Object.keys(claims).length === 0) return "Name a claim, such as sub=….";
  if (principal.trim() === "") return "Say whose credentials they get.";
  return undefined;
}
