//! People, their links, sessions and tokens.

use countersign_model::{Role, Roles, UserId};
use countersign_store::{NewApiToken, Store, StoreError, UserChange, WebSession, WebSessionLimits};

use crate::samples::{START, at, user};

const LIMITS: WebSessionLimits = WebSessionLimits {
    idle_millis: 600_000,
    absolute_millis: 3_600_000,
};

async fn link(store: &Store, user: UserId, token: &str) {
    store
        .create_sign_in_link(user, token, START, at(600))
        .await
        .unwrap();
}

async fn redeem(store: &Store, token: &str, cookie: &str, seconds: u64) -> Option<WebSession> {
    store
        .redeem_sign_in_link(token, cookie, LIMITS, at(seconds))
        .await
        .unwrap()
}

async fn session_lives(store: &Store, cookie: &str, seconds: u64) -> bool {
    let found = store.web_session(cookie, LIMITS, at(seconds)).await;
    found.unwrap().is_some()
}

pub async fn a_link_signs_in_once(store: &Store) {
    let carol = user(store, "carol@example.com", Role::Admin).await;
    link(store, carol, "link").await;
    link(store, carol, "late").await;
    assert!(redeem(store, "unknown", "c0", 1).await.is_none());
    let session = redeem(store, "link", "c1", 1).await.unwrap();
    assert_eq!(session.user.id, carol);
    assert!(redeem(store, "link", "c2", 1).await.is_none(), "twice");
    assert!(redeem(store, "late", "c3", 600).await.is_none(), "expired");
    assert!(session_lives(store, "c1", 2).await);
    assert!(!session_lives(store, "c2", 2).await);
}

pub async fn sessions_end_idle_and_in_any_case(store: &Store) {
    let carol = user(store, "carol@example.com", Role::Admin).await;
    link(store, carol, "link").await;
    link(store, carol, "other").await;
    redeem(store, "link", "idle", 0).await.unwrap();
    redeem(store, "other", "busy", 0).await.unwrap();
    for seconds in (0..3600).step_by(500) {
        assert!(session_lives(store, "busy", seconds).await, "at {seconds}");
    }
    assert!(!session_lives(store, "busy", 3600).await, "a session ends");
    assert!(session_lives(store, "idle", 599).await);
    assert!(!session_lives(store, "idle", 599 + 600).await);
}

pub async fn disabling_a_person_ends_everything(store: &Store) {
    user(store, "carol@example.com", Role::Admin).await;
    let dave = user(store, "dave@example.com", Role::Reviewer).await;
    link(store, dave, "used").await;
    link(store, dave, "unused").await;
    redeem(store, "used", "cookie", 1).await.unwrap();
    let token = NewApiToken {
        user_id: dave,
        name: "ci".to_owned(),
        token_sha256: "token".to_owned(),
        expires_at: Some(at(100)),
    };
    store.create_api_token(token, START).await.unwrap();
    assert!(store.api_token("token", at(99)).await.unwrap().is_some());
    assert!(store.api_token("token", at(100)).await.unwrap().is_none());

    let disable = |disabled| UserChange {
        disabled: Some(disabled),
        ..UserChange::default()
    };
    store.update_user(dave, disable(true), at(2)).await.unwrap();
    // Enabling the person again brings none of it back.
    for disabled in [true, false] {
        store
            .update_user(dave, disable(disabled), at(3))
            .await
            .unwrap();
        assert!(!session_lives(store, "cookie", 4).await);
        assert!(store.api_token("token", at(4)).await.unwrap().is_none());
        assert!(redeem(store, "unused", "c", 4).await.is_none());
    }
}

pub async fn the_last_admin_stays(store: &Store) {
    let carol = user(store, "carol@example.com", Role::Admin).await;
    let demote = UserChange {
        roles: Some(Roles::from([Role::Reviewer])),
        ..UserChange::default()
    };
    let refused = store.update_user(carol, demote.clone(), at(1)).await;
    assert!(matches!(refused, Err(StoreError::InUse(_))), "{refused:?}");
    assert!(store.user(carol).await.unwrap().is(Role::Admin));
    user(store, "dave@example.com", Role::Admin).await;
    let demoted = store.update_user(carol, demote, at(2)).await.unwrap().user;
    assert_eq!(demoted.roles, Roles::from([Role::Reviewer]));
}
