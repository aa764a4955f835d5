/** Identity and access as the API has them, until the generated schema does: the shapes of issue 4,
 * and the operations that answer with them. What `schema.ts` has goes from here. */

import type { components } from "./schema";

type Schemas = components["schemas"];
type Id = string;
type Labels = Record<string, string>;
type Timestamp = string;

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

// People

export type Role = "admin" | "policy_author" | "reviewer" | "auditor" | "member";

export interface Roles {
  roles: Role[];
  /** Labels of the targets whose reviews they decide; null for all. */
  review_scope?: Labels | null;
}

export type User = Omit<Schemas["User"], "role" | "roles" | "review_scope"> &
  Roles & {
    source?: "local" | "oidc";
    last_sign_in_at?: Timestamp | null;
  };

export type SignedInUser = Omit<Schemas["SignedInUser"], "role" | "roles" | "review_scope"> & Roles;

export type CurrentSession = Omit<Schemas["CurrentSession"], "user"> & { user: SignedInUser };

export interface SignInOptions {
  oidc: { name: string; start_url: string } | null;
  links: boolean;
}

export interface GroupRole {
  group: string;
  role: Role;
  target_labels?: Labels | null;
}

/** Something that keeps people out. */
export interface TestProblem {
  code: string;
  detail: string;
}

/** What an admin sees of the provider's configuration; never its secret. */
export interface SignInProvider {
  configured: boolean;
  name?: string | null;
  issuer?: string | null;
  client_id?: string | null;
  scopes: string[];
  groups_claim?: string | null;
  roles: GroupRole[];
  /** The role of those whose groups give them none; null: they are turned away. */
  default_role?: Role | null;
  links: boolean;
  redirect_uris: { callback: string; post_logout: string; backchannel_logout: string };
  reachable: boolean;
  problem?: TestProblem | null;
  ends_sessions: boolean;
  tells_of_logouts: boolean;
}

export interface ProviderTest {
  id: string;
  started_at: Timestamp;
  /** What came back; null until something does. */
  result?: {
    claims: Record<string, unknown>;
    groups: string[];
    roles: Role[];
    review_scope?: Labels | null;
    problems: TestProblem[];
  } | null;
}

/** A program that waits for its person. */
export interface DeviceRequest {
  client_id: string;
  requested_at: Timestamp;
  expires_at: Timestamp;
}

export interface AuthorizeRequest {
  client_id: string;
  redirect_uri: string;
  code_challenge: string;
  state: string;
  scope?: string;
}

// Grants

export type GrantOperation = "read" | "write" | "admin" | "destructive" | "exec";

export type GrantState =
  | "requested"
  | "active"
  | "denied"
  | "withdrawn"
  | "revoked"
  | "completed"
  | "expired";

/** A request for a grant, as policies judge it. */
export interface AccessOperation {
  operations: GrantOperation[];
  task: string;
  duration_seconds: number;
  extends?: Id | null;
}

export type RawOperation = Schemas["RawOperation"] | { access: AccessOperation };

export type NewTrial = Omit<Schemas["NewTrial"], "operation"> & { operation: RawOperation };

export interface GrantRef {
  id: Id;
  task: string;
  break_glass?: boolean;
}

export interface GrantVote {
  email: string;
  decision: "approve" | "deny";
  comment: string;
  at: Timestamp;
}

export interface GrantDecision {
  verdict: Schemas["Effect"];
  reasons: string[];
  /** Groups of those who may decide; any reviewer where empty. */
  reviewers: string[];
  quorum: number;
  by_default?: boolean;
  bundle_revision?: number;
  policies?: Schemas["PolicyOutcome"][];
}

export type MayNotDecide =
  | "role"
  | "scope"
  | "group"
  | "requester"
  | "author"
  | "already_decided"
  | "not_pending";

