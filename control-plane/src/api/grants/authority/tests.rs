//! Who may decide which request.

use std::collections::BTreeMap;

use countersign_model::{
    Effect, GrantId, GrantOperation, Principal, PrincipalId, PrincipalKind, ReviewDecision,
    ReviewSpec, Roles, TargetId, UserId,
};
use countersign_store::{GrantJudgement, GrantTarget, GrantVote};

use super::*;
use crate::api::grants::party::tests::person;

fn grant(change: impl FnOnce(&mut GrantRecord)) -> GrantRecord {
    let mut grant = GrantRecord {
        id: GrantId::new(),
        state: GrantState::Requested,
        holder: Principal {
            id: PrincipalId::new(),
            name: "copilot".to_owned(),
            kind: PrincipalKind::Agent,
            groups: Vec::new(),
            claims: BTreeMap::new(),
            on_behalf_of: None,
            owner: Some("alice@example.com".to_owned()),
        },
        on_behalf_of: Some("alice@example.com".to_owned()),
        requested_by: "alice@example.com".to_owned(),
        requested_by_user: Some(UserId::new()),
        targets: vec![target(&[("env", "production"), ("team", "shop")])],
        operations: vec![GrantOperation::Read],
        task: "refund order 1042".to_owned(),
        duration_seconds: 1800,
        extends: None,
        break_glass: false,
        reason: String::new(),
        judgement: Some(GrantJudgement {
            effect: Effect::Review,
            reasons: Vec::new(),
            review: Some(ReviewSpec {
                reason: String::new(),
                reviewers: vec!["dba".to_owned()],
                quorum: 1,
                expires_in: 60,
            }),
            by_default: false,
            authors: Vec::new(),
            targets: Vec::new(),
        }),
        quorum: 1,
        requested_at: Timestamp::from_millis(0),
        decide_until: Some(Timestamp::from_millis(1000)),
        decided_at: None,
        expires_at: None,
        ended_at: None,
        ended_by: None,
        end_reason: None,
        votes: Vec::new(),
    };
    change(&mut grant);
    grant
}

fn target(labels: &[(&str, &str)]) -> GrantTarget {
    let label = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    GrantTarget {
        id: TargetId::new(),
        name: "shop-production".to_owned(),
        labels: labels.iter().map(label).collect(),
    }
}

fn scoped(labels: &[(&str, &str)]) -> UserRecord {
    let mut user = person(Role::Reviewer, &["dba"]);
    user.review_scope = Some(target(labels).labels);
    user
}

fn reviewers(grant: &mut GrantRecord, groups: &[&str]) {
    let judgement = grant.judgement.as_mut().expect("a judgement");
    let review = judgement.review.as_mut().expect("a review");
    review.reviewers = groups.iter().map(|group| (*group).to_owned()).collect();
}

#[test]
fn only_the_right_people_decide() {
    let dba = person(Role::Reviewer, &["dba"]);
    let admin = person(Role::Admin, &[]);
    let author = person(Role::Admin, &[]);
    let both = UserRecord {
        roles: Roles::from([Role::Member, Role::Reviewer]),
        ..dba.clone()
    };
    let (wrote, asked, voted) = (author.id, dba.id, dba.id);
    let carol = "carol@example.com".to_owned();
    let cases = [
        ("a member of the group", &dba, grant(|_| ()), Ok(())),
        ("one of several roles", &both, grant(|_| ()), Ok(())),
        ("an admin", &admin, grant(|_| ()), Ok(())),
        (
            "another group",
            &person(Role::Reviewer, &["web"]),
            grant(|_| ()),
            Err(No::Group),
        ),
        (
            "no groups are asked for",
            &person(Role::Reviewer, &[]),
            grant(|g| reviewers(g, &[])),
            Ok(()),
        ),
        (
            "a member",
            &person(Role::Member, &["dba"]),
            grant(|_| ()),
            Err(No::Role),
        ),
        (
            "an auditor",
            &person(Role::Auditor, &["dba"]),
            grant(|_| ()),
            Err(No::Role),
        ),
        (
            "a policy author by role",
            &person(Role::PolicyAuthor, &["dba"]),
            grant(|_| ()),
            Err(No::Role),
        ),
        (
            "who asked",
            &dba,
            grant(|g| g.requested_by_user = Some(asked)),
            Err(No::Requester),
        ),
        (
            "the human for whom it is held",
            &admin,
            grant(|g| g.on_behalf_of = Some(" CAROL@example.com".to_owned())),
            Err(No::Requester),
        ),
        (
            "the human for whom its holder always acts, by name",
            &admin,
            grant(|g| g.holder.on_behalf_of = Some("Carol Jones".to_owned())),
            Err(No::Requester),
        ),
        (
            "the owner",
            &admin,
            grant(|g| g.holder.owner = Some(carol.clone())),
            Err(No::Requester),
        ),
        (
            "one of the owning group",
            &dba,
            grant(|g| g.holder.owner = Some("group:dba".to_owned())),
            Err(No::Requester),
        ),
        (
            "the holder",
            &dba,
            grant(|g| {
                g.holder.kind = PrincipalKind::Human;
                g.holder.name = carol.clone();
            }),
            Err(No::Requester),
        ),
        (
            "the author of a policy that judged it, an admin",
            &author,
            grant(|g| g.judgement.as_mut().expect("one").authors.push(wrote)),
            Err(No::Author),
        ),
        (
            "within their scope",
            &scoped(&[("env", "production"), ("team", "*")]),
            grant(|_| ()),
            Ok(()),
        ),
        (
            "outside their scope",
            &scoped(&[("env", "staging")]),
            grant(|_| ()),
            Err(No::Scope),
        ),
        (
            "one target of two outside their scope",
            &scoped(&[("env", "production")]),
            grant(|g| g.targets.push(target(&[("env", "staging")]))),
            Err(No::Scope),
        ),
        (
            "too late",
            &dba,
            grant(|g| g.decide_until = Some(Timestamp::from_millis(500))),
            Err(No::NotPending),
        ),
        (
            "in force already",
            &dba,
            grant(|g| g.state = GrantState::Active),
            Err(No::NotPending),
        ),
        (
            "a second vote",
            &dba,
            grant(|g| {
                g.votes.push(GrantVote {
                    user_id: voted,
                    user: String::new(),
                    email: String::new(),
                    decision: ReviewDecision::Approve,
                    comment: String::new(),
                    decided_at: Timestamp::from_millis(1),
                });
            }),
            Err(No::AlreadyDecided),
        ),
    ];
    for (name, user, grant, expected) in cases {
        let now = Timestamp::from_millis(500);
        assert_eq!(may_decide(user, &grant, now), expected, "{name}");
    }
}
