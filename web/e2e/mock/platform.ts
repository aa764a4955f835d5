/** The policy platform of the mock: life cycle, changes, sets, documents, replays, trials. */

import type {
  BindingView,
  CreateDocument,
  CreateReplay,
  CreateSource,
  Document,
  LiveMessage,
  Policy,
  PolicyChange,
  PolicySet,
  PolicySettings,
  Replay,
  UpdateBinding,
  User,
} from "../../src/api/types";
import { Refusal, type Route } from "./http";
import { ago, digest, id } from "./ids";
import * as judged from "./judged";
import * as data from "./platformData";

interface House {
  user: User;
  policy: Policy;
  page<T>(items: T[], query: URLSearchParams): { items: T[]; next_cursor: string | null };
  emit(message: LiveMessage): void;
}

export class Platform {
  settings: PolicySettings = { require_approval: false, counter_split: "none" };
  changes: PolicyChange[] = data.changes();
  sets: PolicySet[] = data.sets();
  documents: Document[] = data.documents();
  replays: Replay[] = judged.replays();
  activity = data.activity();
  /** The bodies of what was asked to be judged, newest last. */
  trials: unknown[] = [];
  sources: CreateSource[] = [];
  private made = 0;
  /** The policy's bindings of a set, from before they were rolled back. */
  private readonly before = new Map<number, BindingView[]>();

  constructor(private readonly house: House) {}

  /** A change of bindings, applied at once or waiting, as the settings say. */
  change(
    kind: PolicyChange["kind"],
    summary: string,
    apply: () => void,
    more: Partial<PolicyChange> = {},
  ) {
    const pending = this.settings.require_approval;
    this.made += 1;
    const change: PolicyChange = {
      id: id("c4", 100 + this.made),
      kind,
      summary,
      policy_id: this.house.policy.id,
      policy: this.house.policy.name,
      before: {},
      after: {},
      comment: "",
      decision_comment: "",
      state: pending ? "pending" : "applied",
      requested_by: this.house.user.id,
      requested_by_name: this.house.user.name,
      revision: pending ? null : 413 + this.made,
      created_at: new Date().toISOString(),
      decided_at: pending ? null : new Date().toISOString(),
      alert: false,
      ...(JSON.parse(JSON.stringify(more)) as Partial<PolicyChange>),
    };
    this.changes.unshift(change);
    if (!pending) apply();
    this.house.emit({ type: "policy_change", id: change.id });
    return change;
  }

  /** What the guard does when a canary goes wrong. */
  raiseAlert() {
    const change = data.automaticRollback();
    this.changes.unshift(change);
    this.house.emit({ type: "alert", id: change.id });
    return change;
  }

  private find<T extends { id: string }>(list: T[], wanted: string): T {
    const found = list.find((each) => each.id === wanted);
    if (!found) throw new Refusal(404, "not_found", "There is no such thing.");
    return found;
  }

  private pushSource(body: CreateSource) {
    this.sources.push(body);
    if (body.text.includes("oops")) {
      throw new Refusal(422, "invalid_policy_source", "The text has a fault.", [
        { pointer: "/text", detail: "expecting `if`", line: 3, column: 6 },
      ]);
    }
    return { ...this.house.policy.versions[0], manifest: this.house.policy.manifest, imports: [] };
  }

  private save(body: UpdateBinding, bindingId?: string): unknown {
    const { policy } = this.house;
    const settings = body.settings as Record<string, unknown> | undefined;
    if (settings?.label === "refuse me") {
      throw new Refusal(422, "invalid_settings", "The settings are not valid.", [
        { pointer: "/settings/label", detail: "The policy refuses this label." },
      ]);
    }
    const { comment, ...given } = body;
    const version = policy.versions.find((v) => v.id === body.policy_version_id);
    const before = policy.bindings.find((b) => b.id === bindingId) ?? policy.bindings[0];
    if (!before) throw new Refusal(404, "not_found", "There is no such binding.");
    const saved: BindingView = {
      ...before,
      ...(JSON.parse(JSON.stringify(given)) as Partial<BindingView>),
      id: bindingId ?? id("b1", 99),
      version: version?.version ?? before.version,
      rollout: body.stage === "canary" ? data.freshRollout() : before.rollout,
      updated_at: new Date().toISOString(),
    };
    const apply = () => {
      const gone = saved.stage === "enforced" ? before.replaces : undefined;
      const rest = policy.bindings.filter((b) => b.id !== saved.id && b.id !== gone);
      policy.bindings = [...rest, saved].sort((a, b) => a.position - b.position);
    };
    const word = bindingId ? "update_binding" : "create_binding";
    const change = this.change(word, `${policy.name} v${saved.version}: ${saved.stage}`, apply, {
      comment,
      binding_id: bindingId,
      before: { bindings: bindingId ? [before] : [] },
      after: { bindings: [saved] },
    });
    return change.state === "pending" ? { change } : saved;
  }