export interface Grant {
  id: Id;
  state: GrantState;
  principal: { id: Id; name: string; kind: Schemas["PrincipalKind"] };
  on_behalf_of?: string | null;
  requested_by: string;
  targets: { id: Id; name: string; labels?: Labels }[];
  operations: GrantOperation[];
  task: string;
  duration_seconds: number;
  requested_at: Timestamp;
  expires_at?: Timestamp | null;
  extends?: Id | null;
  break_glass: boolean;
  reason?: string | null;
  decision?: GrantDecision | null;
  votes: GrantVote[];
  ended_by?: string | null;
  end_reason?: string | null;
  ended_at?: Timestamp | null;
  may_decide: boolean;
  may_not_decide?: MayNotDecide | null;
  /** How many approvals it has. */
  approvals: number;
  /** When it is denied by itself, while it waits. */
  decide_until?: Timestamp | null;
  decided_at?: Timestamp | null;
  /** Whether it is the reader's, or of an agent that is theirs. */
  mine: boolean;
}

export interface GrantFilter {
  state?: GrantState;
  mine?: boolean;
  principal?: string;
  target?: string;
}

export interface NewGrant {
  principal?: string;
  targets: string[];
  operations: GrantOperation[];
  task: string;
  duration_seconds: number;
  extends?: Id;
}

export interface BreakGlass {
  targets: string[];
  operations: GrantOperation[];
  task: string;
  reason: string;
  duration_seconds: number;
}

/** What the reader may ask for, and for whom. */
export interface GrantOptions {
  targets: { id: Id; name: string; kind: Schemas["TargetKind"]; labels?: Labels }[];
  /** The reader, who may never have been a principal yet, and what they own. */
  principals: { id?: Id | null; name: string; kind: Schemas["PrincipalKind"] }[];
  max_duration_seconds?: number | null;
}

export interface GrantCredential {
  credential: string;
  expires_at: Timestamp;
}

// Locks

export type LockSubject =
  | { kind: "principal"; id: Id }
  | { kind: "human"; name: string }
  | { kind: "session"; id: Id }
  | { kind: "target"; id: Id }
  | { kind: "edge"; id: Id };

export interface Lock {
  id: Id;
  subject: LockSubject;
  /** What the subject is called. */
  name?: string | null;
  reason: string;
  created_by?: string | null;
  created_at: Timestamp;
  expires_at?: Timestamp | null;
  lifted_at?: Timestamp | null;
}

export interface NewLock {
  subject: LockSubject;
  reason: string;
  expires_at?: Timestamp;
}

// Principals

export interface PrincipalKey {
  kid: string;
  created_at: Timestamp;
  created_by?: string | null;
  last_used_at?: Timestamp | null;
}

export interface PrincipalExtras {
  owner?: string | null;
  purpose?: string;
  last_used_at?: Timestamp | null;
}

export interface IssuerRule {
  /** A claim's value, or a pattern with `*`. */
  claims: Record<string, string>;
  principal: string;
}

export interface NewTrustedIssuer {
  name: string;
  issuer: string;
  jwks_uri?: string | null;
  audience: string;
  rules: IssuerRule[];
}

export type TrustedIssuer = NewTrustedIssuer & { id: Id; created_at: Timestamp };

// Audit

export interface AuditEvent {
  id: Id;
  kind: string;
  actor?: string | null;
  subject?: string | null;
  detail: Record<string, unknown>;
  at: Timestamp;
}

// Operations

interface Answers<A> {
  200: { headers: Record<string, unknown>; content: { "application/json": A } };
  default: {
    headers: Record<string, unknown>;
    content: { "application/problem+json": unknown };
  };
}
interface Done {
  204: { headers: Record<string, unknown>; content?: never };
  default: Answers<never>["default"];
}
type Parameters<P, Q> = {
  query?: Q;
  header?: never;
  cookie?: never;
} & ([P] extends [never] ? { path?: never } : { path: P });
type Body<B> = [B] extends [never]
  ? { requestBody?: never }
  : { requestBody: { content: { "application/json": B } } };
type Op<A, P = never, B = never, Q = never> = {
  parameters: Parameters<P, Q>;
  responses: [A] extends [never] ? Done : Answers<A>;
} & Body<B>;

