//! Grants, by the way they may go.

use std::time::Duration;

use countersign_model::{
    DefaultVerdict, Effect, GrantId, GrantOperation, GrantState, Labels, PrincipalId,
    PrincipalKind, ReviewDecision, ReviewSpec, Role, Target, TargetAccess, TargetId, TargetKind,
    UserId,
};
use countersign_store::{
    AuditQuery, EndGrantError, GrantEnd, GrantJudgement, GrantParty, GrantQuery, GrantRecord,
    GrantTarget, GrantVoteError, NewGrant, NewGrantOutcome, NewGrantVote, NewPrincipal, NewTarget,
    Store, StoreError, UserChange,
};

use crate::samples::{START, at, user};

use ReviewDecision::{Approve, Deny};

/// A grant for ten minutes, which people have five minutes to decide.
async fn ask(store: &Store, holder: PrincipalId, outcome: NewGrantOutcome) -> GrantRecord {
    ask_after(store, holder, outcome, None, 0).await
}

async fn ask_after(
    store: &Store,
    holder: PrincipalId,
    outcome: NewGrantOutcome,
    extends: Option<GrantId>,
    seconds: u64,
) -> GrantRecord {
    let target = GrantTarget {
        id: TargetId::new(),
        name: "shop-production".to_owned(),
        labels: [("env".to_owned(), "production".to_owned())].into(),
    };
    request(store, holder, outcome, extends, vec![target], seconds).await
}

async fn ask_on(
    store: &Store,
    holder: PrincipalId,
    outcome: NewGrantOutcome,
    targets: Vec<GrantTarget>,
) -> GrantRecord {
    request(store, holder, outcome, None, targets, 0).await
}

async fn request(
    store: &Store,
    holder: PrincipalId,
    outcome: NewGrantOutcome,
    extends: Option<GrantId>,
    targets: Vec<GrantTarget>,
    seconds: u64,
) -> GrantRecord {
    let new = NewGrant {
        id: GrantId::new(),
        principal_id: holder,
        on_behalf_of: Some("alice@example.com".to_owned()),
        requested_by: "alice@example.com".to_owned(),
        requested_by_user: None,
        targets,
        operations: vec![GrantOperation::Read, GrantOperation::Write],
        task: "refund order 1042".to_owned(),
        duration: Duration::from_secs(600),
        extends,
        judgement: Some(GrantJudgement {
            effect: Effect::Review,
            reasons: vec!["because".to_owned()],
            review: None,
            by_default: false,
            authors: Vec::new(),
            targets: Vec::new(),
        }),
        outcome,
    };
    store.request_grant(new, at(seconds)).await.unwrap()
}

fn review(quorum: u8) -> NewGrantOutcome {
    NewGrantOutcome::Review(ReviewSpec {
        reason: "because".to_owned(),
        reviewers: Vec::new(),
        quorum,
        expires_in: 300,
    })
}

async fn agent(store: &Store) -> PrincipalId {
    let new = NewPrincipal {
        name: "copilot".to_owned(),
        kind: PrincipalKind::Agent,
        groups: Vec::new(),
        claims: [].into(),
        on_behalf_of: None,
        owner: Some("group:platform".to_owned()),
        purpose: String::new(),
    };
    let record = store.create_principal(new, START).await.unwrap();
    record.principal.id
}

async fn vote(
    store: &Store,
    id: GrantId,
    user_id: UserId,
    decision: ReviewDecision,
    seconds: u64,
) -> Result<GrantRecord, GrantVoteError> {
    let new = NewGrantVote {
        user_id,
        email: "carol@example.com".to_owned(),
        decision,
        comment: "fine".to_owned(),
    };
    store.vote_on_grant(id, new, at(seconds)).await
}

fn end(to: GrantState) -> GrantEnd {
    GrantEnd {
        to,
        by: "alice@example.com".to_owned(),
        reason: Some("done".to_owned()),
    }
}

async fn in_force(store: &Store, seconds: u64) -> Vec<GrantId> {
    let bundle = store.bundle(at(seconds)).await.unwrap();
    bundle.grants.into_iter().map(|grant| grant.id).collect()
}

