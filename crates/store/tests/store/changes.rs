//! Changes of what is enforced, approvals, policy sets and documents.

use countersign_model::{AuthorSignature, BindingId, ChangeId, Role, Selector, Stage, Timestamp};
use countersign_store::{
    BindingChange, BoundVersion, ChangeError, ChangeKind, ChangeQuery, ChangeRecord, ChangeState,
    CounterSplit, DocumentFormat, Edit, NewBinding, NewDocumentVersion, PolicySettings, Proposal,
    Proposed, Store, VersionRecord,
};
use serde_json::json;

use crate::{
    registry::version,
    samples::{START, at, edge, user},
};

/// A binding that covers everything.
pub fn binding(version: &VersionRecord, stage: Stage) -> NewBinding {
    NewBinding {
        version: BoundVersion::from(version),
        settings: json!({}),
        selector: Selector::default(),
        stage,
        position: None,
        canary_percent: None,
        replaces: None,
        guard: None,
    }
}

/// Makes a change that nobody has to approve.
pub async fn apply(store: &Store, edit: Edit, now: Timestamp) -> ChangeRecord {
    match store.propose(by_system(edit), now).await.unwrap() {
        Proposed::Applied(record) => record,
        other => panic!("{other:?}"),
    }
}

fn by_system(edit: Edit) -> Proposal {
    Proposal {
        edit,
        comment: String::new(),
        requested_by: None,
    }
}

pub fn stage(stage: Stage) -> BindingChange {
    BindingChange {
        stage: Some(stage),
        ..BindingChange::default()
    }
}

/// Enforced and canary: the ids of both.
pub async fn canary(store: &Store) -> (BindingId, BindingId) {
    let first = version(store, "guard", "d1").await.version;
    let second = version(store, "guard", "d2").await.version;
    let enforced = binding(&first, Stage::Enforced);
    let enforced = apply(store, Edit::CreateBinding(enforced), START).await;
    let enforced = enforced.binding_id.unwrap();
    let mut new = binding(&second, Stage::Canary);
    new.replaces = Some(enforced);
    let canary = apply(store, Edit::CreateBinding(new), at(1)).await;
    (enforced, canary.binding_id.unwrap())
}

/// What edges have: version and stage of each binding.
async fn live(store: &Store) -> Vec<(u32, Stage)> {
    let bundle = store.bundle(at(100)).await.unwrap();
    let bindings = bundle.bindings.iter();
    bindings.map(|b| (b.version, b.stage)).collect()
}

pub async fn a_change_leaves_its_policy_set_behind(store: &Store) {
    let pushed = version(store, "guard", "d1").await.version;
    let before = store.revision().await.unwrap();
    let draft = binding(&pushed, Stage::Draft);
    let made = apply(store, Edit::CreateBinding(draft), START).await;
    assert_eq!(made.kind, ChangeKind::CreateBinding);
    assert_eq!(made.summary, "guard 1: new, draft");
    assert_eq!(made.revision, Some(before + 1));
    assert!(live(store).await.is_empty(), "a draft reaches no edge");
    let id = made.binding_id.unwrap();
    let shadow = Edit::UpdateBinding(id, stage(Stage::Shadow));
    let shown = apply(store, shadow.clone(), at(1)).await;
    assert_eq!(shown.summary, "guard 1: draft → shadow");
    assert_eq!(live(store).await, [(1, Stage::Shadow)]);
    let again = store.propose(by_system(shadow), at(2)).await.unwrap();
    assert_eq!(again, Proposed::Unchanged);

    let sets = store.policy_sets(None, 10).await.unwrap();
    let revisions: Vec<_> = sets.iter().map(|set| set.revision).collect();
    assert_eq!(revisions, [before + 2, before + 1, before]);
    assert!(sets[2].state.bindings.is_empty(), "what was there before");
    for (revision, expected) in [
        (before, None),
        (before + 1, Some(Stage::Draft)),
        (before + 2, Some(Stage::Shadow)),
        (before + 99, Some(Stage::Shadow)),
    ] {
        let set = store.policy_set_at(revision).await.unwrap().unwrap();
        let stage = set.state.bindings.first().map(|b| b.stage);
        assert_eq!(stage, expected, "as of {revision}");
    }
    assert_eq!(store.policy_set_at(before - 1).await.unwrap(), None);
    let enforced = store.enforced_at(before + 1).await.unwrap().unwrap();
    assert!(enforced.bindings.is_empty(), "drafts left out");
}

