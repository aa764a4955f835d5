/** The API's shapes under the names that the pages use. */

import type { GrantRef, PrincipalExtras } from "./identity";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
/** What an event, a session or an action says of the grant that it was under. */
interface UnderGrant {
  grant?: GrantRef | null;
}

export type * from "./identity";

export type Id = string;
export type Labels = Record<string, string>;

export type ActionRefused = Schemas["ActionRefused"];
export type ActivityMinute = Schemas["ActivityMinute"];
export type BindingView = Schemas["BindingView"];
export type ChainedEvent = Schemas["ChainedEvent"] & UnderGrant;
export type ChangeState = Schemas["PolicyChangeState"];
export type CreateBinding = Schemas["CreateBinding"];
export type CreateDocument = Schemas["CreateDocument"];
export type CreateReplay = Schemas["NewReplay"];
export type CreateSource = Schemas["CreatePolicySource"];
export type Credential = Schemas["Credential"] & {
  kind?: "opaque" | "signed";
  grant_id?: Id | null;
  once?: boolean;
};
export type Decision = Schemas["Decision"];
export type DecisionRecord = Schemas["DecisionRecord"];
export type DefaultVerdict = Schemas["DefaultVerdict"];
export type Document = Schemas["Document"];
export type DocumentSummary = Schemas["DocumentSummary"];
export type Edge = Schemas["Edge"];
export type EdgeReadiness = Schemas["EdgeReadiness"];
export type EdgeStatus = Schemas["EdgeStatus"];
export type Effect = Schemas["Effect"];
export type EventBody = Schemas["EventBody"];
export type ExplainedAction = Schemas["ExplainedAction"] & UnderGrant;
export type ExplainedPolicy = Schemas["ExplainedPolicy"];
export type Guard = Schemas["CanaryGuard"];
export type HostCall = Schemas["HostCall"];
export type IssuedCredential = Schemas["IssuedCredential"];
export type IssuedJoinToken = Schemas["IssuedJoinToken"];
export type JoinTokenView = Schemas["JoinTokenView"];
export type Judgement = Schemas["ReplayJudgement"];
export type LiveMessage =
  | Schemas["LiveMessage"]
  | { type: "grant" | "break_glass" | "lock"; id: Id };
export type Mask = Schemas["Mask"];
export type MaskStyle = Schemas["MaskStyle"];
export type MaskedCount = Schemas["MaskedCount"];
export type Obligations = Schemas["Obligations"];
export type Parameter = Schemas["Parameter"];
export type Pending = Schemas["PendingChange"];
export type Policy = Schemas["Policy"];
export type PolicyActivity = Schemas["PolicyActivity"];
export type PolicyChange = Schemas["PolicyChange"];
export type PolicyOutcome = Schemas["PolicyOutcome"];
export type PolicySet = Schemas["PolicySet"];
export type PolicySetState = Schemas["PolicySetState"];
export type PolicySetSummary = Schemas["PolicySetSummary"];
export type PolicySettings = Schemas["PolicySettings"];
export type PolicySummary = Schemas["PolicySummary"];
export type PolicyTrial = Schemas["PolicyTrial"];
export type PolicyVersion = Schemas["PolicyVersion"];
export type PolicyVersionSummary = Schemas["PolicyVersionSummary"];
export type Principal = Schemas["Principal"] & Pick<PrincipalExtras, "owner">;
export type PrincipalKind = Schemas["PrincipalKind"];
export type PrincipalView = Schemas["PrincipalView"] & PrincipalExtras;
export type RecordedOperation = Schemas["RecordedOperation"];
export type Replay = Schemas["Replay"];
export type ReplayExample = Schemas["ReplayExample"];
export type ReplayGroup = Schemas["ReplayGroup"];
export type ReplaySummary = Schemas["ReplaySummary"];
export type Review = Schemas["Review"] & UnderGrant;
export type ReviewDecision = Schemas["ReviewDecision"];
export type ReviewState = Schemas["ReviewState"];
export type ReviewStatistics = Schemas["ReviewStatistics"];
export type ReviewSummary = Schemas["ReviewSummary"];
export type Rollout = Schemas["RolloutView"];
export type RunningPolicy = Schemas["RunningPolicy"];
export type Selector = Schemas["Selector"];
export type Session = Schemas["Session"] & UnderGrant;
export type SessionCounts = Schemas["SessionCounts"];
export type SessionSummary = Schemas["SessionSummary"] & UnderGrant;
export type SetBinding = Schemas["PolicySetBinding"];
export type SetDocument = Schemas["PolicySetDocument"];
export type SqlFacts = Schemas["SqlFacts"];
export type SqlStatement = Schemas["SqlStatement"];
export type Stage = Schemas["Stage"];
export type Target = Schemas["Target"];
export type TargetKind = Schemas["TargetKind"];
export type TargetAccess = "standing" | "grant";
export type TargetView = Schemas["TargetView"] & { access?: TargetAccess };
export type Timing = Schemas["Timing"];
export type UpdateBinding = Schemas["UpdateBinding"];
export type VerdictCounts = Schemas["VerdictCounts"];
export type VersionDiff = Schemas["VersionDiff"];

export type SessionFilter = Omit<
  NonNullable<paths["/api/v1/sessions"]["get"]["parameters"]["query"]>,
  "limit" | "cursor"
> & { grant?: Id };