interface ById {
  id: Id;
}
interface Paging {
  limit?: number;
  cursor?: string;
}
type UserBody = Partial<Roles> & { name: string; groups?: string[] };

export interface IdentityPaths {
  "/api/v1/session": {
    get: Op<CurrentSession>;
    post: Op<CurrentSession, never, { token: string }>;
    delete: Op<never>;
  };
  "/api/v1/users": {
    get: Op<Page<User>, never, never, Paging>;
    post: Op<User, never, UserBody & { email: string }>;
  };
  "/api/v1/users/{id}": { patch: Op<User, ById, Partial<UserBody> & { disabled?: boolean }> };
  "/api/v1/policy_trials": { post: Op<Schemas["PolicyTrial"], never, NewTrial> };
  "/api/v1/sign-in/options": { get: Op<SignInOptions> };
  "/api/v1/sign-out": { post: Op<{ end_session_url: string | null }> };
  "/api/v1/sign-in/provider": { get: Op<SignInProvider> };
  "/api/v1/sign-in/provider/test": { post: Op<{ id: string; url: string }> };
  "/api/v1/sign-in/provider/tests/{id}": { get: Op<ProviderTest, ById> };
  "/api/v1/oauth/authorizations": { post: Op<{ redirect_to: string }, never, AuthorizeRequest> };
  "/api/v1/oauth/devices/{user_code}": { get: Op<DeviceRequest, { user_code: string }> };
  "/api/v1/oauth/devices/{user_code}/approve": { post: Op<never, { user_code: string }> };
  "/api/v1/oauth/devices/{user_code}/deny": { post: Op<never, { user_code: string }> };
  "/api/v1/grants": {
    get: Op<Page<Grant>, never, never, GrantFilter & Paging>;
    post: Op<Grant, never, NewGrant>;
  };
  "/api/v1/grants/options": { get: Op<GrantOptions> };
  "/api/v1/grants/break-glass": { post: Op<Grant, never, BreakGlass> };
  "/api/v1/grants/{id}": { get: Op<Grant, ById> };
  "/api/v1/grants/{id}/approve": { post: Op<Grant, ById, { comment: string }> };
  "/api/v1/grants/{id}/deny": { post: Op<Grant, ById, { comment: string }> };
  "/api/v1/grants/{id}/withdraw": { post: Op<Grant, ById> };
  "/api/v1/grants/{id}/revoke": { post: Op<Grant, ById, { reason: string }> };
  "/api/v1/grants/{id}/complete": { post: Op<Grant, ById> };
  "/api/v1/grants/{id}/credentials": {
    post: Op<GrantCredential, ById, { principal?: string; once?: boolean }>;
  };
  "/api/v1/locks": {
    get: Op<Page<Lock>, never, never, Paging>;
    post: Op<Lock, never, NewLock>;
  };
  "/api/v1/locks/{id}": { delete: Op<never, ById> };
  "/api/v1/principals/{id}": {
    get: Op<Schemas["PrincipalView"] & PrincipalExtras, ById>;
    patch: Op<Schemas["PrincipalView"], ById, Record<string, unknown>>;
    delete: Op<never, ById>;
  };
  "/api/v1/principals/{id}/keys": {
    get: Op<Page<PrincipalKey>, ById, never, Paging>;
    post: Op<PrincipalKey, ById, { jwk: Record<string, unknown> }>;
  };
  "/api/v1/principals/{id}/keys/{kid}": { delete: Op<never, ById & { kid: string }> };
  "/api/v1/trusted-issuers": {
    get: Op<Page<TrustedIssuer>, never, never, Paging>;
    post: Op<TrustedIssuer, never, NewTrustedIssuer>;
  };
  "/api/v1/trusted-issuers/{id}": {
    patch: Op<TrustedIssuer, ById, Partial<NewTrustedIssuer>>;
    delete: Op<never, ById>;
  };
  "/api/v1/audit-events": {
    get: Op<Page<AuditEvent>, never, never, { kind?: string; after?: string } & Paging>;
  };
}
