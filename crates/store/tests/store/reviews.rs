//! Reviews, by the way they may go.

use std::sync::Arc;

use countersign_model::{
    EdgeId, GrantId, GrantRef, HttpOperation, RawOperation, ReviewDecision, ReviewId,
    ReviewRequest, ReviewState, Role, StatementClass, UserId,
};
use countersign_store::{
    DecideError, HoldError, NewDecision, ReviewQuery, ReviewRecord, Store, StoreError, UseError,
};

use crate::samples::{START, at, edge, review_request, user};

use ReviewDecision::{Approve, Deny};

async fn hold(store: &Store, edge: EdgeId, quorum: u8) -> ReviewRequest {
    let request = review_request(quorum);
    let record = store.hold(edge, &request, START).await.unwrap();
    assert_eq!(record.state, ReviewState::Pending);
    request
}

async fn decide(
    store: &Store,
    request: &ReviewRequest,
    user_id: UserId,
    decision: ReviewDecision,
    seconds: u64,
) -> Result<ReviewRecord, DecideError> {
    let new = NewDecision {
        user_id,
        decision,
        comment: "fine".to_owned(),
        digest: request.digest.clone(),
    };
    store.decide(request.id, new, at(seconds)).await
}

async fn state(store: &Store, id: ReviewId) -> ReviewState {
    store.review(id).await.unwrap().state
}

pub async fn a_review_needs_its_quorum(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let carol = user(store, "carol@example.com", Role::Admin).await;
    let dave = user(store, "dave@example.com", Role::Reviewer).await;
    let request = hold(store, edge, 2).await;
    let same = store.hold(edge, &request, at(1)).await.unwrap();
    assert_eq!(same.id, request.id);
    let first = decide(store, &request, carol, Approve, 2).await.unwrap();
    assert_eq!((first.state, first.approvals()), (ReviewState::Pending, 1));
    let twice = decide(store, &request, carol, Approve, 3).await;
    assert!(
        matches!(twice, Err(DecideError::AlreadyDecided)),
        "{twice:?}"
    );
    let second = decide(store, &request, dave, Approve, 4).await.unwrap();
    assert_eq!(second.state, ReviewState::Approved);
    assert_eq!(second.decided_at, Some(at(4)));
    let emails: Vec<_> = second.votes.iter().map(|v| v.email.as_str()).collect();
    assert_eq!(emails, ["carol@example.com", "dave@example.com"]);
    let stored = store.stored_review(request.id).await.unwrap();
    assert_eq!(stored.request.text, request.text);
    assert_eq!(stored.request.parameters, request.parameters);
}

pub async fn one_deny_ends_a_review(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let carol = user(store, "carol@example.com", Role::Admin).await;
    let dave = user(store, "dave@example.com", Role::Reviewer).await;
    let request = hold(store, edge, 2).await;
    decide(store, &request, carol, Approve, 1).await.unwrap();
    let denied = decide(store, &request, dave, Deny, 2).await.unwrap();
    assert_eq!(denied.state, ReviewState::Denied);
    let late = decide(store, &request, dave, Approve, 3).await;
    assert!(matches!(
        late,
        Err(DecideError::NotPending(ReviewState::Denied))
    ));
    let used = store.use_review(edge, request.id, at(4)).await;
    assert!(matches!(
        used,
        Err(UseError::NotApproved(ReviewState::Denied))
    ));
    let tally = store.review_tally(START).await.unwrap();
    assert_eq!(
        (tally.approved, tally.denied, tally.median_decision_ms),
        (0, 1, Some(2000))
    );
}

pub async fn a_decision_is_on_what_was_seen(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let carol = user(store, "carol@example.com", Role::Admin).await;
    let mut request = hold(store, edge, 1).await;
    request.digest = "cd".repeat(32);
    let stale = decide(store, &request, carol, Approve, 1).await;
    assert!(matches!(stale, Err(DecideError::StaleDigest)), "{stale:?}");
    assert_eq!(state(store, request.id).await, ReviewState::Pending);
    let other_bytes = store.hold(edge, &request, at(2)).await;
    assert!(
        matches!(other_bytes, Err(HoldError::IdTaken)),
        "{other_bytes:?}"
    );
}

