//! A grant as a caller sees it.

use countersign_model::Timestamp;
use countersign_store::{GrantJudgement, GrantRecord, GrantTarget, GrantVote};

use super::{
    authority,
    dto::{GrantDecision, GrantPrincipal, GrantTargetView, GrantView, GrantVoteView},
    party::Party,
};

impl From<GrantTarget> for GrantTargetView {
    fn from(target: GrantTarget) -> Self {
        Self {
            id: target.id,
            name: target.name,
            labels: target.labels,
        }
    }
}

impl From<GrantVote> for GrantVoteView {
    fn from(vote: GrantVote) -> Self {
        Self {
            email: vote.email,
            decision: vote.decision,
            comment: vote.comment,
            at: vote.decided_at,
        }
    }
}

/// The grant as `party` sees it.
pub fn view(grant: GrantRecord, party: &Party, now: Timestamp) -> GrantView {
    let refused = party
        .person()
        .map(|user| authority::may_decide(user, &grant, now));
    let reads_all = party.reads_all();
    GrantView {
        id: grant.id,
        state: grant.state,
        mine: party.is_behind(&grant),
        may_decide: matches!(refused, Some(Ok(()))),
        may_not_decide: refused.and_then(Result::err),
        approvals: u32::try_from(grant.approvals()).unwrap_or(u32::MAX),
        principal: GrantPrincipal {
            id: grant.holder.id,
            name: grant.holder.name,
            kind: grant.holder.kind,
            owner: grant.holder.owner,
        },
        on_behalf_of: grant.on_behalf_of,
        requested_by: grant.requested_by,
        targets: grant.targets.into_iter().map(Into::into).collect(),
        operations: grant.operations,
        task: grant.task,
        duration_seconds: grant.duration_seconds,
        requested_at: grant.requested_at,
        decide_until: grant.decide_until,
        decided_at: grant.decided_at,
        expires_at: grant.expires_at,
        extends: grant.extends,
        break_glass: grant.break_glass,
        reason: grant.reason,
        decision: grant
            .judgement
            .map(|judgement| decision(judgement, grant.quorum, reads_all)),
        votes: grant.votes.into_iter().map(Into::into).collect(),
        ended_by: grant.ended_by,
        end_reason: grant.end_reason,
        ended_at: grant.ended_at,
    }
}

fn decision(judgement: GrantJudgement, quorum: u32, reads_all: bool) -> GrantDecision {
    let decisions = judgement.targets.into_iter().map(|target| target.decision);
    let mut bundle_revision = 0;
    let mut policies = Vec::new();
    for decision in decisions {
        bundle_revision = decision.bundle_revision;
        if reads_all {
            policies.extend(decision.policies);
        }
    }
    GrantDecision {
        verdict: judgement.effect,
        reasons: judgement.reasons,
        reviewers: judgement
            .review
            .map_or_else(Vec::new, |spec| spec.reviewers),
        quorum,
        by_default: judgement.by_default,
        bundle_revision,
        policies,
    }
}
