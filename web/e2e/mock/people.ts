import type {
  Credential,
  CurrentSession,
  JoinTokenView,
  Principal,
  PrincipalView,
  TargetView,
  User,
} from "../../src/api/types";
import { ago, id } from "./ids";

export const ADMIN: User = {
  id: id("aa", 1),
  name: "Dana Reyes",
  email: "dana@example.com",
  roles: ["admin"],
  review_scope: null,
  source: "local",
  last_sign_in_at: ago(3600),
  groups: ["dba"],
  created_at: ago(80 * 86_400),
  disabled_at: null,
};

export const users = (): User[] => [
  ADMIN,
  {
    ...ADMIN,
    id: id("aa", 2),
    name: "Carol Ng",
    email: "carol@example.com",
    roles: ["policy_author", "reviewer"],
    review_scope: { team: "payments" },
    source: "oidc",
    groups: ["dba", "payments-leads"],
  },
  {
    ...ADMIN,
    id: id("aa", 3),
    name: "Audit",
    email: "audit@example.com",
    roles: ["auditor"],
    groups: [],
  },
  {
    ...ADMIN,
    id: id("aa", 4),
    name: "Eve Old",
    email: "eve@example.com",
    roles: ["reviewer"],
    last_sign_in_at: null,
    groups: [],
    disabled_at: ago(86_400 * 3),
  },
];

export const signedIn = (user: User = ADMIN): CurrentSession => ({
  user: {
    id: user.id,
    name: user.name,
    email: user.email,
    roles: user.roles,
    groups: user.groups,
    review_scope: user.review_scope,
  },
  csrf_token: "csrf-of-this-session",
  expires_at: ago(-12 * 3600),
});

export const BOT: Principal = {
  id: id("b0", 1),
  name: "release-bot",
  kind: "agent",
  groups: ["platform"],
  claims: { env: "staging" },
  on_behalf_of: "alice@example.com",
};
export const COPILOT: Principal = {
  id: id("b0", 2),
  name: "support-copilot",
  kind: "agent",
  groups: ["support"],
  claims: {},
  on_behalf_of: "bob@example.com",
};
export const REPORTS: Principal = {
  id: id("b0", 3),
  name: "nightly-reports",
  kind: "service",
  groups: ["analytics"],
  claims: {},
};

const view = (
  principal: Principal,
  active: number,
  age: number,
  extras: Partial<PrincipalView> = {},
): PrincipalView => ({
  ...principal,
  purpose: "",
  last_used_at: ago(age / 9000),
  ...extras,
  active_credentials: active,
  created_at: ago(age),
  updated_at: ago(age),
});

export const principals = (): PrincipalView[] => [
  view(REPORTS, 1, 40 * 86_400, { owner: "group:analytics", purpose: "nightly revenue tables" }),
  view(BOT, 2, 12 * 86_400, {
    owner: "alice@example.com",
    purpose: "ships releases and their migrations",
  }),
  view(COPILOT, 1, 3 * 86_400, { owner: ADMIN.email, purpose: "answers support cases" }),
  view(
    {
      id: id("b0", 4),
      name: "migrate-agent",
      kind: "agent",
      groups: [],
      claims: {},
      on_behalf_of: "erin@example.com",
    },
    0,
    3600,
    { last_used_at: null },
  ),
];

export const credentials = (principalId: string): Credential[] => [
  {
    id: id("c0", 1),
    principal_id: principalId,
    kind: "opaque",
    once: false,
    grant_id: null,
    on_behalf_of: null,
    last_used_at: null,
    created_at: ago(3600),
    expires_at: ago(-7 * 3600),
    revoked_at: null,
  },
  {
    id: id("c0", 2),
    principal_id: principalId,
    kind: "opaque",
    once: false,
    grant_id: null,
    on_behalf_of: null,
    last_used_at: null,
    created_at: ago(86_400 * 2),
    expires_at: ago(86_400),
    revoked_at: null,
  },
  {
    id: id("c0", 3),
    principal_id: principalId,
    kind: "opaque",
    once: false,
    grant_id: null,
    on_behalf_of: null,
    last_used_at: null,
    created_at: ago(86_400 * 9),
    expires_at: ago(86_400 * 2),
    revoked_at: ago(86_400 * 8),
  },
];

export const TARGET_IDS = { production: id("7a", 1), staging: id("7a", 2) };

export const targets = (): TargetView[] => [
  {
    id: TARGET_IDS.production,
    name: "shop-production",
    kind: "postgres",
    labels: { env: "production", team: "payments" },
    default_verdict: "deny",
    access: "grant",
    created_at: ago(60 * 86_400),
    updated_at: ago(2 * 86_400),
  },
  {
    id: TARGET_IDS.staging,
    name: "shop-staging",
    kind: "postgres",
    labels: { env: "staging", team: "payments" },
    default_verdict: "allow",
    access: "standing",
    created_at: ago(60 * 86_400),
    updated_at: ago(9 * 86_400),
  },
  {
    id: id("7a", 3),
    name: "warehouse",
    kind: "postgres",
    labels: { env: "production" },
    default_verdict: "deny",
    access: "standing",
    created_at: ago(86_400),
    updated_at: ago(86_400),
  },
];

export const joinTokens = (): JoinTokenView[] => [
  {
    id: id("10", 1),
    name: "edge-us-2",
    created_at: ago(600),
    expires_at: ago(-3000),
    used_at: null,
    edge_id: null,
    revoked_at: null,
  },
  {
    id: id("10", 2),
    name: "edge-eu-1",
    created_at: ago(86_400 * 60),
    expires_at: ago(86_400 * 59),
    used_at: ago(86_400 * 60 - 90),
    edge_id: id("ed", 1),
    revoked_at: null,
  },
];
