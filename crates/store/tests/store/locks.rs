//! Locks, and whether an edge is the one that enrolled.

use std::time::Duration;

use countersign_model::{EdgeInstance, LockSubject, PrincipalKind, Role, SessionId, Timestamp};
use countersign_store::{InstanceNote, NewLock, NewPrincipal, PrincipalRecord, Store, StoreError};

use crate::samples::{START, at, edge, user};

fn lock(subject: LockSubject) -> NewLock {
    NewLock {
        subject,
        reason: "incident 4711".to_owned(),
        by: Some("ada@example.com".to_owned()),
        expires_at: None,
    }
}

async fn agent(store: &Store, name: &str, owner: Option<&str>) -> PrincipalRecord {
    let new = NewPrincipal {
        name: name.to_owned(),
        kind: PrincipalKind::Agent,
        groups: Vec::new(),
        claims: Default::default(),
        on_behalf_of: None,
        owner: owner.map(str::to_owned),
        purpose: String::new(),
    };
    store.create_principal(new, START).await.unwrap()
}

pub async fn a_lock_is_in_force_until_it_is_lifted(store: &Store) {
    let copilot = agent(store, "copilot", Some("bob@example.com")).await;
    let other = agent(store, "other", None).await;
    let before = store.revision().await.unwrap();
    let subject = LockSubject::Human {
        name: "bob@example.com".to_owned(),
    };
    let set = store.create_lock(lock(subject), at(1)).await.unwrap();
    assert!(
        store.revision().await.unwrap() > before,
        "edges learn of it"
    );
    let bundle = store.bundle(at(2)).await.unwrap();
    assert_eq!(bundle.locks.len(), 1);
    assert_eq!(bundle.locks[0].reason, "incident 4711");
    let on = store.lock_on(&copilot.principal, at(2)).await.unwrap();
    assert_eq!(on.map(|lock| lock.id), Some(set.id));
    let on = store.lock_on(&other.principal, at(2)).await.unwrap();
    assert!(on.is_none());
    let on = store.lock_on_human("bob@example.com", at(2)).await.unwrap();
    assert!(on.is_some());

    let lifted = store.lift_lock(set.id, "ada@example.com", at(3)).await;
    assert_eq!(lifted.unwrap().lifted_at, Some(at(3)));
    let again = store.lift_lock(set.id, "ada@example.com", at(4)).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))));
    assert!(store.bundle(at(4)).await.unwrap().locks.is_empty());
    let on = store.lock_on(&copilot.principal, at(4)).await.unwrap();
    assert!(on.is_none());
    assert!(
        store
            .locks(false, None, 10, at(4))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.locks(true, None, 10, at(4)).await.unwrap().len(), 1);
    let audit = store
        .audit_events(&countersign_store::AuditQuery {
            kind: Some("lock.".to_owned()),
            limit: 10,
            ..Default::default()
        })
        .await
        .unwrap();
    let kinds: Vec<&str> = audit.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["lock.lifted", "lock.set"]);
}

pub async fn a_lock_lifts_itself(store: &Store) {
    let id = agent(store, "copilot", None).await.principal.id;
    let new = NewLock {
        expires_at: Some(at(60)),
        ..lock(LockSubject::Principal { id })
    };
    store.create_lock(new, at(1)).await.unwrap();
    assert!(store.expire_locks(at(59)).await.unwrap().is_empty());
    assert_eq!(store.bundle(at(59)).await.unwrap().locks.len(), 1);
    let before = store.revision().await.unwrap();
    assert_eq!(store.expire_locks(at(60)).await.unwrap().len(), 1);
    assert!(
        store.revision().await.unwrap() > before,
        "edges learn of it"
    );
    assert!(store.bundle(at(60)).await.unwrap().locks.is_empty());
    assert!(store.expire_locks(at(61)).await.unwrap().is_empty());
}

pub async fn what_is_locked_has_to_exist(store: &Store) {
    user(store, "eve@example.com", Role::Member).await;
    let known = LockSubject::Human {
        name: "eve@example.com".to_owned(),
    };
    assert!(store.create_lock(lock(known), at(1)).await.is_ok());
    let unknown = [
        LockSubject::Human {
            name: "evw@example.com".to_owned(),
        },
        LockSubject::Principal {
            id: countersign_model::PrincipalId::new(),
        },
        LockSubject::Target {
            id: countersign_model::TargetId::new(),
        },
        LockSubject::Edge {
            id: countersign_model::EdgeId::new(),
        },
        LockSubject::Session {
            id: SessionId::new(),
        },
    ];
    for subject in unknown {
        let refused = store.create_lock(lock(subject.clone()), at(1)).await;
        assert!(
            matches!(refused, Err(StoreError::NotFound(_))),
            "{subject:?}"
        );
    }
}

