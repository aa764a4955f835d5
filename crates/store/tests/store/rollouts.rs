//! Canaries that are taken back by themselves.

use countersign_model::{
    BindingId, BoundPolicyStatus, CanaryCounts, EdgeId, EdgeStatus, PolicyReadiness, Stage,
    Timestamp, VerdictCounts,
};
use countersign_store::{Breach, ChangeKind, ChangeQuery, Edit, Proposal, Proposed, Store};

use crate::{
    changes::{apply, canary, stage},
    samples::{START, at, edge},
};

fn counts(allow: u64, deny: u64, failed: u64) -> VerdictCounts {
    VerdictCounts {
        allow,
        deny,
        failed,
        ..VerdictCounts::default()
    }
}

/// What an edge that started then reports of a canary.
async fn status(
    store: &Store,
    canary: BindingId,
    started_at: Timestamp,
    (of_canary, baseline): (VerdictCounts, VerdictCounts),
) -> EdgeStatus {
    EdgeStatus {
        version: "0.1.0".to_owned(),
        started_at,
        instance: None,
        at: at(5),
        bundle_revision: store.revision().await.unwrap(),
        bundle_error: None,
        policies: vec![BoundPolicyStatus {
            binding_id: canary,
            policy: "guard".to_owned(),
            version: 2,
            digest: "d2".to_owned(),
            stage: Stage::Canary,
            readiness: PolicyReadiness::Ready,
            wanted_version: None,
            decisions: 0,
            failures: 0,
            last_failure: None,
            verdicts: VerdictCounts::default(),
            canary: Some(CanaryCounts {
                canary: of_canary,
                baseline,
            }),
            p50_us: 0,
            p99_us: 0,
            error: None,
        }],
        targets: Vec::new(),
        listeners: Vec::new(),
        sessions: 0,
        spool_records: 0,
        spool_bytes: 0,
        journal_error: None,
        resident_bytes: 0,
    }
}

async fn report(store: &Store, edge: EdgeId, status: &EdgeStatus) -> Vec<Breach> {
    store.note_edge_status(edge, status, at(5)).await.unwrap();
    store.breaches(status).await.unwrap()
}

fn take_back(breach: &Breach) -> Proposal {
    Proposal {
        edit: Edit::TakeBack(breach.binding, breach.canary_revision),
        comment: breach.reason.clone(),
        requested_by: None,
    }
}

pub async fn a_canary_is_taken_back_once(store: &Store) {
    let (first, second) = (edge(store, "edge-1").await, edge(store, "edge-2").await);
    let (enforced, canary) = canary(store).await;
    // Neither edge alone has too many failures.
    let two = (counts(5, 0, 2), counts(7, 0, 0));
    let quiet = status(store, canary, START, two).await;
    assert_eq!(report(store, first, &quiet).await, []);
    let breaches = report(store, second, &quiet).await;
    assert_eq!(breaches.len(), 1, "together they have");
    let rollouts = store.bindings().await.unwrap();
    let rollouts = store.rollouts(&rollouts).await.unwrap();
    assert_eq!(
        (rollouts[&canary].decisions(), rollouts[&canary].failures()),
        (14, 4)
    );

    let taken = store.propose(take_back(&breaches[0]), at(6)).await.unwrap();
    let Proposed::Applied(taken) = taken else {
        panic!("{taken:?}");
    };
    assert_eq!(
        (taken.kind, taken.alert),
        (ChangeKind::AutomaticRollback, true)
    );
    assert_eq!(store.binding(canary).await.unwrap().stage, Stage::Draft);
    assert_eq!(
        store.binding(enforced).await.unwrap().stage,
        Stage::Enforced
    );
    let again = store.propose(take_back(&breaches[0]), at(7)).await.unwrap();
    assert_eq!(again, Proposed::Unchanged);
    let alerts = ChangeQuery {
        open_alerts: true,
        ..ChangeQuery::default()
    };
    assert_eq!(store.policy_changes(alerts, 10).await.unwrap().len(), 1);

    // A second run begins with nothing; a late report of the first run takes nothing back.
    apply(
        store,
        Edit::UpdateBinding(canary, stage(Stage::Canary)),
        at(8),
    )
    .await;
    let late = store.propose(take_back(&breaches[0]), at(9)).await.unwrap();
    assert_eq!(late, Proposed::Unchanged);
    assert_eq!(report(store, first, &quiet).await, []);
    let more = (counts(9, 0, 3), counts(12, 0, 0));
    let more = status(store, canary, START, more).await;
    assert_eq!(report(store, second, &more).await, []);

    let mut broken = more.clone();
    broken.policies[0].readiness = PolicyReadiness::Failed;
    assert_eq!(report(store, second, &broken).await.len(), 1, "cannot run");
}

pub async fn few_decisions_take_nothing_back(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let (_, canary) = canary(store).await;
    for (of_canary, baseline, breaks) in [
        (counts(0, 49, 0), counts(49, 0, 0), false),
        (counts(40, 10, 0), counts(50, 0, 0), false),
        (counts(39, 11, 0), counts(50, 0, 0), true),
        (counts(39, 61, 0), counts(39, 61, 0), false),
    ] {
        let status = status(store, canary, START, (of_canary, baseline)).await;
        let breaches = report(store, edge, &status).await;
        assert_eq!(breaches.len(), usize::from(breaks), "{of_canary:?}");
    }
    // An edge that has not heard of the canary yet speaks of an earlier one.
    let failing = (counts(0, 0, 90), counts(90, 0, 0));
    let mut old = status(store, canary, at(3), failing).await;
    old.bundle_revision -= 1;
    assert_eq!(report(store, edge, &old).await, []);
}

pub async fn a_restarted_edge_counts_on(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let (_, canary) = canary(store).await;
    let two = || (counts(5, 0, 2), counts(7, 0, 0));
    let before = status(store, canary, START, two()).await;
    assert_eq!(report(store, edge, &before).await, []);
    // It started again: its counters began at nothing.
    let after = status(store, canary, at(4), two()).await;
    let breaches = report(store, edge, &after).await;
    assert_eq!(breaches.len(), 1, "2 and 2 failures");
    assert!(breaches[0].reason.starts_with("4 failures"), "{breaches:?}");
}