pub async fn an_approval_is_used_once(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let carol = user(store, "carol@example.com", Role::Admin).await;
    let request = hold(store, edge, 1).await;
    let early = store.use_review(edge, request.id, at(1)).await;
    assert!(matches!(
        early,
        Err(UseError::NotApproved(ReviewState::Pending))
    ));
    decide(store, &request, carol, Approve, 2).await.unwrap();
    let uses = (0..8).map(|_| store.use_review(edge, request.id, at(3)));
    let results = futures::future::join_all(uses).await;
    let used = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(used, 1, "{results:?}");
    let withdrawn = store
        .withdraw_review(edge, request.id, at(4))
        .await
        .unwrap();
    assert_eq!(withdrawn.state, ReviewState::Used, "what ran stays so");
}

pub async fn reviews_expire(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let carol = user(store, "carol@example.com", Role::Admin).await;
    let pending = hold(store, edge, 1).await;
    let approved = hold(store, edge, 1).await;
    let withdrawn = hold(store, edge, 1).await;
    decide(store, &approved, carol, Approve, 1).await.unwrap();
    store
        .withdraw_review(edge, withdrawn.id, at(1))
        .await
        .unwrap();
    assert!(store.expire_reviews(at(299)).await.unwrap().is_empty());
    // Late decisions and uses do not wait for the sweep.
    let late = decide(store, &pending, carol, Approve, 300).await;
    assert!(
        matches!(late, Err(DecideError::NotPending(ReviewState::Expired))),
        "{late:?}"
    );
    let used = store.use_review(edge, approved.id, at(300)).await;
    assert!(matches!(
        used,
        Err(UseError::NotApproved(ReviewState::Expired))
    ));
    let swept = hold(store, edge, 1).await;
    let expired = store.expire_reviews(at(301)).await.unwrap();
    let ids: Vec<_> = expired.iter().map(|review| review.id).collect();
    assert_eq!(ids, [swept.id]);
    assert_eq!(state(store, withdrawn.id).await, ReviewState::Withdrawn);
    let stale = review_request(1);
    let held = store.hold(edge, &stale, at(302)).await.unwrap();
    assert_eq!(held.state, ReviewState::Expired, "held too late");
}

pub async fn a_review_is_its_edges_own(store: &Store) {
    let mine = edge(store, "edge-1").await;
    let other = edge(store, "edge-2").await;
    let request = hold(store, mine, 1).await;
    let withdrawn = store.withdraw_review(other, request.id, at(1)).await;
    assert!(matches!(withdrawn, Err(StoreError::NotFound("review"))));
    let used = store.use_review(other, request.id, at(1)).await;
    assert!(matches!(
        used,
        Err(UseError::Store(StoreError::NotFound("review")))
    ));
    let taken = store.hold(other, &request, at(1)).await;
    assert!(matches!(taken, Err(HoldError::IdTaken)));
    let query = ReviewQuery {
        edge_id: Some(other),
        ..ReviewQuery::default()
    };
    assert!(store.reviews(query, 10).await.unwrap().is_empty());
    let query = ReviewQuery {
        state: Some(ReviewState::Pending),
        session_id: Some(request.session_id),
        edge_id: Some(mine),
        expires_after: Some(at(299)),
        kind: Some("sql".to_owned()),
        before: None,
    };
    assert_eq!(store.reviews(query, 10).await.unwrap().len(), 1);
}

pub async fn a_held_request_is_kept_as_it_will_run(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let request = RawOperation::Http(HttpOperation {
        method: "POST".to_owned(),
        path: "/v1/refunds".to_owned(),
        body: Some("{\"note\":\"\\u0000\"}".into()),
        ..HttpOperation::default()
    });
    let grant = GrantRef {
        id: GrantId::new(),
        task: "refund order 1042".into(),
        break_glass: false,
    };
    let held = ReviewRequest {
        request: Some(Arc::new(request)),
        class: Some(StatementClass::Write),
        grant: Some(Arc::new(grant)),
        ..review_request(1)
    };
    store.hold(edge, &held, START).await.unwrap();
    let stored = store.stored_review(held.id).await.unwrap();
    assert_eq!(stored.request.request, held.request);
    let header = stored.record.header;
    assert_eq!(
        (header.kind.as_str(), header.class),
        ("http", StatementClass::Write)
    );
    assert_eq!(header.grant, held.grant);
    for (kind, count) in [("http", 1), ("sql", 0)] {
        let query = ReviewQuery {
            kind: Some(kind.to_owned()),
            ..ReviewQuery::default()
        };
        assert_eq!(
            store.reviews(query, 10).await.unwrap().len(),
            count,
            "{kind}"
        );
    }
}
