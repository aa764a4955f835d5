/** Fixtures of identity and access. */

import type {
  AuditEvent,
  Grant,
  GrantDecision,
  Lock,
  PrincipalKey,
  ProviderTest,
  SignInOptions,
  SignInProvider,
  TrustedIssuer,
} from "../../src/api/types";
import { ago, digest, id } from "./ids";
import { ADMIN, BOT, COPILOT, TARGET_IDS } from "./people";
import { outcome } from "./reviews";

const PRODUCTION = {
  id: TARGET_IDS.production,
  name: "shop-production",
  labels: { env: "production", team: "payments" },
};
const STAGING = {
  id: TARGET_IDS.staging,
  name: "shop-staging",
  labels: { env: "staging", team: "payments" },
};

export const GRANT_IDS = {
  waiting: id("64", 1),
  own: id("64", 2),
  active: id("64", 3),
  glass: id("64", 4),
  bot: id("64", 5),
  ended: id("64", 6),
};

const HELD: GrantDecision = {
  verdict: "review",
  reasons: ["Writing on env=production needs one of dba."],
  reviewers: ["dba"],
  quorum: 1,
  by_default: false,
  bundle_revision: 413,
  policies: [
    outcome(
      "destructive-guard",
      {
        said: {
          review: {
            reason: "Writing on env=production needs one of dba.",
            reviewers: ["dba"],
            quorum: 1,
            expires_in: 3600,
          },
        },
      },
      6,
    ),
    outcome(
      "environment-boundary",
      { said: { deny: "The task names staging; the target is production." } },
      4,
      { stage: "shadow" },
    ),
    outcome("bulk-read-guard", { said: "abstain" }, 3),
  ],
};

export const grantOf = (more: Partial<Grant>): Grant => ({
  id: GRANT_IDS.waiting,
  state: "requested",
  principal: { id: id("b0", 4), name: "migrate-agent", kind: "agent" },
  on_behalf_of: "erin@example.com",
  requested_by: "migrate-agent",
  targets: [PRODUCTION],
  operations: ["read", "write"],
  task: "backfill currency column",
  duration_seconds: 1800,
  requested_at: ago(10),
  expires_at: null,
  extends: null,
  break_glass: false,
  reason: "",
  decision: HELD,
  votes: [],
  ended_by: null,
  end_reason: null,
  ended_at: null,
  may_decide: true,
  may_not_decide: null,
  approvals: 0,
  decide_until: ago(-1620),
  decided_at: null,
  mine: false,
  ...more,
});

const ME = { id: id("b0", 7), name: ADMIN.email, kind: "human" as const };
export const ALLOWED: GrantDecision = {
  verdict: "allow",
  reasons: ["Reading on env=staging for up to 8 h is approved by itself."],
  reviewers: [],
  quorum: 0,
  by_default: false,
  bundle_revision: 413,
  policies: [],
};
export const REFUSED: GrantDecision = {
  ...ALLOWED,
  verdict: "deny",
  reasons: ["access-guard denies exec on env=production."],
};

const decided = { may_decide: false, may_not_decide: "not_pending" as const, decide_until: null };

