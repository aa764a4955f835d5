//! Signed credentials, the keys that sign them, and what principals show for them.

use std::collections::BTreeMap;

use countersign_model::{
    ApiTokenId, CredentialId, PrincipalId, PrincipalKind, Role, TargetId, Timestamp, TokenKey,
};
use countersign_store::{
    IssuerRule, NewApiToken, NewIssuedToken, NewPrincipal, NewTrustedIssuer, Store, StoreError,
    TrustedIssuerChange, UserChange,
};
use serde_json::json;

use crate::samples::{START, at, user};

async fn principal(store: &Store, name: &str, kind: PrincipalKind) -> PrincipalId {
    let new = NewPrincipal {
        name: name.to_owned(),
        kind,
        groups: Vec::new(),
        claims: BTreeMap::new(),
        on_behalf_of: None,
        owner: None,
        purpose: String::new(),
    };
    let made = store.create_principal(new, START).await.unwrap();
    made.principal.id
}

async fn issue(
    store: &Store,
    principal_id: PrincipalId,
    human_id: Option<PrincipalId>,
    expires_at: Timestamp,
) -> CredentialId {
    let id = CredentialId::new();
    let new = new_token(id, principal_id, human_id, expires_at);
    store.create_issued_token(new).await.unwrap();
    id
}

fn new_token(
    id: CredentialId,
    principal_id: PrincipalId,
    human_id: Option<PrincipalId>,
    expires_at: Timestamp,
) -> NewIssuedToken {
    NewIssuedToken {
        id,
        principal_id,
        human_id,
        grant_id: None,
        targets: vec![TargetId::new()],
        via: "test".to_owned(),
        once: false,
        issued_at: START,
        expires_at,
        api_token: None,
    }
}

pub async fn keys_that_sign_are_published_and_retire(store: &Store) {
    let key = |name: &str| TokenKey {
        kid: name.to_owned(),
        key: format!("{name}-public"),
    };
    let before = store.revision().await.unwrap();
    store.publish_token_key(&key("a"), START).await.unwrap();
    let published = store.revision().await.unwrap();
    assert!(published > before, "edges learn of it");
    let again = store.publish_token_key(&key("a"), at(5)).await.unwrap();
    assert_eq!(again.created_at, START);
    assert_eq!(store.revision().await.unwrap(), published, "once");
    store.publish_token_key(&key("b"), at(5)).await.unwrap();
    store.retire_token_key("a", at(10)).await.unwrap();
    store.retire_token_key("a", at(99)).await.unwrap();
    for (seconds, expected) in [(9, vec!["a", "b"]), (10, vec!["b"])] {
        let bundle = store.bundle(at(seconds)).await.unwrap();
        let kids: Vec<&str> = bundle.token_keys.iter().map(|k| k.kid.as_str()).collect();
        assert_eq!(kids, expected, "at {seconds}");
    }
}

pub async fn issued_credentials_are_revoked_with_whom_they_name(store: &Store) {
    let agent = principal(store, "agent", PrincipalKind::Agent).await;
    let human = principal(store, "ada@example.com", PrincipalKind::Human).await;
    let own = issue(store, agent, None, at(60)).await;
    let for_ada = issue(store, agent, Some(human), at(60)).await;
    let over = issue(store, agent, None, at(1)).await;
    let revoked = async |seconds| store.bundle(at(seconds)).await.unwrap().revoked_tokens;
    let before = store.revision().await.unwrap();
    assert_eq!(revoked(2).await, []);
    assert_eq!(store.revoke_issued_token(over, at(2)).await.unwrap(), None);
    assert_eq!(store.revision().await.unwrap(), before, "nothing to tell");
    let whose = store.revoke_issued_token(own, at(2)).await.unwrap();
    assert_eq!(whose, Some(agent));
    assert_eq!(store.revoke_issued_token(own, at(2)).await.unwrap(), None);
    assert_eq!(revoked(2).await, [own]);
    let active = store
        .principal(agent, at(2))
        .await
        .unwrap()
        .active_credentials;
    assert_eq!(active, 1);
    store.remove_principal(human, "admin", at(3)).await.unwrap();
    assert_eq!(
        revoked(3).await,
        [own, for_ada],
        "those that act for her too"
    );
    assert_eq!(revoked(60).await, [], "over by themselves");
    let listed = store.issued_tokens(agent, 10).await.unwrap();
    assert_eq!(listed.len(), 3);
    store.touch_issued_token(own, at(9)).await.unwrap();
    store.touch_issued_token(own, at(4)).await.unwrap();
    let used = store.issued_token(own).await.unwrap().unwrap().last_used_at;
    assert_eq!(used, Some(at(9)));
}