pub async fn a_grant_begins_with_its_last_approval(store: &Store) {
    let holder = agent(store).await;
    let carol = user(store, "carol@example.com", Role::Reviewer).await;
    let dave = user(store, "dave@example.com", Role::Reviewer).await;
    let before = store.revision().await.unwrap();
    let grant = ask(store, holder, review(2)).await;
    assert_eq!(grant.state, GrantState::Requested);
    assert_eq!((grant.quorum, grant.decide_until), (2, Some(at(300))));
    let first = vote(store, grant.id, carol, Approve, 10).await.unwrap();
    assert_eq!((first.state, first.approvals()), (GrantState::Requested, 1));
    let twice = vote(store, grant.id, carol, Approve, 11).await;
    assert!(
        matches!(twice, Err(GrantVoteError::AlreadyDecided)),
        "{twice:?}"
    );
    assert_eq!(
        store.revision().await.unwrap(),
        before,
        "nothing for edges yet"
    );
    assert!(in_force(store, 12).await.is_empty());

    let second = vote(store, grant.id, dave, Approve, 20).await.unwrap();
    assert_eq!(second.state, GrantState::Active);
    assert_eq!(second.expires_at, Some(at(620)), "its time begins now");
    assert_eq!(store.revision().await.unwrap(), before + 1);
    assert_eq!(in_force(store, 21).await, [grant.id]);
    let enforced = &store.bundle(at(21)).await.unwrap().grants[0];
    assert_eq!(Some(enforced), second.grant().as_ref());
    assert!(in_force(store, 620).await.is_empty(), "over, swept or not");
}

pub async fn one_deny_ends_a_request(store: &Store) {
    let holder = agent(store).await;
    let carol = user(store, "carol@example.com", Role::Reviewer).await;
    let dave = user(store, "dave@example.com", Role::Reviewer).await;
    let grant = ask(store, holder, review(2)).await;
    vote(store, grant.id, carol, Approve, 1).await.unwrap();
    let denied = vote(store, grant.id, dave, Deny, 2).await.unwrap();
    assert_eq!(denied.state, GrantState::Denied);
    assert_eq!(denied.end_reason.as_deref(), Some("fine"));
    assert_eq!(denied.ended_at, Some(at(2)));
    let late = vote(store, grant.id, dave, Approve, 3).await;
    let refused = matches!(late, Err(GrantVoteError::NotRequested(GrantState::Denied)));
    assert!(refused, "{late:?}");
}

pub async fn racing_approvals_begin_one_grant(store: &Store) {
    let holder = agent(store).await;
    let grant = ask(store, holder, review(2)).await;
    let mut people = Vec::new();
    for index in 0..8 {
        let email = format!("reviewer-{index}@example.com");
        people.push(user(store, &email, Role::Reviewer).await);
    }
    let before = store.revision().await.unwrap();
    let votes = people
        .iter()
        .map(|who| vote(store, grant.id, *who, Approve, 1));
    let results = futures::future::join_all(votes).await;
    let counted: Vec<_> = results.iter().filter_map(|r| r.as_ref().ok()).collect();
    assert_eq!(counted.len(), 2, "{results:?}");
    let began = counted.iter().filter(|g| g.state == GrantState::Active);
    assert_eq!(began.count(), 1);
    let settled = store.grant(grant.id).await.unwrap();
    assert_eq!(
        (settled.approvals(), settled.state),
        (2, GrantState::Active)
    );
    assert_eq!(store.revision().await.unwrap(), before + 1);
}

pub async fn a_grant_ends_once(store: &Store) {
    let holder = agent(store).await;
    let grant = ask(store, holder, NewGrantOutcome::Granted).await;
    assert_eq!(grant.expires_at, Some(at(600)));
    let early = store
        .end_grant(grant.id, end(GrantState::Withdrawn), at(1))
        .await;
    let refused = matches!(early, Err(EndGrantError::WrongState(GrantState::Active)));
    assert!(refused, "what is in force is not withdrawn: {early:?}");
    let before = store.revision().await.unwrap();
    let ways = [GrantState::Revoked, GrantState::Completed].repeat(4);
    let ends = ways
        .iter()
        .map(|to| store.end_grant(grant.id, end(*to), at(2)));
    let results = futures::future::join_all(ends).await;
    let ended = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(ended, 1, "{results:?}");
    assert_eq!(store.revision().await.unwrap(), before + 1);
    assert!(in_force(store, 3).await.is_empty());
    let settled = store.grant(grant.id).await.unwrap();
    assert_eq!(settled.ended_by.as_deref(), Some("alice@example.com"));
    assert_eq!(settled.ended_at, Some(at(2)));
}

