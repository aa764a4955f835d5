/** Identity and access at the mock: grants, locks, keys, issuers, the provider, consent, audit. */

import type {
  BreakGlass,
  Grant,
  LiveMessage,
  NewGrant,
  NewLock,
  NewTrustedIssuer,
  PrincipalView,
  SignInOptions,
  TargetView,
  User,
} from "../../src/api/types";
import { Refusal, type Route } from "./http";
import * as data from "./identityData";
import { digest, id } from "./ids";

interface House {
  user: User;
  principals: PrincipalView[];
  targets: TargetView[];
  empty: boolean;
  page<T>(items: T[], query: URLSearchParams): { items: T[]; next_cursor: string | null };
  emit(message: LiveMessage): void;
}

/** A kind that ends with a dot is a family of kinds. */
const isKind = (kind: string, wanted: string) =>
  wanted.endsWith(".") || wanted === "" ? kind.startsWith(wanted) : kind === wanted;

const USER_CODE = "WDJB-MJHT";

export class Identity {
  options: SignInOptions = { oidc: null, links: true };
  provider = data.provider();
  tests = data.providerTests();
  grants: Grant[] = data.grants();
  locks = data.locks();
  issuers = data.issuers();
  keys = data.keys();
  events = data.auditEvents();
  /** What a sign-out answers. */
  endSessionUrl: string | null = null;
  /** The bodies of what the command line was allowed, and what became of the device's code. */
  authorized: unknown[] = [];
  device: "waits" | "approve" | "deny" = "waits";
  private made = 0;

  constructor(private readonly house: House) {}

  private now() {
    return new Date().toISOString();
  }

  private later(seconds: number) {
    return new Date(Date.now() + seconds * 1000).toISOString();
  }

  private grant(grantId: string): Grant {
    const found = this.grants.find((g) => g.id === grantId);
    if (!found) throw new Refusal(404, "not_found", "There is no such grant.");
    return found;
  }

  private named(names: string[]) {
    if (names.length === 0) {
      const detail = "must name 1 to 20";
      throw new Refusal(422, "invalid_body", `/targets: ${detail}`, [
        { pointer: "/targets", detail },
      ]);
    }
    return names.map((name, index) => {
      const found = this.house.targets.find((t) => t.name === name);
      if (!found) {
        const [pointer, detail] = [`/targets/${index}`, "there is no such target"];
        throw new Refusal(422, "invalid_body", `${pointer}: ${detail}`, [{ pointer, detail }]);
      }
      return { id: found.id, name, labels: found.labels ?? {} };
    });
  }

  private me() {
    return { id: id("b0", 7), name: this.house.user.email, kind: "human" as const };
  }

  private add(more: Partial<Grant>): Grant {
    this.made += 1;
    const grant = data.grantOf({
      id: id("64", 50 + this.made),
      requested_by: this.house.user.email,
      on_behalf_of: null,
      requested_at: this.now(),
      may_decide: false,
      may_not_decide: "requester",
      mine: true,
      ...more,
    });
    this.grants.unshift(grant);
    this.house.emit({ type: "grant", id: grant.id });
    return grant;
  }

  private ask(body: NewGrant): Grant {
    if (body.task === "locked agent")
      throw new Refusal(403, "locked", "support-copilot is locked: it runs wild");
    const agent = this.house.principals.find((p) => p.name === body.principal);
    const auto = body.operations.every((o) => o === "read");
    const common = {
      principal: agent
        ? { id: agent.id, name: agent.name, kind: agent.kind, owner: agent.owner }
        : this.me(),
      on_behalf_of: agent ? this.house.user.email : null,
      targets: this.named(body.targets),
      operations: body.operations,
      task: body.task,
      duration_seconds: body.duration_seconds,
      extends: body.extends ?? null,
    };
    const decided = {
      ...common,
      may_not_decide: "not_pending" as const,
      decided_at: this.now(),
      decide_until: null,
    };
    // The policies' refusal is an answer like any other, and stays on record.
    if (body.task === "refuse me") {
      const [end_reason] = data.REFUSED.reasons;
      const ended_at = this.now();
      return this.add({
        ...decided,
        state: "denied",
        decision: data.REFUSED,
        end_reason,
        ended_at,
      });
    }
    if (!auto) return this.add(common);
    return this.add({
      ...decided,
      state: "active",
      decision: data.ALLOWED,
      expires_at: this.later(body.duration_seconds),
    });
  }

