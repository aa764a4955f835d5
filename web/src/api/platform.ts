/** The policy platform's routes that the generated document does not hold yet. */

import type { components } from "./schema";

type Schemas = components["schemas"];
type Json = unknown;

type Stage = Schemas["Stage"];
export type Readiness = "ready" | "preparing" | "failed";
export type PolicyLanguage = "rust" | "javascript" | "python" | "rego" | "cedar";

export interface VerdictCounts {
  abstain: number;
  allow: number;
  review: number;
  deny: number;
  failed: number;
}
export interface Guard {
  max_failures?: number;
  max_failure_percent?: number;
  max_denial_rise_percent?: number;
  min_decisions?: number;
}
export interface Rollout {
  started_at: string;
  decisions: number;
  failures: number;
  canary: VerdictCounts;
  baseline: VerdictCounts;
}
export type BindingView = Omit<Schemas["BindingView"], "stage"> & {
  stage: Stage;
  canary_percent?: number | null;
  replaces?: string | null;
  guard?: Guard | null;
  rollout?: Rollout | null;
};
export interface AuthorSignatureView {
  key: string;
  signature: string;
  created_at: string;
}
interface VersionMore {
  language?: PolicyLanguage;
  source_url?: string | null;
  signatures?: AuthorSignatureView[];
}
export type PolicyVersionSummary = Schemas["PolicyVersionSummary"] & VersionMore;
export type RawOperation =
  | { sql: string }
  | {
      http: {
        method: string;
        host?: string;
        path: string;
        query?: string[][];
        headers?: string[][];
        body?: string | null;
      };
    }
  | {
      tool_call: { server?: string; tool: string; arguments?: Json; definition_changed?: boolean };
    }
  | { shell: string };
export type ManifestCase = {
  name: string;
  settings?: Json;
  labels?: Record<string, string>;
  claims?: Record<string, string>;
  groups?: string[];
  principal?: string | null;
  on_behalf_of?: string | null;
  documents?: Record<string, Json>;
  verdict: string;
  reason?: string | null;
} & RawOperation;
export type PolicyManifest = Omit<Schemas["PolicyManifest"], "cases"> & {
  language?: PolicyLanguage;
  documents?: { name: string; description: string }[];
  filters?: boolean;
  source_url?: string | null;
  cases?: ManifestCase[];
};
export type PolicyVersion = PolicyVersionSummary & {
  manifest: PolicyManifest;
  imports: string[];
  text?: string | null;
};
export type Policy = Omit<Schemas["Policy"], "bindings" | "versions" | "manifest"> & {
  manifest: PolicyManifest;
  bindings: BindingView[];
  versions: PolicyVersionSummary[];
};
export type PolicySummary = Omit<Schemas["PolicySummary"], "newest_version"> & {
  newest_version: PolicyVersionSummary;
  draft_bindings?: number;
  canary_bindings?: number;
};
export interface VersionDiff {
  manifest: { path: string; before: Json; after: Json }[];
  settings_schema: { path: string; before: Json; after: Json }[];
  imports: { added: string[]; removed: string[] };
  size: { before: number; after: number };
  text?: string | null;
}
export type ChangeKind =
  | "create_binding"
  | "update_binding"
  | "promote"
  | "delete_binding"
  | "rollback"
  | "automatic_rollback"
  | "restore"
  | "document"
  | "settings";
