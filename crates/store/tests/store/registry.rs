//! Principals, targets, policies, bindings, edges and the bundle made of them.

use std::collections::BTreeMap;

use countersign_model::{DefaultVerdict, PrincipalKind, Role, Stage, TargetKind};
use countersign_store::{
    BindingChange, Edit, NewEdge, NewPrincipal, NewTarget, NewVersion, PrincipalRecord, Store,
    StoreError, TargetChange,
};

use crate::{
    changes::{apply, binding},
    samples::{START, at, edge, manifest, user},
};

pub fn new_target(name: &str) -> NewTarget {
    NewTarget {
        name: name.to_owned(),
        kind: TargetKind::Postgres,
        labels: BTreeMap::from([("env".to_owned(), "production".to_owned())]),
        default_verdict: DefaultVerdict::Deny,
        access: countersign_model::TargetAccess::Standing,
    }
}

async fn principal(store: &Store, name: &str) -> PrincipalRecord {
    let new = NewPrincipal {
        name: name.to_owned(),
        kind: PrincipalKind::Agent,
        groups: Vec::new(),
        claims: BTreeMap::new(),
        on_behalf_of: None,
        owner: None,
        purpose: String::new(),
    };
    store.create_principal(new, START).await.unwrap()
}

pub async fn version(store: &Store, name: &str, digest: &str) -> countersign_store::PushedVersion {
    let carol = match store.user_by_email("carol@example.com").await.unwrap() {
        Some(user) => user.id,
        None => user(store, "carol@example.com", Role::Admin).await,
    };
    let new = NewVersion {
        digest: digest.to_owned(),
        bytes: vec![0; 100],
        manifest: manifest(name),
        imports: Vec::new(),
        changelog: String::new(),
        source_url: None,
        created_by: carol,
    };
    store.push_version(new, START).await.unwrap()
}

pub async fn names_are_unique_among_what_is_there(store: &Store) {
    let first = store
        .create_target(new_target("shop"), START)
        .await
        .unwrap();
    let second = store.create_target(new_target("shop"), START).await;
    assert!(matches!(second, Err(StoreError::NameTaken("target"))));
    let other = store
        .create_target(new_target("other"), START)
        .await
        .unwrap();
    let rename = TargetChange {
        name: Some("shop".to_owned()),
        ..TargetChange::default()
    };
    let renamed = store.update_target(other.target.id, rename, at(1)).await;
    assert!(matches!(renamed, Err(StoreError::NameTaken("target"))));
    store
        .remove_target(first.target.id, "admin", at(2))
        .await
        .unwrap();
    let again = store.remove_target(first.target.id, "admin", at(2)).await;
    assert!(matches!(again, Err(StoreError::NotFound("target"))));
    let third = store
        .create_target(new_target("shop"), at(3))
        .await
        .unwrap();
    assert_ne!(third.target.id, first.target.id);
    let names: Vec<_> = store.targets(None, 10).await.unwrap();
    let names: Vec<_> = names.iter().map(|t| t.target.name.as_str()).collect();
    assert_eq!(names, ["other", "shop"]);
    let rest = store.targets(Some("other"), 10).await.unwrap();
    assert_eq!(rest.len(), 1);
}

pub async fn what_edges_must_know_raises_the_revision(store: &Store) {
    let mut told = store.revisions();
    let mut last = store.revision().await.unwrap();
    let bot = principal(store, "release-bot").await.principal.id;
    let credential = store.create_credential(bot, "hash", START, at(60)).await;
    let pushed = version(store, "guard", "d1").await;
    let after_push = store.revision().await.unwrap();
    assert_eq!(
        after_push,
        last + 2,
        "a version that is not bound changes nothing"
    );
    let new = binding(&pushed.version, Stage::Shadow);
    let made = apply(store, Edit::CreateBinding(new), START).await;
    let id = made.binding_id.unwrap();
    let enforce = BindingChange {
        stage: Some(Stage::Enforced),
        ..BindingChange::default()
    };
    apply(store, Edit::UpdateBinding(id, enforce), at(1)).await;
    store
        .revoke_credential(credential.unwrap().id, at(2))
        .await
        .unwrap();
    store.remove_principal(bot, "admin", at(3)).await.unwrap();
    apply(store, Edit::DeleteBinding(id), at(4)).await;
    last = store.revision().await.unwrap();
    assert_eq!(last, after_push + 5);
    assert_eq!(*told.borrow_and_update(), last);

    // Changes at once each get a revision of their own.
    let names: Vec<String> = (0..8).map(|n| format!("bot-{n}")).collect();
    let all = names.iter().map(|name| principal(store, name));
    futures::future::join_all(all).await;
    assert_eq!(store.revision().await.unwrap(), last + 8);
    assert_eq!(*told.borrow_and_update(), last + 8);
}

