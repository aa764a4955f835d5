//! Signing in by the identity provider, and programs by their person.

use std::collections::BTreeMap;

use countersign_model::{Role, Roles, UserId};
use countersign_store::{
    AttemptReturn, AuditQuery, CodeProof, CodeRedeemed, DevicePoll, NewAuditEvent,
    NewAuthorizationCode, NewDeviceLogin, NewLoginToken, NewProviderSession, NewSignInAttempt,
    ProviderLogout, ProviderPerson, ProviderSignIn, Store, UserSource, WebSession,
    WebSessionLimits,
};
use serde_json::json;

use crate::samples::{START, at, user};

const LIMITS: WebSessionLimits = WebSessionLimits {
    idle_millis: 600_000,
    absolute_millis: 3_600_000,
};

const ISSUER: &str = "https://id.example.com";

fn person(subject: &str, email: &str) -> ProviderPerson {
    ProviderPerson {
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        email: email.to_owned(),
        email_verified: true,
        name: "Somebody".to_owned(),
        roles: Roles::from([Role::Reviewer]),
        groups: vec!["dba".to_owned()],
        review_scope: Some(BTreeMap::from([("env".to_owned(), "staging".to_owned())])),
    }
}

async fn sign_in(store: &Store, person: ProviderPerson, cookie: &str) -> ProviderSignIn {
    let new = NewProviderSession {
        cookie_sha256: cookie.to_owned(),
        replaces_sha256: Some("planted".to_owned()),
        session: Some(format!("sid of {cookie}")),
        id_token: Some("token".to_owned()),
    };
    store
        .sign_in_by_provider(person, new, LIMITS, at(1))
        .await
        .unwrap()
}

async fn began(store: &Store, subject: &str, email: &str, cookie: &str) -> WebSession {
    match sign_in(store, person(subject, email), cookie).await {
        ProviderSignIn::Began(session) => session,
        other => panic!("{other:?}"),
    }
}

pub async fn an_attempt_ends_once_in_its_browser(store: &Store) {
    for state in ["one", "late"] {
        let new = NewSignInAttempt {
            state_sha256: state.to_owned(),
            browser_sha256: "browser".to_owned(),
            return_to: "/".to_owned(),
            test_by: None,
            expires_at: at(600),
        };
        store.begin_sign_in(new, START).await.unwrap();
    }
    let back = async |state: &str, browser: &str, seconds| {
        let back = store.return_sign_in(state, browser, at(seconds)).await;
        match back.unwrap() {
            AttemptReturn::First(_) => "first",
            AttemptReturn::Again(_) => "again",
            AttemptReturn::Unknown => "unknown",
        }
    };
    assert_eq!(back("none", "browser", 1).await, "unknown");
    assert_eq!(back("one", "another", 1).await, "unknown");
    assert_eq!(back("one", "browser", 599).await, "first");
    assert_eq!(back("one", "browser", 599).await, "again");
    assert_eq!(back("late", "browser", 600).await, "unknown", "too late");
    // A day later nothing of them is left.
    store.forget_sign_ins(at(24 * 3600)).await.unwrap();
    assert_eq!(back("one", "browser", 599).await, "again");
    store.forget_sign_ins(at(25 * 3600)).await.unwrap();
    assert_eq!(back("one", "browser", 599).await, "unknown");
}

pub async fn what_a_try_showed_is_forgotten(store: &Store) {
    let admin = user(store, "alice@example.com", Role::Admin).await;
    let new = NewSignInAttempt {
        state_sha256: "try".to_owned(),
        browser_sha256: "browser".to_owned(),
        return_to: "/settings/sign-in".to_owned(),
        test_by: Some(admin),
        expires_at: at(600),
    };
    let id = store.begin_sign_in(new, START).await.unwrap().id;
    let result = "{}".to_owned();
    store.finish_sign_in_test(id, result).await.unwrap();
    store.forget_sign_ins(at(599)).await.unwrap();
    assert!(store.sign_in_test(id).await.is_ok());
    store.forget_sign_ins(at(600)).await.unwrap();
    assert!(store.sign_in_test(id).await.is_err());
}