  private remove(bindingId: string) {
    const { policy } = this.house;
    const change = this.change("delete_binding", `${policy.name}: a binding deleted`, () => {
      policy.bindings = policy.bindings.filter((b) => b.id !== bindingId);
    });
    return change.state === "pending" ? { change } : null;
  }

  private keepSet(revision: number, summary: string, comment = "", from = this.sets[0]) {
    if (!from) throw new Refusal(404, "not_found", "There is no such set.");
    const at = new Date().toISOString();
    this.sets.unshift({ ...from, revision, at, by: this.house.user.name, summary, comment });
  }

  private rollBack(comment: string | undefined) {
    const { policy } = this.house;
    const summary = `${policy.name} rolled back to v7`;
    const newest = this.sets[0]?.revision ?? 0;
    const change = this.change(
      "rollback",
      summary,
      () => {
        this.before.set(newest, policy.bindings);
        policy.bindings = policy.bindings.filter((b) => b.stage === "enforced");
        this.keepSet(newest + 1, summary, comment);
      },
      { comment },
    );
    return change.state === "pending" ? { change } : change;
  }

  private decide(changeId: string, body: { decision: string; comment?: string }) {
    const change = this.find(this.changes, changeId);
    if (change.requested_by === this.house.user.id)
      throw new Refusal(403, "own_change", "Another admin has to decide it.");
    if (change.state !== "pending")
      throw new Refusal(409, "not_pending", "It was decided already.");
    Object.assign(change, {
      state: body.decision === "approve" ? "applied" : "rejected",
      decided_by: this.house.user.id,
      decided_by_name: this.house.user.name,
      decided_at: new Date().toISOString(),
      decision_comment: body.comment ?? "",
      revision: body.decision === "approve" ? 420 : null,
    });
    this.house.emit({ type: "policy_change", id: change.id });
    return change;
  }

  private restore(revision: number, comment: string | undefined) {
    const set = this.sets.find((s) => s.revision === revision);
    const newest = this.sets[0];
    if (!set || !newest) throw new Refusal(404, "not_found", "There is no such set.");
    const summary = `Set ${revision} restored`;
    const change = this.change("restore", summary, () => {
      this.house.policy.bindings = this.before.get(revision) ?? this.house.policy.bindings;
      this.keepSet(newest.revision + 1, summary, comment, set);
    });
    return change.state === "pending" ? { change } : change;
  }

  private addDocument(body: CreateDocument) {
    if (body.name === "taken")
      throw new Refusal(422, "invalid_document", "The first row has no key.");
    const before = this.documents.find((d) => d.name === body.name);
    const version = {
      version: (before?.version ?? 0) + 1,
      digest: digest(71 + this.documents.length),
      size: JSON.stringify(body.content ?? "").length,
      keys: Object.keys((body.content ?? {}) as object).length,
      created_at: new Date().toISOString(),
      created_by_name: this.house.user.name,
    };
    const document: Document = {
      ...version,
      id: before?.id ?? id("d0", 10 + this.documents.length),
      name: body.name,
      format: body.format,
      key_column: null,
      pull: null,
      versions: [version, ...(before?.versions ?? [])],
    };
    this.documents = [...this.documents.filter((d) => d !== before), document];
    return document;
  }

  private startReplay(body: unknown) {
    const run: Replay = {
      ...judged.runningReplay(),
      id: id("4e", 50 + this.replays.length),
      ...(body as Partial<Replay>),
      policy: (body as CreateReplay).candidate ? this.house.policy.name : null,
      since: ago(86_400),
    };
    this.replays.unshift(run);
    return { id: run.id };
  }

