//! What scenarios are made of.

use std::{collections::BTreeMap, time::Duration};

use countersign_model::{
    ActionId, Decision, EdgeId, Effect, Obligations, Parameter, PolicyManifest, Principal,
    PrincipalId, PrincipalKind, ReviewId, ReviewRequest, ReviewSpec, Role, Roles, SessionId,
    SqlFacts, TargetId, Timestamp, UserId,
};
use countersign_store::{NewEdge, NewUser, Store};

/// When every scenario begins.
pub const START: Timestamp = Timestamp::from_millis(1_795_356_131_250);

/// `seconds` after the beginning.
pub fn at(seconds: u64) -> Timestamp {
    START.after(Duration::from_secs(seconds))
}

pub async fn user(store: &Store, email: &str, role: Role) -> UserId {
    let new = NewUser {
        name: email.to_owned(),
        email: email.to_owned(),
        roles: Roles::from([role]),
        review_scope: None,
        groups: vec!["dba".to_owned()],
    };
    store.create_user(new, START).await.unwrap().id
}

pub async fn edge(store: &Store, name: &str) -> EdgeId {
    let token = format!("{name}-token");
    store
        .create_join_token(name, &token, START, at(60))
        .await
        .unwrap();
    let new = NewEdge {
        name: None,
        public_key: "key".to_owned(),
        version: "0.1.0".to_owned(),
    };
    store.enroll_edge(&token, new, START).await.unwrap().id
}

pub fn principal(name: &str) -> Principal {
    Principal {
        id: PrincipalId::new(),
        name: name.to_owned(),
        kind: PrincipalKind::Agent,
        groups: vec!["platform".to_owned()],
        claims: BTreeMap::new(),
        on_behalf_of: Some("alice@example.com".to_owned()),
        owner: None,
    }
}

pub fn decision(effect: Effect, quorum: u8) -> Decision {
    Decision {
        effect,
        reasons: vec!["because".to_owned()],
        obligations: Obligations::default(),
        review: (effect == Effect::Review).then(|| ReviewSpec {
            reason: "because".to_owned(),
            reviewers: vec!["dba".to_owned()],
            quorum,
            expires_in: 300,
        }),
        by_default: false,
        policies: Vec::new(),
        bundle_revision: 1,
    }
}

pub fn review_request(quorum: u8) -> ReviewRequest {
    ReviewRequest {
        id: ReviewId::new(),
        action_id: ActionId::new(),
        session_id: SessionId::new(),
        principal: principal("release-bot"),
        target_id: TargetId::new(),
        target: "shop-production".to_owned(),
        labels: BTreeMap::from([("env".to_owned(), "production".to_owned())]),
        text: "DELETE FROM orders WHERE note = 'a\u{7f}b'".to_owned(),
        parameters: vec![Parameter::Null, Parameter::Text("\0".to_owned())],
        digest: "ab".repeat(32),
        facts: SqlFacts::default(),
        decision: decision(Effect::Review, quorum),
        requested_at: START,
        expires_at: at(300),
        request: None,
        class: None,
        grant: None,
    }
}

pub fn manifest(name: &str) -> PolicyManifest {
    PolicyManifest {
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        description: "Says no.".to_owned(),
        language: countersign_model::PolicyLanguage::Rust,
        operations: vec!["sql".to_owned()],
        settings_schema: serde_json::json!({"type": "object"}),
        counters: Vec::new(),
        documents: Vec::new(),
        filters: false,
        stateless: false,
        source_url: None,
        cases: Vec::new(),
    }
}