pub async fn grants_and_requests_expire(store: &Store) {
    let holder = agent(store).await;
    let carol = user(store, "carol@example.com", Role::Reviewer).await;
    let waiting = ask(store, holder, review(1)).await;
    let active = ask(store, holder, NewGrantOutcome::Granted).await;
    assert!(store.expire_grants(at(299)).await.unwrap().is_empty());
    let late = vote(store, waiting.id, carol, Approve, 300).await;
    let refused = matches!(late, Err(GrantVoteError::NotRequested(GrantState::Expired)));
    assert!(refused, "too late, swept or not: {late:?}");
    let before = store.revision().await.unwrap();
    let expired = store.expire_grants(at(300)).await.unwrap();
    assert_eq!(expired.len(), 1);
    assert_eq!(
        (expired[0].id, expired[0].state),
        (waiting.id, GrantState::Expired)
    );
    assert_eq!(
        store.revision().await.unwrap(),
        before,
        "no edge knew of it"
    );

    let sweeps = (0..4).map(|_| store.expire_grants(at(600)));
    let sweeps = futures::future::join_all(sweeps).await;
    let expired: Vec<_> = sweeps.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(expired.len(), 1, "one sweep ends it");
    assert_eq!(expired[0].id, active.id);
    assert_eq!(store.revision().await.unwrap(), before + 1);
    let over = store
        .end_grant(active.id, end(GrantState::Revoked), at(601))
        .await;
    let refused = matches!(over, Err(EndGrantError::WrongState(GrantState::Expired)));
    assert!(refused, "{over:?}");
}

pub async fn what_follows_on_a_revoked_grant_ends(store: &Store) {
    let holder = agent(store).await;
    let first = ask(store, holder, NewGrantOutcome::Granted).await;
    let granted = NewGrantOutcome::Granted;
    let second = ask_after(store, holder, granted, Some(first.id), 1).await;
    let third = ask_after(store, holder, review(1), Some(second.id), 2).await;
    let other = ask(store, holder, NewGrantOutcome::Granted).await;
    store
        .end_grant(second.id, end(GrantState::Completed), at(3))
        .await
        .unwrap();
    let still = store.grant(third.id).await.unwrap();
    assert_eq!(
        still.state,
        GrantState::Requested,
        "a closed task is no alarm"
    );
    let ended = store
        .end_grant(first.id, end(GrantState::Revoked), at(4))
        .await
        .unwrap();
    let ids: Vec<_> = ended.iter().map(|grant| grant.id).collect();
    assert_eq!(ids, [first.id, third.id]);
    assert!(ended.iter().all(|grant| grant.state == GrantState::Revoked));
    assert_eq!(in_force(store, 5).await, [other.id]);
}

pub async fn a_broken_glass_is_marked(store: &Store) {
    let holder = agent(store).await;
    let glass = NewGrantOutcome::BrokenGlass("nobody answers".to_owned());
    let grant = ask(store, holder, glass).await;
    assert!(grant.break_glass && grant.state == GrantState::Active);
    assert_eq!(grant.reason, "nobody answers");
    assert!(store.bundle(at(1)).await.unwrap().grants[0].break_glass);
    let refused = NewGrantOutcome::Denied("not here".to_owned());
    let grant = ask(store, holder, refused).await;
    assert_eq!((grant.state, grant.expires_at), (GrantState::Denied, None));
    assert_eq!(grant.end_reason.as_deref(), Some("not here"));
    assert_eq!(in_force(store, 1).await.len(), 1);
}