export const grants = (): Grant[] => [
  grantOf({}),
  grantOf({
    id: GRANT_IDS.own,
    principal: ME,
    on_behalf_of: null,
    requested_by: ADMIN.email,
    operations: ["read", "destructive"],
    task: "remove the demo customers",
    duration_seconds: 3600,
    requested_at: ago(6),
    may_decide: false,
    may_not_decide: "requester",
    mine: true,
  }),
  grantOf({
    ...decided,
    id: GRANT_IDS.active,
    state: "active",
    principal: ME,
    on_behalf_of: null,
    requested_by: ADMIN.email,
    targets: [STAGING],
    operations: ["read"],
    task: "look at refund 1042",
    requested_at: ago(640),
    decided_at: ago(640),
    expires_at: ago(-1160),
    decision: ALLOWED,
    mine: true,
  }),
  grantOf({
    ...decided,
    id: GRANT_IDS.bot,
    state: "active",
    principal: { id: BOT.id, name: BOT.name, kind: "agent" },
    on_behalf_of: "alice@example.com",
    requested_by: "alice@example.com",
    operations: ["read", "write"],
    task: "release 4.18: new price table",
    duration_seconds: 4 * 3600,
    requested_at: ago(3000),
    decided_at: ago(2800),
    expires_at: ago(-3 * 3600),
    approvals: 1,
    votes: [{ email: "carol@example.com", decision: "approve", comment: "go on", at: ago(2800) }],
  }),
  grantOf({
    ...decided,
    id: GRANT_IDS.ended,
    state: "revoked",
    principal: { id: COPILOT.id, name: COPILOT.name, kind: "agent" },
    on_behalf_of: "bob@example.com",
    requested_by: "bob@example.com",
    targets: [PRODUCTION, STAGING],
    operations: ["read"],
    task: "support case 881",
    requested_at: ago(9000),
    decided_at: ago(8900),
    expires_at: ago(7200),
    ended_at: ago(8000),
    ended_by: "carol@example.com",
    end_reason: "it read more than the case needs",
  }),
];

/** What the agent that asks held before, and never used. */
export const unused = (): Grant =>
  grantOf({
    ...decided,
    id: id("64", 8),
    state: "expired",
    operations: ["admin"],
    task: "add the currency column",
    requested_at: ago(20 * 86_400),
    decided_at: ago(20 * 86_400),
    expires_at: ago(20 * 86_400 - 4 * 3600),
    ended_at: ago(20 * 86_400 - 4 * 3600),
    duration_seconds: 4 * 3600,
    targets: [{ id: id("7a", 3), name: "warehouse", labels: { env: "production" } }],
  });

export const breakGlass = (): Grant =>
  grantOf({
    ...decided,
    id: GRANT_IDS.glass,
    state: "active",
    principal: { id: id("b0", 8), name: "carol@example.com", kind: "human" },
    on_behalf_of: null,
    requested_by: "carol@example.com",
    operations: ["read", "write", "admin"],
    task: "restore checkout",
    reason: "Checkout is down and nobody else is awake.",
    requested_at: ago(300),
    decided_at: ago(300),
    expires_at: ago(-3300),
    duration_seconds: 3600,
    decision: null,
    break_glass: true,
  });

export const locks = (): Lock[] => [
  {
    id: id("10c", 1),
    subject: { kind: "human", name: "bob@example.com" },
    name: "bob@example.com",
    reason: "His laptop was stolen.",
    created_by: ADMIN.email,
    created_at: ago(4000),
    expires_at: null,
    lifted_at: null,
    lifted_by: null,
  },
  {
    id: id("10c", 2),
    subject: { kind: "edge", id: id("ed", 3) },
    name: "edge-lab",
    reason: "It showed an older state than it had: its disk was restored, or its key was copied.",
    created_by: "system",
    created_at: ago(7200),
    expires_at: null,
    lifted_at: null,
    lifted_by: null,
  },
  {
    id: id("10c", 3),
    subject: { kind: "target", id: id("7a", 3) },
    name: "warehouse",
    reason: "Maintenance until noon.",
    created_by: "carol@example.com",
    created_at: ago(600),
    expires_at: ago(-3600),
    lifted_at: null,
    lifted_by: null,
  },
];

export const keys = (): PrincipalKey[] => [
  {
    kid: digest(3).slice(0, 43),
    jwk: { kty: "OKP", crv: "Ed25519", x: digest(4).slice(0, 43) },
    created_at: ago(12 * 86_400),
    created_by: ADMIN.email,
    last_used_at: null,
  },
];

export const OIDC: SignInOptions = {
  oidc: { name: "Example SSO", start_url: "/auth/oidc/start" },
  links: false,
};