pub async fn a_token_is_first_seen_once(store: &Store) {
    assert!(store.first_use("a", "x", at(10), START).await.unwrap());
    assert!(!store.first_use("a", "x", at(10), at(9)).await.unwrap());
    assert!(store.first_use("b", "x", at(10), START).await.unwrap());
    assert!(store.first_use("a", "x", at(30), at(20)).await.unwrap());
}

pub async fn what_happened_is_listed(store: &Store) {
    for kind in ["sign_in.refused", "lock.set", "sign_in.succeeded"] {
        let new = NewAuditEvent {
            kind: kind.to_owned(),
            actor: Some("alice".to_owned()),
            subject: None,
            detail: json!({"why": "\u{0}"}),
        };
        store.record_audit(new, START).await.unwrap();
    }
    let kinds = async |kind: Option<&str>| {
        let query = AuditQuery {
            kind: kind.map(str::to_owned),
            limit: 10,
            ..AuditQuery::default()
        };
        let events = store.audit_events(&query).await.unwrap();
        events.into_iter().map(|e| e.kind).collect::<Vec<_>>()
    };
    let signed_in = ["sign_in.succeeded", "sign_in.refused"];
    assert_eq!(kinds(Some("sign_in.")).await, signed_in);
    assert_eq!(kinds(Some("lock.set")).await, ["lock.set"]);
    assert_eq!(kinds(None).await.len(), 3);
}

pub async fn the_provider_says_who_people_are(store: &Store) {
    let local = user(store, "carol@example.com", Role::Admin).await;
    let carol = began(store, "c", "carol@example.com", "c1").await;
    assert_eq!(carol.user.id, local, "whom the provider vouches for");
    assert_eq!(carol.user.roles, Roles::from([Role::Reviewer]));
    assert_eq!(carol.user.source, UserSource::Oidc);
    assert_eq!(carol.user.last_sign_in_at, Some(at(1)));
    // A new address is the same person, another subject is not.
    let moved = began(store, "c", "carol.j@example.com", "c2").await;
    assert_eq!(moved.user.id, local);
    let other = sign_in(store, person("d", "carol.j@example.com"), "c3").await;
    assert!(matches!(other, ProviderSignIn::EmailTaken), "{other:?}");
    user(store, "erin@example.com", Role::Admin).await;
    let mut unverified = person("e", "erin@example.com");
    unverified.email_verified = false;
    let taken = sign_in(store, unverified, "c4").await;
    assert!(matches!(taken, ProviderSignIn::EmailTaken), "{taken:?}");
    assert!(
        store
            .web_session("c2", LIMITS, at(2))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .web_session("c3", LIMITS, at(2))
            .await
            .unwrap()
            .is_none()
    );
}

fn token(sha256: &str) -> NewLoginToken {
    NewLoginToken {
        name: "cli".to_owned(),
        token_sha256: sha256.to_owned(),
        expires_at: at(3600),
    }
}

async fn code(store: &Store, user: UserId, session: &WebSession, code: &str) {
    let new = NewAuthorizationCode {
        code_sha256: code.to_owned(),
        user_id: user,
        web_session_id: session.id,
        client_id: "cli".to_owned(),
        redirect_uri: "here".to_owned(),
        challenge: "challenge".to_owned(),
        expires_at: at(60),
    };
    store.create_authorization_code(new, START).await.unwrap();
}

async fn redeem(store: &Store, code: &str, challenge: &str, seconds: u64) -> &'static str {
    let proof = CodeProof {
        code_sha256: code,
        client_id: "cli",
        redirect_uri: "here",
        challenge,
    };
    let name = format!("token of {code}");
    let redeemed = store.redeem_authorization_code(proof, token(&name), at(seconds));
    match redeemed.await.unwrap() {
        CodeRedeemed::Token(_) => "token",
        CodeRedeemed::Reused => "reused",
        CodeRedeemed::Refused => "refused",
    }
}