pub async fn what_rests_on_what_is_gone_ends(store: &Store) {
    let target = async |name: &str| {
        let new = NewTarget {
            name: name.to_owned(),
            kind: TargetKind::Postgres,
            labels: Labels::new(),
            default_verdict: DefaultVerdict::Allow,
            access: TargetAccess::Grant,
        };
        store.create_target(new, START).await.unwrap().target
    };
    let on = |target: &Target| GrantTarget {
        id: target.id,
        name: target.name.clone(),
        labels: Labels::new(),
    };
    let (one, two) = (target("one").await, target("two").await);
    let holder = agent(store).await;
    let on_one = ask_on(store, holder, NewGrantOutcome::Granted, vec![on(&one)]).await;
    let on_both = vec![on(&one), on(&two)];
    let on_both = ask_on(store, holder, NewGrantOutcome::Granted, on_both).await;
    let asked = ask_on(store, holder, review(1), vec![on(&one)]).await;
    let ended = store.remove_target(one.id, "root@x", at(5)).await.unwrap();
    let ended: Vec<_> = ended.iter().map(|grant| (grant.id, grant.state)).collect();
    let expected = [
        (on_one.id, GrantState::Revoked),
        (asked.id, GrantState::Withdrawn),
    ];
    assert_eq!(ended, expected, "what has another target goes on");
    assert_eq!(in_force(store, 6).await, [on_both.id]);
    let why = store.grant(on_one.id).await.unwrap();
    assert_eq!(why.ended_by.as_deref(), Some("root@x"));
    assert_eq!(why.end_reason.as_deref(), Some("the target was removed"));
    let told = AuditQuery {
        kind: Some("grant.revoked".to_owned()),
        limit: 10,
        ..AuditQuery::default()
    };
    let told = store.audit_events(&told).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].actor.as_deref(), Some("root@x"));

    let ended = store.remove_principal(holder, "root@x", at(7)).await;
    let ended: Vec<_> = ended.unwrap().iter().map(|grant| grant.id).collect();
    assert_eq!(ended, [on_both.id], "none ends twice");
    assert!(in_force(store, 8).await.is_empty());
}

pub async fn a_disabled_persons_grants_end(store: &Store) {
    let alice = user(store, "alice@example.com", Role::Member).await;
    user(store, "root@example.com", Role::Admin).await;
    let record = store.user(alice).await.unwrap();
    let own = store.ensure_human_principal(&record, START).await.unwrap();
    let own = own.principal.id;
    let secret = store.create_credential(own, "hash", START, at(600)).await;
    let held = ask(store, own, NewGrantOutcome::Granted).await;
    let for_her = ask(store, agent(store).await, NewGrantOutcome::Granted).await;
    let disable = |disabled| UserChange {
        disabled: Some(disabled),
        by: Some("root@example.com".to_owned()),
        ..UserChange::default()
    };
    let changed = store.update_user(alice, disable(true), at(5)).await;
    let ended: Vec<_> = changed.unwrap().ended.iter().map(|g| g.id).collect();
    assert_eq!(ended, [held.id, for_her.id]);
    let bundle = store.bundle(at(6)).await.unwrap();
    assert!(bundle.grants.is_empty());
    let credentials = bundle.principals.iter().map(|p| p.credentials.len());
    assert_eq!(credentials.sum::<usize>(), 0, "{:?}", secret.unwrap().id);
    let back = store.update_user(alice, disable(false), at(7)).await;
    assert!(back.unwrap().ended.is_empty());
    assert!(in_force(store, 8).await.is_empty(), "it brings none back");
}

pub async fn grants_are_found_by_whose_they_are(store: &Store) {
    let holder = agent(store).await;
    let alice = user(store, "alice@example.com", Role::Member).await;
    let grant = ask(store, holder, review(1)).await;
    let found = async |email: &str, groups: &[&str]| {
        let party = GrantParty::Person {
            id: if email.starts_with("alice") {
                alice
            } else {
                UserId::new()
            },
            email: email.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        let query = GrantQuery {
            of: Some(party),
            ..GrantQuery::default()
        };
        store.grants(query, 10).await.unwrap().len()
    };
    assert_eq!(found("alice@example.com", &[]).await, 1, "on her behalf");
    assert_eq!(
        found("bob@example.com", &["platform"]).await,
        1,
        "its owner"
    );
    assert_eq!(found("bob@example.com", &["dba"]).await, 0);
    let by = async |query: GrantQuery| store.grants(query, 10).await.unwrap().len();
    for (human, expected) in [
        (None, 1),
        (Some("alice@example.com"), 1),
        (Some("bob@example.com"), 0),
    ] {
        let held = GrantQuery {
            target_id: Some(grant.targets[0].id),
            of: Some(GrantParty::Principal {
                id: holder,
                on_behalf_of: human.map(str::to_owned),
            }),
            ..GrantQuery::default()
        };
        assert_eq!(by(held).await, expected, "acting for {human:?}");
    }
    let elsewhere = GrantQuery {
        target_id: Some(TargetId::new()),
        ..GrantQuery::default()
    };
    assert_eq!(by(elsewhere).await, 0);
    let active = GrantQuery {
        state: Some(GrantState::Active),
        ..GrantQuery::default()
    };
    assert_eq!(by(active).await, 0);
    let missing = store.grant(GrantId::new()).await;
    assert!(matches!(missing, Err(StoreError::NotFound("grant"))));
}