pub async fn a_credential_ends_with_the_token_it_was_given_for(store: &Store) {
    user(store, "root@example.com", Role::Admin).await;
    let ada = user(store, "ada@example.com", Role::Member).await;
    let agent = principal(store, "agent", PrincipalKind::Agent).await;
    let token = async |name: &str| {
        let new = NewApiToken {
            user_id: ada,
            name: name.to_owned(),
            token_sha256: name.to_owned(),
            expires_at: None,
        };
        store.create_api_token(new, START).await.unwrap().id
    };
    let give = async |token: ApiTokenId| {
        let id = CredentialId::new();
        let new = new_token(id, agent, None, at(60));
        let api_token = Some(token);
        let new = NewIssuedToken { api_token, ..new };
        store.create_issued_token(new).await.map(|()| id)
    };
    let revoked = async || store.bundle(at(9)).await.unwrap().revoked_tokens;
    let (one, two, three) = (token("1").await, token("2").await, token("3").await);
    let mut given = Vec::new();
    for token in [one, two, three] {
        given.push(give(token).await.unwrap());
    }
    let before = store.revision().await.unwrap();
    store.revoke_api_token(one, at(2)).await.unwrap();
    assert_eq!(
        store.revision().await.unwrap(),
        before + 1,
        "edges are told"
    );
    assert_eq!(revoked().await, given[..1]);
    let late = give(one).await;
    assert!(matches!(late, Err(StoreError::NotFound(_))), "{late:?}");
    // By whoever holds it.
    assert!(store.revoke_api_token_by_hash("2", at(3)).await.unwrap());
    assert!(!store.revoke_api_token_by_hash("2", at(3)).await.unwrap());
    assert_eq!(revoked().await, given[..2]);
    let disable = UserChange {
        disabled: Some(true),
        ..UserChange::default()
    };
    store.update_user(ada, disable, at(4)).await.unwrap();
    assert_eq!(revoked().await, given);
}

pub async fn an_assertion_is_used_once(store: &Store) {
    let first = async |name: &str, expires_at, now| {
        let used = store.first_use("client_assertion", name, expires_at, now);
        used.await.unwrap()
    };
    assert!(first("a", at(10), START).await);
    assert!(!first("a", at(10), at(1)).await);
    assert!(first("b", at(10), at(1)).await);
    assert!(first("a", at(30), at(10)).await, "over");
}

pub async fn principals_have_keys_of_their_own(store: &Store) {
    let (a, b) = (
        principal(store, "a", PrincipalKind::Service).await,
        principal(store, "b", PrincipalKind::Service).await,
    );
    let jwk = json!({"kty": "OKP"});
    let add = async |id| {
        store
            .create_principal_key(id, "k1", &jwk, "admin", START)
            .await
    };
    assert_eq!(add(a).await.unwrap().jwk, jwk);
    assert!(matches!(add(a).await, Err(StoreError::NameTaken(_))));
    add(b).await.unwrap();
    store.touch_principal_key(a, "k1", at(5)).await.unwrap();
    let keys = store.principal_keys(a).await.unwrap();
    assert_eq!(keys[0].last_used_at, Some(at(5)));
    store.remove_principal_key(a, "k1", at(6)).await.unwrap();
    assert!(store.principal_keys(a).await.unwrap().is_empty());
    assert_eq!(store.principal_keys(b).await.unwrap().len(), 1);
    add(a).await.unwrap();
}

pub async fn an_issuer_is_trusted_once_for_an_audience(store: &Store) {
    let new = |name: &str, audience: &str| NewTrustedIssuer {
        name: name.to_owned(),
        issuer: "https://issuer".to_owned(),
        jwks_uri: None,
        audience: audience.to_owned(),
        rules: Vec::new(),
    };
    let made = store
        .create_trusted_issuer(new("x", "a"), START)
        .await
        .unwrap();
    let taken = store.create_trusted_issuer(new("x", "b"), START).await;
    assert!(matches!(taken, Err(StoreError::NameTaken(_))), "{taken:?}");
    for name in ["x", "y"] {
        let twice = store.create_trusted_issuer(new(name, "a"), START).await;
        assert!(matches!(twice, Err(StoreError::Exists(_))), "{twice:?}");
    }
    let other = store.create_trusted_issuer(new("y", "b"), START);
    let other = other.await.unwrap().id;
    for (audience, expected) in [("a", false), ("b", true), ("c", true)] {
        let change = TrustedIssuerChange {
            audience: Some(audience.to_owned()),
            ..TrustedIssuerChange::default()
        };
        let changed = store.update_trusted_issuer(other, change, START).await;
        assert_eq!(changed.is_ok(), expected, "to {audience}");
    }
    let rule = IssuerRule {
        claims: BTreeMap::from([("sub".to_owned(), "a*".to_owned())]),
        principal: "agent".to_owned(),
    };
    let change = TrustedIssuerChange {
        jwks_uri: Some(Some("https://keys".to_owned())),
        rules: Some(vec![rule.clone()]),
        ..TrustedIssuerChange::default()
    };
    let changed = store
        .update_trusted_issuer(made.id, change, at(1))
        .await
        .unwrap();
    assert_eq!((changed.rules, changed.updated_at), (vec![rule], at(1)));
    store.remove_trusted_issuer(made.id, at(2)).await.unwrap();
    let left = store.trusted_issuers_named("https://issuer").await.unwrap();
    assert_eq!(left.len(), 1);
    store
        .create_trusted_issuer(new("x", "a"), at(3))
        .await
        .unwrap();
}

pub async fn a_person_is_one_principal(store: &Store) {
    let id = user(store, "ada@example.com", Role::Member).await;
    let ada = store.user(id).await.unwrap();
    let first = store.ensure_human_principal(&ada, START).await.unwrap();
    let again = store.ensure_human_principal(&ada, at(1)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(first.principal.kind, PrincipalKind::Human);
    let id = user(store, "bot@example.com", Role::Member).await;
    let bot = store.user(id).await.unwrap();
    principal(store, "bot@example.com", PrincipalKind::Agent).await;
    let taken = store.ensure_human_principal(&bot, START).await;
    assert!(matches!(taken, Err(StoreError::NameTaken(_))));
}