pub async fn a_bundle_holds_what_is_valid(store: &Store) {
    let bot = principal(store, "release-bot").await.principal.id;
    let gone = principal(store, "gone").await.principal.id;
    store
        .create_credential(bot, "valid", START, at(60))
        .await
        .unwrap();
    store
        .create_credential(bot, "expired", START, at(5))
        .await
        .unwrap();
    let revoked = store
        .create_credential(bot, "revoked", START, at(60))
        .await
        .unwrap();
    store.revoke_credential(revoked.id, at(1)).await.unwrap();
    store.remove_principal(gone, "admin", at(1)).await.unwrap();
    store
        .create_target(new_target("shop"), START)
        .await
        .unwrap();
    let mut bound = Vec::new();
    for (name, digest, position) in [
        ("b", "d2", Some(20)),
        ("a", "d1", None),
        ("c", "d3", Some(5)),
    ] {
        let pushed = version(store, name, digest).await;
        let mut new = binding(&pushed.version, Stage::Enforced);
        new.settings = serde_json::json!({"limit": position});
        new.position = position;
        let made = apply(store, Edit::CreateBinding(new), START).await;
        bound.push(made.after.bindings[0].clone());
    }
    assert_eq!(bound[1].position, 30, "last where none is given");
    let bundle = store.bundle(at(10)).await.unwrap();
    assert_eq!(bundle.revision, store.revision().await.unwrap());
    assert_eq!(bundle.targets.len(), 1);
    assert_eq!(bundle.principals.len(), 1);
    let hashes = bundle.principals[0].credentials.iter();
    let hashes: Vec<_> = hashes.map(|c| c.secret_sha256.as_str()).collect();
    assert_eq!(hashes, ["valid"]);
    let order: Vec<_> = bundle.bindings.iter().map(|b| b.policy.as_str()).collect();
    assert_eq!(order, ["c", "b", "a"]);
    let modules: Vec<_> = bundle
        .modules
        .iter()
        .map(|m| (m.digest.as_str(), m.size))
        .collect();
    assert_eq!(modules, [("d1", 100), ("d2", 100), ("d3", 100)]);
}

pub async fn versions_are_numbered_and_immutable(store: &Store) {
    let first = version(store, "guard", "d1").await;
    let second = version(store, "guard", "d2").await;
    let again = version(store, "guard", "d1").await;
    let other = version(store, "mask", "d3").await;
    assert_eq!((first.version.version, first.created), (1, true));
    assert_eq!((second.version.version, second.created), (2, true));
    assert_eq!((again.version.id, again.created), (first.version.id, false));
    assert_eq!(other.version.version, 1);
    assert_eq!(store.module("d1").await.unwrap(), vec![0; 100]);
    let overviews = store.policies(None, 10).await.unwrap();
    let overview: Vec<_> = overviews
        .iter()
        .map(|o| (o.policy.name.as_str(), o.newest.version, o.versions))
        .collect();
    assert_eq!(overview, [("guard", 2, 2), ("mask", 1, 1)]);
    assert_eq!(overviews[0].newest.created_by_name, "carol@example.com");
}

pub async fn a_join_token_enrolls_one_edge(store: &Store) {
    let new = || NewEdge {
        name: None,
        public_key: "key".to_owned(),
        version: "0.1.0".to_owned(),
    };
    edge(store, "edge-1").await;
    let used = store.enroll_edge("edge-1-token", new(), at(1)).await;
    assert!(matches!(used, Err(StoreError::NotFound("join token"))));
    let token = store
        .create_join_token("edge-2", "t2", START, at(10))
        .await
        .unwrap();
    store
        .create_join_token("edge-3", "t3", START, at(10))
        .await
        .unwrap();
    store.revoke_join_token(token.id, at(1)).await.unwrap();
    for (token, seconds) in [("t2", 2), ("t3", 10), ("unknown", 2)] {
        let refused = store.enroll_edge(token, new(), at(seconds)).await;
        assert!(
            matches!(refused, Err(StoreError::NotFound("join token"))),
            "{token}"
        );
    }
    // A name that is taken does not use the token up.
    let mut named = new();
    named.name = Some("edge-1".to_owned());
    let taken = store.enroll_edge("t3", named, at(2)).await;
    assert!(
        matches!(taken, Err(StoreError::NameTaken("edge"))),
        "{taken:?}"
    );
    let both = futures::future::join(
        store.enroll_edge("t3", new(), at(3)),
        store.enroll_edge("t3", new(), at(3)),
    );
    let (a, b) = both.await;
    assert!(a.is_ok() != b.is_ok(), "one of two: {a:?} {b:?}");
    let id = a.or(b).unwrap().id;
    assert!(store.edge_key(id).await.unwrap().is_some());
    store.revoke_edge(id, at(4)).await.unwrap();
    assert!(store.edge_key(id).await.unwrap().is_none());
}
