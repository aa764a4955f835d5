/** Roles, grants and locks in words. */

import type {
  Grant,
  GrantOperation,
  GrantState,
  Labels,
  LockSubject,
  MayNotDecide,
  Role,
  TargetAccess,
} from "../api/types";
import type { Tone } from "../ui/Pill";
import { formatSeconds, shortId } from "./format";

export const ROLES: { value: Role; label: string; help: string }[] = [
  { value: "admin", label: "admin", help: "changes everything" },
  { value: "policy_author", label: "policy author", help: "writes and binds policies" },
  { value: "reviewer", label: "reviewer", help: "decides reviews and requests for access" },
  { value: "auditor", label: "auditor", help: "reads everything" },
  { value: "member", label: "member", help: "asks for access, sees what is their own" },
];

export const roleWord = (role: Role) => role.replaceAll("_", " ");

/** Which reviews somebody decides, where it is not all of them. */
export function scopeWords(scope: Labels | null | undefined): string[] {
  return Object.entries(scope ?? {}).map(([key, value]) => `${key}=${value}`);
}

export const OPERATIONS: { value: GrantOperation; help: string }[] = [
  { value: "read", help: "look" },
  { value: "write", help: "change rows" },
  { value: "admin", help: "change schema and rights" },
  { value: "destructive", help: "drop, empty, change without bound" },
  { value: "exec", help: "call what leaves the database" },
];

/** Where a mistake is dear, as a label's hot colour says. */
export const isRisky = (operation: GrantOperation) =>
  operation === "admin" || operation === "destructive" || operation === "exec";

export const GRANT_TONE: Record<GrantState, Tone> = {
  requested: "review",
  active: "allow",
  denied: "deny",
  withdrawn: "shadow",
  revoked: "deny",
  completed: "shadow",
  expired: "shadow",
};

export const GRANT_WORD: Record<GrantState, string> = {
  requested: "waits",
  active: "in force",
  denied: "denied",
  withdrawn: "withdrawn",
  revoked: "revoked",
  completed: "completed",
  expired: "ended",
};

const MAY_NOT: Record<MayNotDecide, string> = {
  role: "Your role reads and does not decide.",
  scope: "You decide for targets with other labels.",
  group: "You are in none of the groups that may decide.",
  requester: "You asked for it, or it is for you. Somebody else must decide.",
  author: "You wrote the policy that asks for this decision. Somebody else must decide.",
  already_decided: "You have decided. It waits for others.",
  not_pending: "It is not waiting for a decision any more.",
};

/** Why the reader may not decide a request, in words; undefined where they may. */
export function whyNotGrant(grant: Grant): string | undefined {
  if (grant.state !== "requested") return MAY_NOT.not_pending;
  if (!grant.may_decide) return MAY_NOT[grant.may_not_decide ?? "role"];
  return undefined;
}

/** `read, write for 30 min`. */
export const asked = (grant: Pick<Grant, "operations" | "duration_seconds">) =>
  `${grant.operations.join(", ")} for ${formatSeconds(grant.duration_seconds)}`;

/** `shop-production`, `shop-production and 2 more`. */
export function targetsOf(grant: Pick<Grant, "targets">): string {
  const [first, ...more] = grant.targets;
  if (!first) return "nothing";
  return more.length === 0 ? first.name : `${first.name} and ${more.length} more`;
}

/** `release-bot for alice@example.com`. */
export const holderOf = (grant: Pick<Grant, "principal" | "on_behalf_of">) =>
  grant.on_behalf_of && grant.on_behalf_of !== grant.principal.name
    ? `${grant.principal.name} for ${grant.on_behalf_of}`
    : grant.principal.name;

export const grantId = (id: string) => shortId("X", id);

const KIND: Record<LockSubject["kind"], string> = {
  principal: "principal",
  human: "person and their agents",
  session: "session",
  target: "target",
  edge: "edge",
};

export const lockKind = (subject: LockSubject) => KIND[subject.kind];

/** What it takes to get in, beside a credential. */
export const ACCESS: { value: TargetAccess; label: string }[] = [
  { value: "standing", label: "a credential; policies judge the rest" },
  { value: "grant", label: "a credential and a grant in force" },
];

/** A word that a shell takes as it is. */
export const shellWord = (text: string) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
