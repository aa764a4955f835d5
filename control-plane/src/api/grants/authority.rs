//! Who may decide a request for access: a person with a role, a scope and a group for it, and never
//! who asked, who is behind them, or whose policy judged it.

use countersign_model::{GrantState, Role, Timestamp};
use countersign_store::{GrantRecord, UserRecord};

use super::{dto::MayNotDecideGrant as No, party};
use crate::auth::scope;

/// Whether `user` may decide `grant` now. An admin counts as a member of every group and has no
/// scope, and is bound by all the rest.
pub fn may_decide(user: &UserRecord, grant: &GrantRecord, now: Timestamp) -> Result<(), No> {
    let over = grant.decide_until.is_some_and(|until| until <= now);
    if grant.state != GrantState::Requested || over {
        return Err(No::NotPending);
    }
    if !user.is(Role::Admin) && !user.is(Role::Reviewer) {
        return Err(No::Role);
    }
    if party::may_be_behind(user, grant) {
        return Err(No::Requester);
    }
    let judgement = grant.judgement.as_ref();
    if judgement.is_some_and(|judgement| judgement.authors.contains(&user.id)) {
        return Err(No::Author);
    }
    let mut labels = grant.targets.iter().map(|target| &target.labels);
    if !labels.all(|labels| scope::includes(user, labels)) {
        return Err(No::Scope);
    }
    let review = judgement.and_then(|judgement| judgement.review.as_ref());
    let reviewers = review.map_or(&[][..], |review| &review.reviewers);
    let in_group = reviewers.iter().any(|group| user.groups.contains(group));
    if !reviewers.is_empty() && !user.is(Role::Admin) && !in_group {
        return Err(No::Group);
    }
    if grant.votes.iter().any(|vote| vote.user_id == user.id) {
        return Err(No::AlreadyDecided);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