pub async fn a_code_gives_one_token_which_ends_with_the_session(store: &Store) {
    let session = began(store, "c", "carol@example.com", "cookie").await;
    let user = session.user.id;
    for name in ["good", "late", "wrong", "kept", "after"] {
        code(store, user, &session, name).await;
    }
    assert_eq!(redeem(store, "none", "challenge", 2).await, "refused");
    assert_eq!(redeem(store, "late", "challenge", 60).await, "refused");
    assert_eq!(redeem(store, "wrong", "x", 2).await, "refused");
    assert_eq!(redeem(store, "wrong", "challenge", 2).await, "reused");
    let lives = async |name: &str| {
        let found = store.api_token(&format!("token of {name}"), at(5)).await;
        found.unwrap().is_some()
    };
    assert_eq!(redeem(store, "good", "challenge", 2).await, "token");
    assert!(lives("good").await);
    assert_eq!(redeem(store, "good", "challenge", 3).await, "reused");
    assert!(!lives("good").await, "the thief's token ends too");
    assert_eq!(redeem(store, "kept", "challenge", 3).await, "token");

    let logout = |session| ProviderLogout {
        issuer: ISSUER,
        subject: Some("c"),
        session,
    };
    let ended = store
        .end_provider_sessions(logout(Some("another")), at(4))
        .await;
    assert_eq!(ended.unwrap().tokens, 0);
    assert!(lives("kept").await);
    let ended = store
        .end_provider_sessions(logout(None), at(4))
        .await
        .unwrap();
    assert_eq!((ended.sessions, ended.tokens), (1, 1));
    assert!(!lives("kept").await);
    assert_eq!(redeem(store, "after", "challenge", 5).await, "refused");
}

pub async fn a_device_waits_for_its_person(store: &Store) {
    let session = began(store, "c", "carol@example.com", "cookie").await;
    for name in ["d1", "d2"] {
        let new = NewDeviceLogin {
            device_sha256: name.to_owned(),
            user_code_sha256: format!("code of {name}"),
            client_id: "cli".to_owned(),
            interval_seconds: 5,
            expires_at: at(100),
        };
        store.create_device_login(new, START).await.unwrap();
    }
    let poll = async |name: &str, client: &str, seconds| {
        let polled = store.poll_device_login(name, client, token(name), at(seconds));
        match polled.await.unwrap() {
            DevicePoll::Pending => "pending",
            DevicePoll::SlowDown => "slow_down",
            DevicePoll::Denied => "denied",
            DevicePoll::Expired => "expired",
            DevicePoll::Token(_) => "token",
            DevicePoll::Unknown => "unknown",
        }
    };
    assert_eq!(poll("d1", "cli", 1).await, "pending");
    assert_eq!(poll("d1", "cli", 3).await, "slow_down");
    assert_eq!(
        poll("d1", "cli", 9).await,
        "slow_down",
        "ten seconds by now"
    );
    assert_eq!(poll("d1", "another", 40).await, "unknown");
    let decide = async |name: &str, approve, seconds| {
        let (user, code) = (session.user.id, format!("code of {name}"));
        let decided = store.decide_device_login(&code, approve, user, session.id, at(seconds));
        decided.await.is_ok()
    };
    assert!(!decide("none", true, 40).await);
    assert!(decide("d1", true, 40).await);
    assert!(!decide("d1", false, 41).await, "once");
    assert_eq!(poll("d1", "cli", 60).await, "token");
    assert_eq!(poll("d1", "cli", 80).await, "unknown", "once");
    assert!(!decide("d2", true, 100).await, "too late");
    assert_eq!(poll("d2", "cli", 100).await, "expired");
}