export type ChangeState = "pending" | "applied" | "rejected";
export interface PolicySetState {
  bindings?: SetBinding[];
  documents?: SetDocument[];
  settings?: PolicySettings | null;
}
export interface PolicyChange {
  id: string;
  kind: ChangeKind;
  summary: string;
  state: ChangeState;
  policy_id?: string | null;
  policy?: string | null;
  binding_id?: string | null;
  before: PolicySetState;
  after: PolicySetState;
  requested_by?: string | null;
  requested_by_name: string;
  decided_by?: string | null;
  decided_by_name?: string | null;
  comment: string;
  decision_comment: string;
  revision?: number | null;
  restores?: number | null;
  alert: boolean;
  created_at: string;
  decided_at?: string | null;
  acknowledged_at?: string | null;
  acknowledged_by_name?: string | null;
}
export interface PolicySetSummary {
  revision: number;
  at: string;
  by: string;
  kind?: ChangeKind | null;
  summary: string;
  comment: string;
}
export interface SetBinding {
  id: string;
  policy_id: string;
  policy: string;
  policy_version_id: string;
  version: number;
  digest: string;
  settings: Json;
  selector: Schemas["Selector"];
  stage: Stage;
  canary_percent?: number | null;
  replaces?: string | null;
  position: number;
  guard?: Guard | null;
}
export interface SetDocument {
  id: string;
  name: string;
  version: number;
  digest: string;
  size: number;
  pull?: { url: string; every_seconds: number } | null;
}
export type PolicySet = PolicySetSummary & { bindings: SetBinding[]; documents: SetDocument[] };
export interface DocumentPull {
  url: string;
  every_seconds: number;
  last_at?: string | null;
  error?: string | null;
}
export interface DocumentVersion {
  version: number;
  digest: string;
  size: number;
  keys: number;
  created_at: string;
  created_by_name: string;
}
export type DocumentSummary = DocumentVersion & {
  id: string;
  name: string;
  format: "json" | "csv";
  key_column?: string | null;
  pull?: DocumentPull | null;
};
export type Document = DocumentSummary & { versions: DocumentVersion[] };
export interface CreateDocument {
  name: string;
  content?: Json;
  format: "json" | "csv";
  key_column?: string;
  pull?: { url: string; every_seconds: number };
}
type HostCall = Schemas["HostCall"];
type PolicyOutcome = Schemas["PolicyOutcome"];
type Decision = Schemas["Decision"];
export interface TrialPrincipal {
  name: string;
  kind: Schemas["PrincipalKind"];
  groups?: string[];
  claims?: Record<string, string>;
  on_behalf_of?: string | null;
}
export interface TrialTarget {
  name: string;
  kind: Schemas["TargetKind"];
  labels?: Record<string, string>;
  default_verdict?: Schemas["DefaultVerdict"];
}
export interface PolicyTrial {
  operation: RawOperation;
  principal: TrialPrincipal;
  target: TrialTarget;
  at?: string;
  bindings: "current" | { policy_version_id: string; settings: Json }[];
}
export interface TrialResult {
  facts?: Json;
  decision: Decision;
}
export interface ReplayCandidate {
  binding_id?: string;
  policy_id?: string;
  policy_version_id?: string;
  settings?: Json;
}
export interface CreateReplay {
  since?: string | number;
  until?: string;
  candidate?: ReplayCandidate;
  target?: string;
  principal?: string;
  limit?: number;
}
export interface Judgement {
  effect: Schemas["Effect"];
  reasons: string[];
}
export interface ReplayExample {
  action_id: string;
  session_id: string;
  at: string;
  text: string;
  before: Judgement;
  after: Judgement;
}
export interface ReplayGroup {
  key: { policy?: string | null; from: string; to: string; reason?: string | null };
  count: number;
  effect_changes: number;
  examples: ReplayExample[];
}
export interface ReplaySummary {
  id: string;
  state: "running" | "done" | "failed" | "cancelled";
  since: string;
  until: string;
  candidate?: ReplayCandidate | null;
  policy?: string | null;
  version?: number | null;
  target?: string | null;
  principal?: string | null;
  limit?: number | null;
  requested_by_name: string;
  progress: number;
  judged: number;
  skipped: number;
  differing: number;
  per_second: number;
  error?: string | null;
  started_at: string;
  finished_at?: string | null;
}
export type Replay = ReplaySummary & {
  skipped_by_reason: Record<string, number>;
  simulated: number;
  groups: ReplayGroup[];
};
export interface ExplainedPolicy {
  binding: string;
  policy: string;
  version: number;
  digest: string;
  stage: Stage;
  settings?: Json;
  verdict: PolicyOutcome["verdict"];
  reason?: string | null;
  host_calls: HostCall[];
  micros: number;
}
export interface ExplainedAction {
  action_id: string;
  session_id: string;
  edge: { id: string; name: string };
  at: string;
  principal: Schemas["Principal"];
  target: Schemas["Target"];
  operation?: { phase: string; text: string; parameters: Schemas["Parameter"][] } | null;
  facts?: Schemas["SqlFacts"] | null;
  decision?: Decision | null;
  same_as?: string | null;
  policies: ExplainedPolicy[];
  timing: Schemas["Timing"];
  review_id?: string | null;
  refused?: { code: string; reason: string } | null;
  outcome?: Schemas["ActionOutcome"] | null;
}
export interface ActivityMinute {
  at: string;
  allow: number;
  abstain: number;
  review: number;
  deny: number;
  failed: number;
}
export interface EdgeReadiness {
  edge_id: string;
  edge: string;
  binding_id: string;
  stage: Stage;
  readiness: Readiness;
  version: number;
  wanted_version?: number | null;
  decisions: number;
  error?: string | null;
  reported_at: string;
}
export interface PolicyActivity {
  per_minute: ActivityMinute[];
  p50_us: number;
  p99_us: number;
  failures: number;
  last_failure?: string | null;
  edges: EdgeReadiness[];
}
export interface PolicySettings {
  require_approval: boolean;
  counter_split: "none" | "even";
}

