/** A control plane for the browser tests: answers the API from fixtures that the generated types check. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  ChainedEvent,
  CreateUser,
  LiveMessage,
  PinnedTool,
  Review,
  UpdateUser,
  User,
} from "../../src/api/types";
import { type Call, Refusal, type Route } from "./http";
import { Identity } from "./identity";
import { digest, id } from "./ids";
import * as people from "./people";
import { Platform } from "./platform";
import * as policies from "./policies";
import * as protocols from "./protocols";
import * as reviews from "./reviews";
import * as sessions from "./sessions";

/** The cookie of whoever is signed in. */
export const SESSION = { name: "countersign_session", value: "of-the-mock" };
const COOKIE = `${SESSION.name}=${SESSION.value}`;
const CSRF = "csrf-of-this-session";
/** What is done to something that is there, and answers with it. */
const DONE =
  /^\/(grants\/.*\/(approve|deny|withdraw|revoke|complete)|policy_changes\/.*|.*\/(rollback|restore)|policy_trials|sign-out|tool-definitions\/.*)$/;
export const SIGN_IN_TOKEN = "csl_good";

/** What tests look at and change while the dashboard runs against it. */
export class Mock {
  user: User = people.ADMIN;
  reviews: Review[] = reviews.reviews();
  sessions = sessions.sessions();
  events = new Map<string, ChainedEvent[]>([
    [sessions.REPLAYED, sessions.replayed()],
    [sessions.OPEN, sessions.openEvents()],
  ]);
  policy = policies.guardPolicy();
  principals = people.principals();
  targets = people.targets();
  tools: PinnedTool[] = [];
  users = people.users();
  edges = policies.edges();
  platform = new Platform(this);
  identity = new Identity(this);
  /** Method and path of every request to the API, in order. */
  calls: string[] = [];
  /** Requests whose method and path match are refused with a 503. */
  broken: RegExp | undefined;
  /** Why whoever is signed in is locked. */
  locked: string | undefined;
  /** Lists answer with nothing. */
  empty = false;
  private streams = new Set<ServerResponse>();
  private used = false;

  /** With the address that its dashboard is served at. */
  constructor(readonly url: string) {}

  emit(message: LiveMessage) {
    for (const stream of this.streams) {
      stream.write(`event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`);
    }
  }

