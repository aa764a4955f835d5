//! Grants, as JSON.

use countersign_model::{
    Effect, GrantId, GrantOperation, GrantState, Labels, PolicyOutcome, PrincipalId, PrincipalKind,
    ReviewDecision, TargetAccess, TargetId, TargetKind, Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which grants.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct GrantFilter {
    /// Only those in this state.
    pub state: Option<GrantState>,
    /// Only those that the caller asked for, holds or is behind. Members and principals see no others.
    pub mine: bool,
    /// Only those of the principal with this name.
    pub principal: Option<String>,
    /// Only those on the target with this name.
    pub target: Option<String>,
}

/// A request for a grant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGrant {
    /// Who is to hold it, by name: an agent or a service that the caller owns. The caller where
    /// absent.
    #[serde(default)]
    pub principal: Option<String>,
    /// On what, by name; 1 to 20.
    pub targets: Vec<String>,
    /// What for.
    pub operations: Vec<GrantOperation>,
    /// The task, on one line: reviewers read it, and every event under the grant names it.
    pub task: String,
    /// How long, in seconds from when it begins; up to 86,400 (a day).
    #[schema(minimum = 1, maximum = 86400)]
    pub duration_seconds: u32,
    /// The grant that it is to follow on: one in force, of the same holder, that allows no less.
    #[serde(default)]
    pub extends: Option<GrantId>,
}

/// An admin's own grant, without anybody's approval.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// On what, by name; 1 to 20.
    pub targets: Vec<String>,
    /// What for.
    pub operations: Vec<GrantOperation>,
    /// The task, on one line.
    pub task: String,
    /// Why nobody can be asked, on one line.
    pub reason: String,
    /// How long, in seconds; up to 3,600 (an hour).
    #[schema(minimum = 1, maximum = 3600)]
    pub duration_seconds: u32,
}

/// A decision, in words.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DecideGrant {
    /// Why, for the record and the requester; up to 2,000 characters.
    pub comment: String,
}

/// Why a grant is revoked.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RevokeGrant {
    /// Why, up to 2,000 characters.
    pub reason: String,
}

/// A credential to ask for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreateGrantCredential {
    /// Who is to use it, by name: the holder, which it is where absent too.
    pub principal: Option<String>,
    /// Whether it opens one session only.
    pub once: bool,
}

/// A credential that is bound to a grant.
#[derive(Serialize, ToSchema)]
pub struct GrantCredential {
    /// The credential: a PostgreSQL password, a bearer token; shown here alone.
    pub credential: String,
    /// When it stops working: never later than the grant.
    pub expires_at: Timestamp,
}

/// Why the caller may not decide a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MayNotDecideGrant {
    /// It waits for nobody any more.
    NotPending,
    /// Their role decides nothing.
    Role,
    /// They asked for it, would hold it, or are behind who would.
    Requester,
    /// They wrote or signed a policy that judged it.
    Author,
    /// One of the targets is outside their scope.
    Scope,
    /// They are in none of the groups that may decide.
    Group,
    /// They have decided already.
    AlreadyDecided,
}

/// Who holds a grant.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantPrincipal {
    /// Who.
    pub id: PrincipalId,
    /// Their name.
    pub name: String,
    /// Human, agent or service.
    pub kind: PrincipalKind,
    /// Who answers for an agent or a service.
    pub owner: Option<String>,
}

/// A target of a grant, as it was when it was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantTargetView {
    /// Which.
    pub id: TargetId,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
}

/// What the policies said of a request: the strictest of all its targets.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantDecision {
    /// What happens.
    pub verdict: Effect,
    /// Why.
    pub reasons: Vec<String>,
    /// Groups whose members may decide; empty for every reviewer.
    pub reviewers: Vec<String>,
    /// Distinct people who must approve; 0 where nobody must.
    pub quorum: u32,
    /// Whether no policy took a side, so that a reviewer has to.
    pub by_default: bool,
    /// The bundle whose policies were asked.
    pub bundle_revision: u64,
    /// Every policy's part, target by target. Left out for members.
    pub policies: Vec<PolicyOutcome>,
}

/// What one person decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantVoteView {
    /// Who.
    pub email: String,
    /// What.
    pub decision: ReviewDecision,
    /// Why, in their words.
    pub comment: String,
    /// When.
    pub at: Timestamp,
}

/// Time-boxed permission for a stated task, from the request on.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantView {
    /// Which.
    pub id: GrantId,
    /// Where it stands.
    pub state: GrantState,
    /// Who holds it.
    pub principal: GrantPrincipal,
    /// The human for whom they may act under it.
    pub on_behalf_of: Option<String>,
    /// Who asked: an e-mail address, or the principal's own name.
    pub requested_by: String,
    /// On what.
    pub targets: Vec<GrantTargetView>,
    /// What for.
    pub operations: Vec<GrantOperation>,
    /// The task.
    pub task: String,
    /// How long it is for, from when it begins.
    pub duration_seconds: u64,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Until when people may decide, where they must.
    pub decide_until: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// When its time is over; null before it is in force.
    pub expires_at: Option<Timestamp>,
    /// The grant that it follows on.
    pub extends: Option<GrantId>,
    /// Whether an admin took it without anybody's approval.
    pub break_glass: bool,
    /// Why, where it is such a one; else empty.
    pub reason: String,
    /// What the policies said; null where they were not asked.
    pub decision: Option<GrantDecision>,
    /// How many people approved.
    pub approvals: u32,
    /// What people decided, oldest first.
    pub votes: Vec<GrantVoteView>,
    /// Who ended it; null where its time was over.
    pub ended_by: Option<String>,
    /// Why it ended, in words.
    pub end_reason: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether the caller asked for it, holds it or is behind who does.
    pub mine: bool,
    /// Whether the caller may decide it now.
    pub may_decide: bool,
    /// Why not, where they may not.
    pub may_not_decide: Option<MayNotDecideGrant>,
}

/// What the caller may ask for, and for whom.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantOptions {
    /// Targets.
    pub targets: Vec<GrantTargetOption>,
    /// The caller, and the agents and services that they own.
    pub principals: Vec<GrantPrincipalOption>,
    /// The longest time that a grant may have.
    pub max_duration_seconds: u32,
}

/// A target that may be asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantTargetOption {
    /// Which.
    pub id: TargetId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// Its labels.
    pub labels: Labels,
    /// What it takes to get in.
    pub access: TargetAccess,
}

/// Somebody for whom the caller may ask.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantPrincipalOption {
    /// Who; null for the caller who was never a principal yet.
    pub id: Option<PrincipalId>,
    /// Their name.
    pub name: String,
    /// Human, agent or service.
    pub kind: PrincipalKind,
}