  private takeGlass(body: BreakGlass): Grant {
    const grant = this.add({
      principal: this.me(),
      targets: this.named(body.targets),
      operations: body.operations,
      task: body.task,
      reason: body.reason,
      duration_seconds: body.duration_seconds,
      expires_at: this.later(body.duration_seconds),
      state: "active",
      may_not_decide: "not_pending",
      decided_at: this.now(),
      decide_until: null,
      decision: null,
      break_glass: true,
    });
    this.house.emit({ type: "break_glass", id: grant.id });
    return grant;
  }

  /** A decision by whoever is signed in, or by somebody else. */
  decide(grantId: string, decision: "approve" | "deny", comment = "", email?: string) {
    const grant = this.grant(grantId);
    if (grant.state !== "requested")
      throw new Refusal(409, "not_pending", "It was decided already.");
    if (!grant.may_decide && !email)
      throw new Refusal(403, "requester", "You asked for it. Somebody else must decide.");
    grant.votes.push({
      email: email ?? this.house.user.email,
      decision,
      comment,
      at: this.now(),
    });
    if (decision === "approve") grant.approvals += 1;
    Object.assign(grant, {
      state: decision === "approve" ? "active" : "denied",
      may_decide: false,
      may_not_decide: "not_pending",
      decided_at: this.now(),
      decide_until: null,
      expires_at: decision === "approve" ? this.later(grant.duration_seconds) : null,
    });
    this.house.emit({ type: "grant", id: grant.id });
    return grant;
  }

  private end(grantId: string, state: Grant["state"], reason?: string) {
    const grant = Object.assign(this.grant(grantId), {
      state,
      ended_at: this.now(),
      ended_by: this.house.user.email,
      end_reason: reason ?? null,
    });
    this.house.emit({ type: "grant", id: grant.id });
    return grant;
  }

  private list(query: URLSearchParams) {
    const is = (name: string, value: unknown) => !query.get(name) || query.get(name) === value;
    return this.grants.filter(
      (g) =>
        is("state", g.state) &&
        is("principal", g.principal.name) &&
        (!query.get("target") || g.targets.some((t) => t.name === query.get("target"))) &&
        (query.get("mine") !== "true" || g.mine),
    );
  }

  private lock(body: NewLock) {
    const { subject } = body;
    const things = [...this.house.principals, ...this.house.targets];
    const name =
      subject.kind === "human" ? subject.name : things.find((t) => t.id === subject.id)?.name;
    this.made += 1;
    const lock = {
      id: id("10c", 50 + this.made),
      subject,
      name: name ?? "release-bot on shop-production",
      reason: body.reason,
      created_by: this.house.user.email,
      created_at: this.now(),
      expires_at: body.expires_at ?? null,
      lifted_at: null,
      lifted_by: null,
    };
    this.locks.unshift(lock);
    this.house.emit({ type: "lock", id: lock.id });
    return lock;
  }

  private trust(body: NewTrustedIssuer) {
    if (this.issuers.some((i) => i.issuer === body.issuer)) {
      throw new Refusal(409, "name_taken", "Another trusted issuer has that name.");
    }
    const at = this.now();
    const issuer = {
      ...body,
      rules: body.rules ?? [],
      id: id("15", 9),
      created_at: at,
      updated_at: at,
    };
    this.issuers.push(issuer);
    return issuer;
  }

  private deviceOf(code: string) {
    if (code !== USER_CODE || this.device !== "waits")
      throw new Refusal(404, "unknown_code", "The code is unknown, used, or has expired.");
    return {
      client_id: "countersign-cli",
      requested_at: this.later(-30),
      expires_at: this.later(540),
    };
  }

  private decideDevice(code: string, decision: "approve" | "deny") {
    this.deviceOf(code);
    this.device = decision;
    return null;
  }

  private withoutLock(lockId: string) {
    this.locks = this.locks.filter((lock) => lock.id !== lockId);
    this.house.emit({ type: "lock", id: lockId });
    return null;
  }