pub async fn an_edges_key_is_replaced_once(store: &Store) {
    let id = edge(store, "edge-1").await;
    assert!(
        store
            .rotate_edge_key(id, "key", "new", at(1))
            .await
            .unwrap()
    );
    let keys = store.edge_keys(id).await.unwrap().unwrap();
    assert_eq!(keys.current, "new");
    assert_eq!(keys.previous, Some(("key".to_owned(), at(1))));
    // The answer was lost: it asks again, with either key.
    assert!(
        !store
            .rotate_edge_key(id, "key", "new", at(2))
            .await
            .unwrap()
    );
    assert!(
        !store
            .rotate_edge_key(id, "new", "new", at(2))
            .await
            .unwrap()
    );
    let other = store.rotate_edge_key(id, "key", "other", at(2)).await;
    assert!(other.is_err(), "a replaced key replaces nothing");
    let lock = store.lock_old_key(id, at(200)).await.unwrap();
    assert!(lock.is_some());
    assert!(store.lock_old_key(id, at(201)).await.unwrap().is_none());
    assert_eq!(store.bundle(at(201)).await.unwrap().locks.len(), 1);
}

pub async fn a_copied_edge_is_locked(store: &Store) {
    let id = edge(store, "edge-1").await;
    let note = async |generation: u64, instance: &str, began: u64, said: u64| {
        let seen = EdgeInstance {
            id: instance.to_owned(),
            generation,
        };
        let noted = store
            .note_edge_instance(id, &seen, at(began), at(said), at(said))
            .await;
        noted.unwrap()
    };
    assert_eq!(note(1, "a", 1, 2).await, InstanceNote::Fine);
    assert_eq!(note(1, "a", 1, 5).await, InstanceNote::Fine);
    // Killed and started again, twice, of which one start never spoke.
    assert_eq!(note(3, "c", 10, 11).await, InstanceNote::Fine);
    assert_eq!(note(1, "a", 1, 9).await, InstanceNote::Late);
    // A copy of the folder of generation 3 starts: it is a later start, as far as anybody knows.
    assert_eq!(note(4, "d", 20, 21).await, InstanceNote::Fine);
    // The original is still there.
    let InstanceNote::Cloned(Some(lock)) = note(3, "c", 10, 24).await else {
        panic!("two run and nobody noticed");
    };
    assert_eq!(lock.created_by, None);
    assert_eq!(note(3, "c", 10, 27).await, InstanceNote::Cloned(None));
    assert_eq!(store.bundle(at(30)).await.unwrap().locks.len(), 1);
    let audit = store
        .audit_events(&countersign_store::AuditQuery {
            kind: Some("edge.cloned".to_owned()),
            limit: 10,
            ..Default::default()
        })
        .await
        .unwrap();
    assert_eq!(audit.len(), 1);
    // Lifted, whoever comes first is the edge.
    store
        .lift_lock(lock.id, "ada@example.com", at(40))
        .await
        .unwrap();
    assert_eq!(note(3, "c", 10, 41).await, InstanceNote::Fine);
    assert_eq!(note(3, "c", 10, 42).await, InstanceNote::Fine);
    // Two starts of one copy come to the same number.
    let same = note(3, "x", 43, 44).await;
    assert!(matches!(same, InstanceNote::Cloned(Some(_))), "{same:?}");
}

/// Two control planes on one database: what one commits, the other knows at once.
pub async fn commits_wake_the_other(url: &str) {
    let (one, other) = (
        Store::connect(url).await.unwrap(),
        Store::connect(url).await.unwrap(),
    );
    let mut revisions = other.revisions();
    let mut news = other.peer_news();
    let mut own = one.peer_news();
    // The listener may not have begun; what is committed before is read when it does.
    let id = agent(&one, "copilot", None).await.principal.id;
    one.create_lock(lock(LockSubject::Principal { id }), Timestamp::now())
        .await
        .unwrap();
    let newest = one.revision().await.unwrap();
    let began = std::time::Instant::now();
    let reached = tokio::time::timeout(
        Duration::from_secs(1),
        revisions.wait_for(|revision| *revision >= newest),
    );
    reached.await.expect("within a second").unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    one.tell_peers("hello").await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(1), news.recv());
    let told = told.await.expect("within a second").unwrap();
    assert_eq!(told, countersign_store::PeerNews::Told("hello".to_owned()));
    assert!(own.try_recv().is_err(), "nobody hears themselves");
    assert!(began.elapsed() < Duration::from_secs(3));
    one.close().await.unwrap();
    other.close().await.unwrap();
}