interface Op<A, Query, Path, Body> extends Omit<GetOp<A, Query, Path>, "requestBody"> {
  requestBody: { content: { "application/json": Body } };
}
interface GetOp<A, Query = never, Path = never> {
  parameters: {
    query?: [Query] extends [never] ? never : Query;
    header?: never;
    cookie?: never;
  } & ([Path] extends [never] ? { path?: never } : { path: Path });
  requestBody?: never;
  responses: {
    200: { headers: Record<string, unknown>; content: { "application/json": A } };
  };
}
export interface CreateSource {
  name: string;
  version: string;
  description: string;
  language: "rego" | "cedar";
  text: string;
  operations: string[];
  settings_schema: Json;
  changelog?: string;
  source_url?: string;
}
interface PageOf<T> {
  items: T[];
  next_cursor?: string | null;
}
interface Paging {
  limit?: number;
  cursor?: string;
}
type ById = { id: string };
export interface Pending {
  change: PolicyChange;
}
export interface SaveBinding {
  policy_version_id?: string;
  stage?: Stage;
  selector?: Schemas["Selector"];
  settings?: Json;
  position?: number;
  canary_percent?: number | null;
  replaces?: string | null;
  guard?: Guard | null;
  comment?: string;
}

export interface PlatformPaths {
  "/api/v1/policies": { get: GetOp<PageOf<PolicySummary>, Paging> };
  "/api/v1/policies/{id}": { get: GetOp<Policy, never, ById> };
  "/api/v1/policy_versions/{id}": { get: GetOp<PolicyVersion, never, ById> };
  "/api/v1/policy_sources": { post: Op<PolicyVersion, never, never, CreateSource> };
  "/api/v1/bindings": { post: Op<BindingView | Pending, never, never, SaveBinding> };
  "/api/v1/bindings/{id}": {
    patch: Op<BindingView | Pending, never, ById, SaveBinding>;
    delete: GetOp<Pending | undefined, never, ById>;
  };
  "/api/v1/policy_versions/{id}/diff": { get: GetOp<VersionDiff, { against: string }, ById> };
  "/api/v1/policies/{id}/rollback": {
    post: Op<PolicyChange | Pending, never, ById, { comment?: string }>;
  };
  "/api/v1/policies/{id}/activity": { get: GetOp<PolicyActivity, never, ById> };
  "/api/v1/policy_changes": {
    get: GetOp<PageOf<PolicyChange>, Paging & { state?: ChangeState; policy_id?: string }>;
  };
  "/api/v1/policy_changes/{id}": { get: GetOp<PolicyChange, never, ById> };
  "/api/v1/policy_changes/{id}/decisions": {
    post: Op<PolicyChange, never, ById, { decision: "approve" | "reject"; comment?: string }>;
  };
  "/api/v1/policy_changes/{id}/acknowledge": { post: GetOp<PolicyChange, never, ById> };
  "/api/v1/alerts": { get: GetOp<PageOf<PolicyChange>> };
  "/api/v1/policy_sets": { get: GetOp<PageOf<PolicySetSummary>, Paging> };
  "/api/v1/policy_sets/{revision}": { get: GetOp<PolicySet, never, { revision: number }> };
  "/api/v1/policy_sets/{revision}/restore": {
    post: Op<PolicyChange | Pending, never, { revision: number }, { comment?: string }>;
  };
  "/api/v1/policy_settings": {
    get: GetOp<PolicySettings>;
    patch: Op<PolicySettings | Pending, never, never, Partial<PolicySettings>>;
  };
  "/api/v1/documents": {
    get: GetOp<PageOf<DocumentSummary>, Paging>;
    post: Op<DocumentSummary | Pending, never, never, CreateDocument>;
  };
  "/api/v1/documents/{name}": {
    get: GetOp<Document, never, { name: string }>;
    delete: GetOp<Pending | undefined, never, { name: string }>;
  };
  "/api/v1/documents/{name}/content": { get: GetOp<Json, never, { name: string }> };
  "/api/v1/policy_trials": { post: Op<TrialResult, never, never, PolicyTrial> };
  "/api/v1/replays": {
    get: GetOp<PageOf<ReplaySummary>, Paging>;
    post: Op<{ id: string }, never, never, CreateReplay>;
  };
  "/api/v1/replays/{id}": { get: GetOp<Replay, never, ById> };
  "/api/v1/replays/{id}/cancel": { post: GetOp<undefined, never, ById> };
  "/api/v1/actions/{id}": { get: GetOp<ExplainedAction, never, ById> };
}
