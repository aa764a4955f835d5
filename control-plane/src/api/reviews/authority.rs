//! Who may decide a review: a person with a role and a group for it, and never the one who asks.

use countersign_model::{Principal, ReviewState, Role, Timestamp};
use countersign_store::{ReviewRecord, UserRecord};

use super::dto::MayNotDecide;
use crate::auth::scope;

/// Whether `user` may decide `review` now. An admin counts as a member of every group, and is
/// bound by all the rest.
pub fn may_decide(
    user: &UserRecord,
    review: &ReviewRecord,
    now: Timestamp,
) -> Result<(), MayNotDecide> {
    if review.state != ReviewState::Pending || review.expires_at <= now {
        return Err(MayNotDecide::NotPending);
    }
    if !user.is(Role::Admin) && !user.is(Role::Reviewer) {
        return Err(MayNotDecide::Role);
    }
    if is_requester(user, &review.header.principal) {
        return Err(MayNotDecide::Requester);
    }
    let reviewers = &review.header.reviewers;
    let in_group = reviewers.iter().any(|group| user.groups.contains(group));
    if !reviewers.is_empty() && !user.is(Role::Admin) && !in_group {
        return Err(MayNotDecide::Group);
    }
    if !scope::includes(user, &review.header.labels) {
        return Err(MayNotDecide::Scope);
    }
    if review.votes.iter().any(|vote| vote.user_id == user.id) {
        return Err(MayNotDecide::AlreadyDecided);
    }
    Ok(())
}

/// Whether the principal is the person, or acts for them: by e-mail address or by name, ignoring
/// case and outer blanks.
fn is_requester(user: &UserRecord, principal: &Principal) -> bool {
    let fold = |text: &str| text.trim().to_lowercase();
    let person = [fold(&user.email), fold(&user.name)];
    let asks = [Some(&principal.name), principal.on_behalf_of.as_ref()];
    asks.into_iter()
        .flatten()
        .any(|name| person.contains(&fold(name)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use countersign_model::{
        ActionId, EdgeId, Labels, PrincipalId, PrincipalKind, ReviewDecision, ReviewId, Roles,
        SessionId, StatementClass, TargetId, UserId,
    };
    use countersign_store::{ReviewHeader, ReviewVote};

    use super::*;

    fn user(role: Role, groups: &[&str]) -> UserRecord {
        UserRecord {
            id: UserId::new(),
            name: "Carol Jones".to_owned(),
            email: "carol@example.com".to_owned(),
            roles: Roles::from([role]),
            review_scope: None,
            source: countersign_store::UserSource::Local,
            last_sign_in_at: None,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            created_at: Timestamp::from_millis(0),
            disabled_at: None,
        }
    }

    fn review(change: impl FnOnce(&mut ReviewRecord)) -> ReviewRecord {
        let mut review = ReviewRecord {
            id: ReviewId::new(),
            edge_id: EdgeId::new(),
            edge: "edge-1".to_owned(),
            session_id: SessionId::new(),
            state: ReviewState::Pending,
            digest: String::new(),
            header: ReviewHeader {
                action_id: ActionId::new(),
                principal: Principal {
                    id: PrincipalId::new(),
                    name: "release-bot".to_owned(),
                    kind: PrincipalKind::Agent,
                    groups: Vec::new(),
                    claims: BTreeMap::new(),
                    on_behalf_of: Some("alice@example.com".to_owned()),
                    owner: None,
                },
                target_id: TargetId::new(),
                target: "shop".to_owned(),
                labels: BTreeMap::new(),
                kind: "sql".to_owned(),
                class: StatementClass::Destructive,
                grant: None,
                excerpt: String::new(),
                reason: String::new(),
                reviewers: vec!["dba".to_owned()],
                quorum: 1,
            },
            requested_at: Timestamp::from_millis(0),
            expires_at: Timestamp::from_millis(1000),
            decided_at: None,
            votes: Vec::new(),
        };
        change(&mut review);
        review
    }

    #[test]
    fn only_the_right_people_decide() {
        let admin = user(Role::Admin, &[]);
        let dba = user(Role::Reviewer, &["dba"]);
        let other = user(Role::Reviewer, &["web"]);
        let auditor = user(Role::Auditor, &["dba"]);
        let scope = Labels::from([("env".to_owned(), "staging".to_owned())]);
        let with_scope = |mut user: UserRecord| {
            user.review_scope = Some(scope.clone());
            user
        };
        let scoped = with_scope(user(Role::Reviewer, &["dba"]));
        let scoped_admin = with_scope(user(Role::Admin, &[]));
        let staging = |r: &mut ReviewRecord| r.header.labels = scope.clone();
        let voted = dba.id;
        let asks = |name: &'static str| {
            move |r: &mut ReviewRecord| r.header.principal.name = name.to_owned()
        };
        let for_whom = |name: &'static str| {
            move |r: &mut ReviewRecord| r.header.principal.on_behalf_of = Some(name.to_owned())
        };
        let cases = [
            ("a member of the group", &dba, review(|_| ()), Ok(())),
            ("an admin", &admin, review(|_| ()), Ok(())),
            (
                "another group",
                &other,
                review(|_| ()),
                Err(MayNotDecide::Group),
            ),
            (
                "no groups are asked for",
                &other,
                review(|r| r.header.reviewers.clear()),
                Ok(()),
            ),
            (
                "an auditor",
                &auditor,
                review(|_| ()),
                Err(MayNotDecide::Role),
            ),
            (
                "the requester",
                &dba,
                review(asks("Carol@Example.com")),
                Err(MayNotDecide::Requester),
            ),
            (
                "the one it is done for, an admin",
                &admin,
                review(for_whom(" CAROL@example.com")),
                Err(MayNotDecide::Requester),
            ),
            (
                "the one it is done for, by name",
                &admin,
                review(for_whom("carol jones")),
                Err(MayNotDecide::Requester),
            ),
            (
                "expired",
                &dba,
                review(|r| r.expires_at = Timestamp::from_millis(500)),
                Err(MayNotDecide::NotPending),
            ),
            (
                "ended",
                &dba,
                review(|r| r.state = ReviewState::Denied),
                Err(MayNotDecide::NotPending),
            ),
            ("in their scope", &scoped, review(staging), Ok(())),
            (
                "out of their scope",
                &scoped,
                review(|_| ()),
                Err(MayNotDecide::Scope),
            ),
            (
                "an admin, whatever their scope",
                &scoped_admin,
                review(|_| ()),
                Ok(()),
            ),
            (
                "a second vote",
                &dba,
                review(|r| {
                    r.votes.push(ReviewVote {
                        user_id: voted,
                        user: String::new(),
                        email: String::new(),
                        decision: ReviewDecision::Approve,
                        comment: String::new(),
                        decided_at: Timestamp::from_millis(1),
                    });
                }),
                Err(MayNotDecide::AlreadyDecided),
            ),
        ];
        for (name, user, review, expected) in cases {
            let now = Timestamp::from_millis(500);
            assert_eq!(may_decide(user, &review, now), expected, "{name}");
        }
    }
}