  readonly routes: Route[] = [
    ["POST", /^\/sign-out$/, () => ({ end_session_url: this.endSessionUrl })],
    ["GET", /^\/sign-in\/provider$/, () => this.provider],
    [
      "POST",
      /^\/sign-in\/provider\/test$/,
      () => ({ id: data.TESTS.good, url: `/settings/sign-in?test=${data.TESTS.good}` }),
    ],
    ["GET", /^\/sign-in\/provider\/tests\/([^/]+)$/, (_, testId = "") => this.tests[testId]],
    [
      "POST",
      /^\/oauth\/authorizations$/,
      ({ body }) => {
        this.authorized.push(body);
        const { redirect_uri, state } = body as { redirect_uri: string; state: string };
        return { redirect_to: `${redirect_uri}?code=once&state=${state}` };
      },
    ],
    ["GET", /^\/oauth\/devices\/([^/]+)$/, (_, code = "") => this.deviceOf(code)],
    [
      "POST",
      /^\/oauth\/devices\/([^/]+)\/(approve|deny)$/,
      (_, code = "", decision) => this.decideDevice(code, decision === "deny" ? "deny" : "approve"),
    ],
    ["GET", /^\/grants$/, ({ query }) => this.house.page(this.list(query), query)],
    ["POST", /^\/grants$/, ({ body }) => this.ask(body as NewGrant)],
    [
      "GET",
      /^\/grants\/options$/,
      () => ({
        targets: this.house.targets.map(({ id, name, kind, labels, access }) => ({
          id,
          name,
          kind,
          labels: labels ?? {},
          access: access ?? "standing",
        })),
        principals: [
          this.me(),
          ...this.house.principals
            .filter((p) => p.owner === this.house.user.email)
            .map(({ id, name, kind }) => ({ id, name, kind })),
        ],
        max_duration_seconds: 24 * 3600,
      }),
    ],
    ["POST", /^\/grants\/break-glass$/, ({ body }) => this.takeGlass(body as BreakGlass)],
    ["GET", /^\/grants\/([^/]+)$/, (_, grantId = "") => this.grant(grantId)],
    [
      "POST",
      /^\/grants\/([^/]+)\/(approve|deny)$/,
      ({ body }, grantId = "", decision) =>
        this.decide(
          grantId,
          decision === "deny" ? "deny" : "approve",
          (body as { comment: string }).comment,
        ),
    ],
    ["POST", /^\/grants\/([^/]+)\/withdraw$/, (_, grantId = "") => this.end(grantId, "withdrawn")],
    ["POST", /^\/grants\/([^/]+)\/complete$/, (_, grantId = "") => this.end(grantId, "completed")],
    [
      "POST",
      /^\/grants\/([^/]+)\/revoke$/,
      ({ body }, grantId = "") => this.end(grantId, "revoked", (body as { reason: string }).reason),
    ],
    [
      "POST",
      /^\/grants\/([^/]+)\/credentials$/,
      () => ({
        credential: `eyJhbGciOiJFZERTQSJ9.${digest(8)}.${digest(9)}`,
        expires_at: this.later(1200),
      }),
    ],
    ["GET", /^\/locks$/, ({ query }) => this.house.page(this.locks, query)],
    ["POST", /^\/locks$/, ({ body }) => this.lock(body as NewLock)],
    ["DELETE", /^\/locks\/([^/]+)$/, (_, lockId = "") => this.withoutLock(lockId)],
    [
      "GET",
      /^\/principals\/([^/]+)$/,
      (_, principalId) => this.house.principals.find((p) => p.id === principalId),
    ],
    [
      "GET",
      /^\/principals\/([^/]+)\/keys$/,
      () => ({ items: this.house.empty ? [] : this.keys, next_cursor: null }),
    ],
    [
      "POST",
      /^\/principals\/([^/]+)\/keys$/,
      ({ body }) => {
        const key = {
          kid: digest(12).slice(0, 43),
          jwk: (body as { jwk: unknown }).jwk,
          created_at: this.now(),
          created_by: this.house.user.email,
          last_used_at: null,
        };
        this.keys.push(key);
        return key;
      },
    ],
    [
      "DELETE",
      /^\/principals\/([^/]+)\/keys\/([^/]+)$/,
      (_, __, kid) => {
        this.keys = this.keys.filter((key) => key.kid !== kid);
        return null;
      },
    ],
    [
      "GET",
      /^\/trusted-issuers$/,
      () => ({ items: this.house.empty ? [] : this.issuers, next_cursor: null }),
    ],
    ["POST", /^\/trusted-issuers$/, ({ body }) => this.trust(body as NewTrustedIssuer)],
    [
      "PATCH",
      /^\/trusted-issuers\/([^/]+)$/,
      ({ body }, issuerId) => {
        const found = this.issuers.find((issuer) => issuer.id === issuerId);
        return found && Object.assign(found, body, { updated_at: this.now() });
      },
    ],
    [
      "DELETE",
      /^\/trusted-issuers\/([^/]+)$/,
      (_, issuerId) => {
        this.issuers = this.issuers.filter((issuer) => issuer.id !== issuerId);
        return null;
      },
    ],
    [
      "GET",
      /^\/audit-events$/,
      ({ query }) =>
        this.house.page(
          this.events.filter((e) => isKind(e.kind, query.get("kind") ?? "")),
          query,
        ),
    ],
  ];
}