  /** Tells that a replay went on or ended. */
  finishReplay(change: Partial<Replay>) {
    const run = this.replays[0];
    if (!run) throw new Error("no replay");
    Object.assign(run, change);
    this.house.emit({ type: "replay", id: run.id });
  }

  private alerts() {
    return this.changes.filter((c) => c.alert && !c.acknowledged_at);
  }

  readonly routes: Route[] = [
    ["POST", /^\/policy_sources$/, ({ body }) => this.pushSource(body as CreateSource)],
    ["POST", /^\/bindings$/, (call) => this.save(call.body as UpdateBinding)],
    [
      "PATCH",
      /^\/bindings\/([^/]+)$/,
      (call, bindingId) => this.save(call.body as UpdateBinding, bindingId),
    ],
    ["DELETE", /^\/bindings\/([^/]+)$/, (_, bindingId = "") => this.remove(bindingId)],
    ["GET", /^\/policies\/([^/]+)\/activity$/, () => this.activity],
    [
      "POST",
      /^\/policies\/([^/]+)\/rollback$/,
      ({ body }) => this.rollBack((body as { comment?: string }).comment),
    ],
    ["GET", /^\/policy_versions\/([^/]+)\/diff$/, () => data.versionDiff()],
    [
      "GET",
      /^\/policy_changes$/,
      ({ query }) =>
        this.house.page(
          this.changes.filter(
            (c) =>
              (!query.get("state") || c.state === query.get("state")) &&
              (!query.get("policy_id") || c.policy_id === query.get("policy_id")),
          ),
          query,
        ),
    ],
    ["GET", /^\/policy_changes\/([^/]+)$/, (_, wanted = "") => this.find(this.changes, wanted)],
    [
      "POST",
      /^\/policy_changes\/([^/]+)\/decisions$/,
      ({ body }, wanted = "") => this.decide(wanted, body as { decision: string }),
    ],
    [
      "POST",
      /^\/policy_changes\/([^/]+)\/acknowledge$/,
      (_, wanted = "") =>
        Object.assign(this.find(this.changes, wanted), {
          acknowledged_at: new Date().toISOString(),
        }),
    ],
    ["GET", /^\/alerts$/, ({ query }) => this.house.page(this.alerts(), query)],
    ["GET", /^\/policy_settings$/, () => this.settings],
    [
      "PATCH",
      /^\/policy_settings$/,
      ({ body }) => {
        this.settings = { ...this.settings, ...(body as Partial<PolicySettings>) };
        return this.settings;
      },
    ],
    ["GET", /^\/policy_sets$/, ({ query }) => this.house.page(this.sets, query)],
    [
      "GET",
      /^\/policy_sets\/(\d+)$/,
      // The set that was in force at a revision, as the control plane answers.
      (_, revision) => this.sets.find((s) => s.revision <= Number(revision)),
    ],
    [
      "POST",
      /^\/policy_sets\/(\d+)\/restore$/,
      ({ body }, revision) =>
        this.restore(Number(revision), (body as { comment?: string }).comment),
    ],
    ["GET", /^\/documents$/, ({ query }) => this.house.page(this.documents, query)],
    ["POST", /^\/documents$/, ({ body }) => this.addDocument(body as CreateDocument)],
    ["GET", /^\/documents\/([^/]+)$/, (_, name) => this.documents.find((d) => d.name === name)],
    ["GET", /^\/documents\/([^/]+)\/content$/, () => data.documentContent()],
    [
      "DELETE",
      /^\/documents\/([^/]+)$/,
      (_, name) => {
        this.documents = this.documents.filter((d) => d.name !== name);
        return null;
      },
    ],
    [
      "POST",
      /^\/policy_trials$/,
      ({ body }) => {
        this.trials.push(body);
        return judged.trial(body);
      },
    ],
    ["GET", /^\/replays$/, ({ query }) => this.house.page(this.replays, query)],
    ["POST", /^\/replays$/, ({ body }) => this.startReplay(body)],
    ["GET", /^\/replays\/([^/]+)$/, (_, wanted = "") => this.find(this.replays, wanted)],
    [
      "POST",
      /^\/replays\/([^/]+)\/cancel$/,
      (_, wanted = "") => {
        this.find(this.replays, wanted).state = "cancelled";
        return null;
      },
    ],
    ["GET", /^\/actions\/([^/]+)$/, (_, actionId) => judged.explained(actionId)],
  ];
}
