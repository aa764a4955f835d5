/** The API's shapes under the names that the pages use. */

import type { components, paths } from "./schema";

export type * from "./platform";

type Schemas = components["schemas"];

export type Id = string;
export type TargetKind = Schemas["TargetKind"];
export type Labels = Record<string, string>;

export type ActionRefused = Schemas["ActionRefused"];
export type ChainedEvent = Schemas["ChainedEvent"];
export type CreateBinding = Schemas["CreateBinding"];
export type Credential = Schemas["Credential"];
export type CurrentSession = Schemas["CurrentSession"];
export type Decision = Schemas["Decision"];
export type DecisionRecord = Schemas["DecisionRecord"];
export type DefaultVerdict = Schemas["DefaultVerdict"];
export type Edge = Schemas["Edge"];
export type EdgeStatus = Schemas["EdgeStatus"];
export type Effect = Schemas["Effect"];
export type EventBody = Schemas["EventBody"];
export type IssuedCredential = Schemas["IssuedCredential"];
export type IssuedJoinToken = Schemas["IssuedJoinToken"];
export type JoinTokenView = Schemas["JoinTokenView"];
export type LiveMessage =
  | Schemas["LiveMessage"]
  | { type: "policy_change" | "replay" | "document" | "alert"; id: string };
export type Mask = Schemas["Mask"];
export type MaskStyle = Schemas["MaskStyle"];
export type MaskedCount = Schemas["MaskedCount"];
export type Obligations = Schemas["Obligations"];
export type Parameter = Schemas["Parameter"];
export type HostCall = Schemas["HostCall"];
export type PolicyOutcome = Schemas["PolicyOutcome"];
export type Principal = Schemas["Principal"];
export type PrincipalKind = Schemas["PrincipalKind"];
export type PrincipalView = Schemas["PrincipalView"];
export type RecordedOperation = Schemas["RecordedOperation"];
export type Review = Schemas["Review"];
export type ReviewDecision = Schemas["ReviewDecision"];
export type ReviewState = Schemas["ReviewState"];
export type ReviewStatistics = Schemas["ReviewStatistics"];
export type ReviewSummary = Schemas["ReviewSummary"];
export type Role = Schemas["Role"];
export type RunningPolicy = Schemas["RunningPolicy"];
export type Selector = Schemas["Selector"];
export type Session = Schemas["Session"];
export type SessionCounts = Schemas["SessionCounts"];
export type SessionSummary = Schemas["SessionSummary"];
export type SqlFacts = Schemas["SqlFacts"];
export type SqlStatement = Schemas["SqlStatement"];
export type Stage = Schemas["Stage"];
export type Target = Schemas["Target"];
export type TargetView = Schemas["TargetView"];
export type Timing = Schemas["Timing"];
export type User = Schemas["User"];

export type SessionFilter = Omit<
  NonNullable<paths["/api/v1/sessions"]["get"]["parameters"]["query"]>,
  "limit" | "cursor"
>;