async fn require_approval(store: &Store) {
    let settings = PolicySettings {
        require_approval: true,
        counter_split: CounterSplit::None,
    };
    apply(store, Edit::Settings(settings), START).await;
}

async fn pending(store: &Store, proposal: Proposal) -> ChangeId {
    match store.propose(proposal, at(1)).await.unwrap() {
        Proposed::Pending(record) => {
            assert_eq!(
                (record.state, record.revision),
                (ChangeState::Pending, None)
            );
            record.id
        }
        other => panic!("{other:?}"),
    }
}

pub async fn another_admin_approves(store: &Store) {
    let pushed = version(store, "guard", "d1").await.version;
    let (alice, bob) = (
        user(store, "alice@example.com", Role::Admin).await,
        user(store, "bob@example.com", Role::Admin).await,
    );
    require_approval(store).await;
    let revision = store.revision().await.unwrap();
    let proposal = |stage| Proposal {
        edit: Edit::CreateBinding(binding(&pushed, stage)),
        comment: "as agreed".to_owned(),
        requested_by: Some(alice),
    };
    let first = pending(store, proposal(Stage::Enforced)).await;
    let second = pending(store, proposal(Stage::Shadow)).await;
    assert_eq!(store.revision().await.unwrap(), revision);
    assert!(store.bindings().await.unwrap().is_empty());

    let own = store.decide_change(first, alice, true, "", at(2)).await;
    assert!(matches!(own, Err(ChangeError::OwnChange)), "{own:?}");
    let rejected = store.decide_change(second, bob, false, "no", at(2)).await;
    let rejected = rejected.unwrap();
    assert_eq!(rejected.state, ChangeState::Rejected);
    assert_eq!(store.revision().await.unwrap(), revision);
    let approved = store.decide_change(first, bob, true, "yes", at(3)).await;
    let approved = approved.unwrap();
    assert_eq!(approved.state, ChangeState::Applied);
    assert_eq!(approved.revision, Some(revision + 1));
    assert_eq!(approved.decided_by.unwrap().0, bob);
    assert_eq!(approved.requested_by.unwrap().1, "alice@example.com");
    assert_eq!(live(store).await, [(1, Stage::Enforced)]);
    let again = store.decide_change(first, bob, false, "", at(4)).await;
    assert!(matches!(again, Err(ChangeError::Decided)), "{again:?}");

    // Nor does anybody switch approvals off alone.
    let off = Proposal {
        edit: Edit::Settings(PolicySettings::default()),
        comment: String::new(),
        requested_by: Some(bob),
    };
    pending(store, off).await;
    assert!(store.policy_settings().await.unwrap().require_approval);
    let waiting = ChangeQuery {
        state: Some(ChangeState::Pending),
        ..ChangeQuery::default()
    };
    let waiting = store.policy_changes(waiting, 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    let of_policy = ChangeQuery {
        policy: Some(pushed.policy_id),
        ..ChangeQuery::default()
    };
    let of_policy = store.policy_changes(of_policy, 10).await.unwrap();
    assert_eq!(of_policy.len(), 2);
}

pub async fn what_changed_since_is_not_approved(store: &Store) {
    let (enforced, _) = canary(store).await;
    let (alice, bob) = (
        user(store, "alice@example.com", Role::Admin).await,
        user(store, "bob@example.com", Role::Admin).await,
    );
    require_approval(store).await;
    let settings = |limit| BindingChange {
        settings: Some(json!({"limit": limit})),
        ..BindingChange::default()
    };
    let proposal = |limit, requested_by| Proposal {
        edit: Edit::UpdateBinding(enforced, settings(limit)),
        comment: String::new(),
        requested_by,
    };
    let first = pending(store, proposal(1, Some(alice))).await;
    let second = pending(store, proposal(2, Some(alice))).await;
    let approved = store.decide_change(first, bob, true, "", at(2)).await;
    assert_eq!(approved.unwrap().state, ChangeState::Applied);
    let revision = store.revision().await.unwrap();
    let stale = store.decide_change(second, bob, true, "", at(3)).await;
    assert!(matches!(stale, Err(ChangeError::Stale)), "{stale:?}");
    assert_eq!(store.revision().await.unwrap(), revision);
    let settings = store.binding(enforced).await.unwrap().settings;
    assert_eq!(settings, json!({"limit": 1}));
    let waiting = store.policy_change(second).await.unwrap();
    assert_eq!(waiting.state, ChangeState::Pending, "it can be rejected");
}

pub async fn a_canary_is_promoted_and_rolled_back(store: &Store) {
    let (enforced, canary) = canary(store).await;
    let bundle = store.bundle(at(2)).await.unwrap();
    let of = bundle.bindings.iter().find(|b| b.id == canary).unwrap();
    assert_eq!((of.canary_percent, of.replaces), (Some(10), Some(enforced)));
    let rival = store.binding(canary).await.unwrap();
    let rival = version(store, &rival.policy, "d3").await.version;
    let mut rival = binding(&rival, Stage::Canary);
    rival.replaces = Some(enforced);
    let refused = store
        .propose(by_system(Edit::CreateBinding(rival)), at(2))
        .await;
    assert!(
        matches!(refused, Err(ChangeError::Refused { .. })),
        "{refused:?}"
    );

    let promote = Edit::UpdateBinding(canary, stage(Stage::Enforced));
    let promoted = apply(store, promote, at(3)).await;
    assert_eq!(promoted.kind, ChangeKind::Promote);
    assert_eq!(live(store).await, [(2, Stage::Enforced)]);
    assert!(store.binding(enforced).await.is_err());

    let policy = promoted.policy_id.unwrap();
    let back = apply(store, Edit::RollBack(policy), at(4)).await;
    assert_eq!(back.kind, ChangeKind::Rollback);
    assert_eq!(
        live(store).await,
        [(1, Stage::Enforced)],
        "no canary either"
    );
    assert_eq!(store.binding(canary).await.unwrap().stage, Stage::Draft);
}

pub async fn rollbacks_go_further_back(store: &Store) {
    let mut id = None;
    let mut policy = None;
    for n in 1..=3 {
        let pushed = version(store, "guard", &format!("d{n}")).await.version;
        let edit = match id {
            None => Edit::CreateBinding(binding(&pushed, Stage::Enforced)),
            Some(id) => Edit::UpdateBinding(
                id,
                BindingChange {
                    version: Some(BoundVersion::from(&pushed)),
                    ..BindingChange::default()
                },
            ),
        };
        let made = apply(store, edit, at(n)).await;
        (id, policy) = (made.binding_id, made.policy_id);
    }
    let other = version(store, "other", "o1").await.version;
    apply(
        store,
        Edit::CreateBinding(binding(&other, Stage::Shadow)),
        at(4),
    )
    .await;
    let policy = policy.unwrap();
    for expected in [2, 1] {
        apply(store, Edit::RollBack(policy), at(5)).await;
        let now = live(store).await;
        assert_eq!(now, [(expected, Stage::Enforced), (1, Stage::Shadow)]);
    }
    // Before the first version there was nothing.
    apply(store, Edit::RollBack(policy), at(6)).await;
    assert_eq!(live(store).await, [(1, Stage::Shadow)]);
}

pub async fn a_policy_set_is_restored_whole(store: &Store) {
    let (enforced, canary) = canary(store).await;
    let revision = store.revision().await.unwrap();
    apply(store, Edit::DeleteBinding(enforced), at(2)).await;
    let alone = store.binding(canary).await.unwrap();
    assert_eq!(alone.replaces, None, "what it replaced is gone");
    apply(store, Edit::DeleteBinding(canary), at(3)).await;
    let draft = version(store, "later", "l1").await.version;
    let draft = Edit::CreateBinding(binding(&draft, Stage::Draft));
    let draft = apply(store, draft, at(3)).await.binding_id.unwrap();
    let late = version(store, "late", "l2").await.version;
    apply(
        store,
        Edit::CreateBinding(binding(&late, Stage::Enforced)),
        at(3),
    )
    .await;

    let restored = apply(store, Edit::Restore(revision), at(4)).await;
    assert_eq!(restored.restores, Some(revision));
    assert_eq!(
        live(store).await,
        [(1, Stage::Enforced), (2, Stage::Canary)]
    );
    let again = store.binding(canary).await.unwrap();
    assert_eq!(again.replaces, Some(enforced));
    assert!(store.binding(draft).await.is_ok(), "drafts stay");
    let unknown = store.propose(by_system(Edit::Restore(99_999)), at(5)).await;
    assert!(
        matches!(unknown, Err(ChangeError::NotFound(_))),
        "{unknown:?}"
    );
}

pub async fn documents_are_versioned(store: &Store) {
    let new = |digest: &str, text: &str| NewDocumentVersion {
        name: "teams".to_owned(),
        digest: digest.to_owned(),
        bytes: text.as_bytes().to_vec(),
        format: DocumentFormat::Json,
        key_column: None,
        keys: 1,
        pull: None,
        created_by: None,
    };
    let first = store.keep_document_version(new("a1", "{}"), START).await;
    let first = first.unwrap();
    assert!(store.documents().await.unwrap().is_empty(), "not in force");
    apply(store, Edit::PutDocument(first.clone()), START).await;
    let same = store.keep_document_version(new("a1", "{}"), at(1)).await;
    assert_eq!(same.unwrap().version, 1);
    let second = store
        .keep_document_version(new("a2", "{\"a\":1}"), at(1))
        .await;
    let second = second.unwrap();
    let revision = store.revision().await.unwrap();
    apply(store, Edit::PutDocument(second.clone()), at(1)).await;
    let bundle = store.bundle(at(2)).await.unwrap();
    let documents: Vec<_> = bundle
        .documents
        .iter()
        .map(|d| (d.name.as_str(), d.version, d.digest.as_str(), d.size))
        .collect();
    assert_eq!(documents, [("teams", 2, "a2", 7)]);
    assert_eq!(store.document_content("a2").await.unwrap(), b"{\"a\":1}");
    apply(store, Edit::Restore(revision), at(3)).await;
    assert_eq!(store.document("teams").await.unwrap().current.version, 1);
    apply(store, Edit::RemoveDocument(second.id), at(4)).await;
    assert!(store.document("teams").await.is_err());
    let refresh = store
        .propose(by_system(Edit::RefreshDocument(second)), at(5))
        .await;
    assert!(
        matches!(refresh, Err(ChangeError::NotFound(_))),
        "{refresh:?}"
    );
}

pub async fn signatures_come_with_the_bundle(store: &Store) {
    let pushed = version(store, "guard", "d1").await.version;
    let carol = store
        .user_by_email("carol@example.com")
        .await
        .unwrap()
        .unwrap()
        .id;
    let new = binding(&pushed, Stage::Enforced);
    apply(store, Edit::CreateBinding(new), START).await;
    let signature = AuthorSignature {
        key: "key".to_owned(),
        signature: "signature".to_owned(),
    };
    let revision = store.revision().await.unwrap();
    for _ in 0..2 {
        let signed = store.sign_version(pushed.id, signature.clone(), carol, at(1));
        signed.await.unwrap();
    }
    assert_eq!(store.revision().await.unwrap(), revision + 1, "once");
    let bundle = store.bundle(at(2)).await.unwrap();
    assert_eq!(bundle.signatures.len(), 1);
    assert_eq!(bundle.signatures[0].digest, "d1");
    assert_eq!(bundle.signatures[0].signatures, [signature]);
}

pub async fn limits_are_split_among_edges(store: &Store) {
    edge(store, "edge-1").await;
    assert_eq!(store.bundle(START).await.unwrap().counter_split, 1);
    let settings = PolicySettings {
        require_approval: false,
        counter_split: CounterSplit::Even,
    };
    apply(store, Edit::Settings(settings), START).await;
    let second = edge(store, "edge-2").await;
    let bundle = store.bundle(START).await.unwrap();
    assert_eq!(bundle.counter_split, 2);
    store.revoke_edge(second, at(1)).await.unwrap();
    let later = store.bundle(at(2)).await.unwrap();
    assert_eq!(later.counter_split, 1);
    assert!(later.revision > bundle.revision, "edges are told");
}