  dropStreams() {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  addReview(review: Review) {
    this.reviews.unshift(review);
    this.emit({ type: "review", id: review.id });
  }

  /** A decision by somebody else. */
  decide(reviewId: string, state: Review["state"], by = "Carol Ng", comment = "") {
    const review = this.review(reviewId);
    const now = new Date().toISOString();
    Object.assign(review, {
      state,
      may_decide: false,
      may_not_decide: "not_pending",
      decided_at: now,
    });
    if (state === "denied" || state === "used" || state === "approved") {
      const decision = state === "denied" ? "deny" : "approve";
      if (decision === "approve") review.approvals += 1;
      review.decisions.push({
        user_id: id("aa", 2),
        user: by,
        email: "",
        decision,
        comment,
        decided_at: now,
      });
    }
    this.emit({ type: "review", id: reviewId });
    return review;
  }

  private review(reviewId: string): Review {
    const found = this.reviews.find((r) => r.id === reviewId);
    if (!found) throw new Refusal(404, "not_found", "There is no such review.");
    return found;
  }

  page<T>(items: T[], query: URLSearchParams) {
    if (this.empty) return { items: [], next_cursor: null };
    const limit = Number(query.get("limit") ?? 50);
    const from = Number(query.get("cursor") ?? 0);
    const next = from + limit;
    return {
      items: items.slice(from, next),
      next_cursor: next < items.length ? String(next) : null,
    };
  }

  private decideHere(call: Call, reviewId: string) {
    const { decision, comment, digest } = call.body as {
      decision: string;
      comment: string;
      digest: string;
    };
    const review = this.review(reviewId);
    if (review.state !== "pending")
      throw new Refusal(409, "not_pending", "It was decided already.");
    if (digest !== review.digest) throw new Refusal(409, "stale_digest", "It is not what you saw.");
    return this.decide(
      reviewId,
      decision === "deny" ? "denied" : "approved",
      this.user.name,
      comment,
    );
  }

  private accept(toolId: string, digest: string) {
    const tool = this.tools.find((each) => each.id === toolId);
    if (!tool?.seen || tool.seen.digest !== digest) {
      throw new Refusal(409, "definition_changed", "The server gives another definition by now.");
    }
    const changed = { pinned: tool.seen, accepted_by: this.user.email, seen: null, seen_at: null };
    this.emit({ type: "target", id: tool.target_id });
    return Object.assign(tool, changed, { pinned_at: new Date().toISOString() });
  }

  private push(call: Call) {
    if (call.raw.subarray(0, 4).toString("latin1") !== "\0asm") {
      throw new Refusal(422, "invalid_package", "This is not a WebAssembly component.");
    }
    return { ...this.policy.versions[0], manifest: this.policy.manifest, imports: [] };
  }

  private readonly routes: Route[] = [
    ["GET", /^\/session$/, () => people.signedIn(this.user)],
    [
      "GET",
      /^\/reviews$/,
      ({ query }) => {
        const state = query.get("state");
        return this.page(
          this.reviews.filter((r) => !state || r.state === state),
          query,
        );
      },
    ],
    [
      "GET",
      /^\/review_statistics$/,
      () => {
        const pending = this.empty ? 0 : this.reviews.filter((r) => r.state === "pending").length;
        return {
          pending,
          waiting_for_you: pending,
          approved_today: 41,
          denied_today: 6,
          expired_today: 2,
          median_decision_ms: this.empty ? null : 9000,
        };
      },
    ],
    ["GET", /^\/reviews\/([^/]+)$/, (_, reviewId = "") => this.review(reviewId)],
    [
      "POST",
      /^\/reviews\/([^/]+)\/decisions$/,
      (call, reviewId = "") => this.decideHere(call, reviewId),
    ],
    [
      "GET",
      /^\/sessions$/,
      ({ query }) =>
        this.page(
          this.sessions.filter((s) => this.matches(s, query)),
          query,
        ),
    ],
    [
      "GET",
      /^\/sessions\/([^/]+)$/,
      (_, sessionId) => this.sessions.find((s) => s.id === sessionId),
    ],
    [
      "GET",
      /^\/sessions\/([^/]+)\/events$/,
      ({ query }, sessionId = "") => this.page(this.events.get(sessionId) ?? [], query),
    ],
    ["GET", /^\/policies$/, ({ query }) => this.page(policies.policies(), query)],
    [
      "GET",
      /^\/policies\/([^/]+)$/,
      (_, policyId) => (policyId === this.policy.id ? this.policy : undefined),
    ],
    [
      "GET",
      /^\/policy_versions\/([^/]+)$/,
      (_, versionId) => ({
        ...this.policy.versions.find((v) => v.id === versionId),
        manifest: this.policy.manifest,
        imports: ["countersign:policy/types@0.1.0", "countersign:policy/host@0.1.0"],
      }),
    ],
    ["POST", /^\/policy_versions$/, (call) => this.push(call)],
    ["GET", /^\/targets$/, ({ query }) => this.page(this.targets, query)],
    [
      "POST",
      /^\/targets$/,
      ({ body }) => {
        const { name } = body as { name: string };
        if (this.targets.some((t) => t.name === name)) {
          throw new Refusal(409, "name_taken", "Another target has that name.");
        }
        const added = {
          ...this.targets[0],
          ...(body as object),
          id: id("7a", 9),
        } as (typeof this.targets)[0];
        this.targets.push(added);
        return added;
      },
    ],
    [
      "PATCH",
      /^\/targets\/([^/]+)$/,
      ({ body }, targetId) => {
        const found = this.targets.find((t) => t.id === targetId);
        return found && Object.assign(found, body, { updated_at: new Date().toISOString() });
      },
    ],
    ["GET", /^\/tool-definitions$/, ({ query }) => this.page(this.tools, query)],
    [
      "POST",
      /^\/tool-definitions\/([^/]+)\/accept$/,
      ({ body }, toolId) => this.accept(toolId ?? "", (body as { digest: string }).digest),
    ],
    ["GET", /^\/usage$/, ({ query }) => protocols.usage(query)],
    ["GET", /^\/principals$/, ({ query }) => this.page(this.principals, query)],
    [
      "POST",
      /^\/principals$/,
      ({ body }) => {
        const added = {
          ...this.principals[0],
          ...(body as object),
          id: id("b0", 9),
          active_credentials: 0,
        } as (typeof this.principals)[0];
        this.principals.push(added);
        return added;
      },
    ],
    [
      "GET",
      /^\/principals\/([^/]+)\/credentials$/,
      ({ query }, principalId = "") => this.page(people.credentials(principalId), query),
    ],
    [
      "POST",
      /^\/principals\/([^/]+)\/credentials$/,
      () => ({
        id: id("c0", 9),
        secret: `csp_${digest(5).slice(0, 43)}`,
        expires_at: new Date(Date.now() + 28_800_000).toISOString(),
      }),
    ],
    ["DELETE", /^\/credentials\/([^/]+)$/, () => null],
    ["GET", /^\/edges$/, ({ query }) => this.page(this.edges, query)],
    ["GET", /^\/join_tokens$/, ({ query }) => this.page(people.joinTokens(), query)],
    [
      "POST",
      /^\/join_tokens$/,
      () => ({
        id: id("10", 9),
        token: `csj_${digest(6)}${digest(7)}`,
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    ],
    [
      "PATCH",
      /^\/users\/([^/]+)$/,
      ({ body }, userId) => {
        const { disabled, ...change } = body as UpdateUser;
        const disabled_at = disabled ? new Date().toISOString() : null;
        return Object.assign(this.users.find((u) => u.id === userId) ?? {}, change, {
          disabled_at,
        });
      },
    ],
    ["GET", /^\/users$/, ({ query }) => this.page(this.users, query)],
    [
      "POST",
      /^\/users$/,
      ({ body }) => {
        const given = { groups: [], review_scope: null, last_sign_in_at: null };
        const made = { id: id("aa", 9), created_at: new Date().toISOString(), disabled_at: null };
        const added: User = { ...given, ...(body as CreateUser), ...made, source: "local" };
        this.users.push(added);
        return added;
      },
    ],
    [
      "POST",
      /^\/users\/([^/]+)\/sign_in_links$/,
      () => ({
        url: `${this.url}/sign-in#token=csl_another`,
        expires_at: new Date(Date.now() + 86_400_000).toISOString(),
      }),
    ],
  ];

  private matches(session: (typeof this.sessions)[0], query: URLSearchParams): boolean {
    const { counts } = session;
    const by = {
      allow: counts.allowed,
      mask: counts.masked,
      review: counts.held,
      deny: counts.denied,
    };
    const effect = query.get("effect") as keyof typeof by | null;
    const open = query.get("open");
    const text = `${session.principal.name} ${session.target} ${session.application} ${session.client}`;
    return (
      (!query.get("principal") || session.principal.name === query.get("principal")) &&
      (!query.get("target") || session.target === query.get("target")) &&
      (!query.get("kind") || session.protocol === query.get("kind")) &&
      (!query.get("grant") || session.grant?.id === query.get("grant")) &&
      (!effect || by[effect] > 0) &&
      (!open || (session.closed_at === null) === (open === "true")) &&
      session.opened_at >= (query.get("since") ?? "") &&
      text.toLowerCase().includes((query.get("q") ?? "").toLowerCase())
    );
  }

  async serve(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? "/", this.url);
    const path = url.pathname.slice("/api/v1".length);
    const method = request.method ?? "GET";
    this.calls.push(`${method} ${path}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    try {
      await this.answer(method, path, url.searchParams, Buffer.concat(chunks), request, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, errors } = error;
      response.writeHead(status, { "content-type": "application/problem+json" });
      response.end(
        JSON.stringify({
          type: "about:blank",
          title: "Refused",
          status,
          code,
          detail: error.message,
          errors,
        }),
      );
    }
  }

  private async answer(
    method: string,
    path: string,
    query: URLSearchParams,
    raw: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    if (this.broken?.test(`${method} ${path}`))
      throw new Refusal(503, "unavailable", "The database is away.");
    const json = request.headers["content-type"]?.includes("json");
    const body = json && raw.length > 0 ? JSON.parse(raw.toString()) : undefined;
    if (method === "POST" && path === "/session") return this.signIn(body, response);
    if (method === "GET" && path === "/sign-in/options") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(this.identity.options));
      return;
    }
    if (!request.headers.cookie?.includes(COOKIE))
      throw new Refusal(401, "unauthenticated", "Sign in first.");
    if (this.locked) throw new Refusal(403, "locked", this.locked);
    if (method !== "GET" && request.headers["x-csrf-token"] !== CSRF) {
      throw new Refusal(403, "csrf", "The CSRF token is missing.");
    }
    if (method === "POST" && path === "/sign-out")
      response.setHeader("set-cookie", "countersign_session=; Max-Age=0; Path=/");
    if (path === "/live") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      response.write(": hello\n\n");
      this.streams.add(response);
      response.on("close", () => this.streams.delete(response));
      return;
    }
    const routes = [...this.routes, ...this.platform.routes, ...this.identity.routes];
    for (const [verb, pattern, handler] of routes) {
      const match = verb === method && pattern.exec(path);
      if (!match) continue;
      const answer = handler({ query, body, raw }, ...match.slice(1));
      if (answer === undefined) break;
      if (answer === null) response.writeHead(204).end();
      else {
        const pending = typeof answer === "object" && "change" in answer;
        const made = method === "POST" && !DONE.test(path);
        const status = pending || path === "/replays" ? 202 : made ? 201 : 200;
        response.writeHead(method === "GET" ? 200 : status, {
          "content-type": "application/json",
        });
        response.end(JSON.stringify(answer));
      }
      return;
    }
    throw new Refusal(404, "not_found", "There is no such thing.");
  }

  private signIn(body: unknown, response: ServerResponse) {
    const good = (body as { token?: string }).token === SIGN_IN_TOKEN && !this.used;
    if (!good) throw new Refusal(401, "link_refused", "The link was used already, or has expired.");
    this.used = true;
    response.writeHead(201, {
      "content-type": "application/json",
      "set-cookie": `${COOKIE}; HttpOnly; SameSite=Strict; Path=/`,
    });
    response.end(JSON.stringify(people.signedIn(this.user)));
  }
}