export const provider = (): SignInProvider => ({
  configured: true,
  name: "Example SSO",
  issuer: "https://login.example.com/realms/shop",
  client_id: "countersign",
  scopes: ["openid", "profile", "email", "groups"],
  groups_claim: "groups",
  roles: [
    { group: "platform", role: "admin", target_labels: null },
    { group: "payments-leads", role: "reviewer", target_labels: { team: "payments" } },
    { group: "engineering", role: "member", target_labels: null },
  ],
  default_role: null,
  links: false,
  redirect_uris: {
    callback: "https://countersign.example.com/auth/oidc/callback",
    post_logout: "https://countersign.example.com/sign-in",
    backchannel_logout: "https://countersign.example.com/auth/oidc/backchannel-logout",
  },
  reachable: true,
  problem: null,
  ends_sessions: true,
  tells_of_logouts: true,
});

export const TESTS = { good: id("7e", 1), bad: id("7e", 2), waiting: id("7e", 3) };

export const providerTests = (): Record<string, ProviderTest> => ({
  [TESTS.good]: {
    id: TESTS.good,
    started_at: ago(5),
    result: {
      claims: {
        iss: "https://login.example.com/realms/shop",
        sub: "8c1f0e",
        email: "dana@example.com",
        email_verified: true,
        name: "Dana Reyes",
        groups: ["platform", "everyone"],
      },
      roles: ["admin"],
      groups: ["platform", "everyone"],
      review_scope: null,
      problems: [],
    },
  },
  [TESTS.waiting]: { id: TESTS.waiting, started_at: ago(20), result: null },
  [TESTS.bad]: {
    id: TESTS.bad,
    started_at: ago(5),
    result: {
      claims: { sub: "8c1f0e", email: "dana@example.com", roles: ["platform"] },
      roles: [],
      groups: [],
      review_scope: null,
      problems: [
        {
          code: "no_role",
          detail: "There is no claim groups. Ask the provider to send it, or set groups_claim.",
        },
      ],
    },
  },
});

export const issuers = (): TrustedIssuer[] => [
  {
    id: id("15", 1),
    name: "github-actions",
    issuer: "https://token.actions.githubusercontent.com",
    jwks_uri: null,
    audience: "countersign",
    rules: [
      {
        claims: { repository: "shop/checkout", ref: "refs/heads/main" },
        principal: "release-bot",
      },
      { claims: { repository: "shop/*", environment: "staging" }, principal: "migrate-agent" },
    ],
    created_at: ago(30 * 86_400),
    updated_at: ago(30 * 86_400),
  },
  {
    id: id("15", 2),
    name: "eu-cluster",
    issuer: "https://kubernetes.default.svc",
    jwks_uri: "https://10.0.0.1/openid/v1/jwks",
    audience: "countersign",
    rules: [
      {
        claims: { sub: "system:serviceaccount:analytics:nightly" },
        principal: "nightly-reports",
      },
    ],
    created_at: ago(3 * 86_400),
    updated_at: ago(3 * 86_400),
  },
];

const event = (n: number, kind: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: id("a0", n),
  kind,
  actor: ADMIN.email,
  subject: null,
  detail: {},
  at: ago(n * 700),
  ...more,
});

export const auditEvents = (): AuditEvent[] => [
  event(1, "grant.break_glass", {
    actor: "carol@example.com",
    subject: "shop-production",
    detail: { task: "restore checkout", reason: "Checkout is down.", duration_seconds: 3600 },
  }),
  event(2, "sign_in.refused", {
    actor: null,
    subject: "mallory@example.com",
    detail: { code: "no_role", address: "203.0.113.9" },
  }),
  event(3, "sign_in.succeeded", { detail: { by: "provider", roles: ["admin"] } }),
  event(4, "grant.approved", {
    actor: "carol@example.com",
    subject: "release-bot",
    detail: { comment: "go on", targets: ["shop-production"] },
  }),
  event(5, "lock.set", {
    subject: "bob@example.com",
    detail: { reason: "His laptop was stolen." },
  }),
  event(6, "edge.cloned", {
    actor: null,
    subject: "edge-lab",
    detail: { shown_generation: 411, known_generation: 418 },
  }),
  event(7, "token.issued", { subject: "release-bot", detail: { via: "github-actions" } }),
  event(8, "sign_in.link_used", { detail: { address: "10.4.2.17" } }),
];
