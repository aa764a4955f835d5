//! Locks and grants: who is let in, what they may do, and when they have to go.

use std::time::{Duration, Instant};

use countersign_edge_agent::pipeline::{Session, code};
use countersign_model::{
    Bundle, EventBody, Grant, GrantId, GrantOperation, Lock, LockId, LockSubject, SessionId,
    TargetAccess, TargetId, Timestamp,
};
use tempfile::TempDir;

use crate::support::{self, RunningEdge, SECRET, bundle, config, judge, plane::Plane, until};

/// How late an expiry may be noticed.
const LATE: Duration = Duration::from_millis(250);

struct World {
    plane: Plane,
    bundle: Bundle,
    edge: RunningEdge,
    dir: TempDir,
}

impl World {
    async fn with(change: impl FnOnce(&mut Bundle)) -> Self {
        let plane = Plane::start().await;
        let mut bundle = bundle(plane.edge_id());
        change(&mut bundle);
        plane.publish(&bundle);
        let dir = tempfile::tempdir().expect("dir");
        let edge = RunningEdge::start(config(dir.path(), &plane)).await;
        let world = Self {
            plane,
            bundle,
            edge,
            dir,
        };
        world.enforced().await;
        world
    }

    /// Publishes the bundle with a change, as its next revision.
    fn publish(&mut self, change: impl FnOnce(&mut Bundle)) {
        change(&mut self.bundle);
        self.bundle.revision += 1;
        self.plane.publish(&self.bundle);
    }

    /// Waits until the edge says that it enforces the newest revision.
    async fn enforced(&self) {
        let newest = self.bundle.revision;
        until("the newest bundle is enforced", || {
            let state = self.plane.state();
            let last = state.statuses.last()?;
            (last.bundle_revision == newest).then_some(())
        })
        .await;
    }

    fn grant(&self, lasts: Duration) -> Grant {
        Grant {
            id: GrantId::new(),
            principal_id: self.bundle.principals[0].principal.id,
            on_behalf_of: None,
            targets: vec![self.bundle.targets[0].id],
            operations: vec![GrantOperation::Read, GrantOperation::Write],
            task: "refund order 1042".to_owned(),
            expires_at: Timestamp::now().after(lasts),
            break_glass: false,
        }
    }
}

fn lock(subject: LockSubject) -> Lock {
    Lock {
        id: LockId::new(),
        subject,
        reason: "incident 4711".to_owned(),
    }
}

/// Why a session ends, within a second.
async fn ended(session: &Session) -> (&'static str, String) {
    let signal = session.end_signal();
    let ended = tokio::time::timeout(Duration::from_secs(1), signal.ended()).await;
    let end = ended.expect("ends within a second");
    (end.code, end.words.to_string())
}

#[tokio::test]
async fn a_lock_ends_what_it_stops_and_lets_nobody_new_in() {
    let mut world = World::with(|bundle| {
        let agent = &mut bundle.principals[0].principal;
        agent.owner = Some("ada@example.com".to_owned());
    })
    .await;
    let subjects = [
        LockSubject::Principal {
            id: world.bundle.principals[0].principal.id,
        },
        LockSubject::Human {
            name: "ada@example.com".to_owned(),
        },
        LockSubject::Target {
            id: world.bundle.targets[0].id,
        },
        LockSubject::Edge {
            id: world.bundle.edge_id,
        },
    ];
    for subject in subjects {
        let mut session = world.edge.signed_in().await;
        world.publish(|bundle| bundle.locks.push(lock(subject.clone())));
        let (code, words) = ended(&session).await;
        assert_eq!(code, code::LOCKED, "{subject:?}");
        assert!(words.ends_with("is locked: incident 4711") || words.contains("all who act"));
        let refused = judge(&mut session, "select 1").expect_err("locked");
        assert_eq!(
            (refused.code, refused.reason),
            (code::LOCKED, words.clone())
        );
        drop(session);
        let refused = world.edge.sign_in().expect_err("locked");
        assert_eq!((refused.code, refused.message), (code::LOCKED, words));
        assert!(!refused.code.is_empty() && refused.advice.is_some());
        // Nobody learns of a lock without a credential.
        let guess = world.edge.sign_in_as("agent", "csp_wrong", "shop");
        assert_eq!(guess.expect_err("a guess").code, "bad_credential");
        world.publish(|bundle| bundle.locks.clear());
    }
    world.edge.stop().await;
}

#[tokio::test]
async fn a_locked_session_ends_and_others_go_on() {
    let mut world = World::with(|_| ()).await;
    let (locked, other) = (world.edge.signed_in().await, world.edge.signed_in().await);
    let unrelated = [
        LockSubject::Session {
            id: SessionId::new(),
        },
        LockSubject::Target {
            id: TargetId::new(),
        },
        LockSubject::Human {
            name: "bob@example.com".to_owned(),
        },
    ];
    let id = locked.id();
    world.publish(|bundle| {
        bundle.locks.extend(unrelated.map(lock));
        bundle.locks.push(lock(LockSubject::Session { id }));
    });
    let (code, words) = ended(&locked).await;
    assert_eq!(code, code::LOCKED);
    assert_eq!(words, "this session is locked: incident 4711");
    assert!(other.end_signal().reason().is_none());
    world.edge.sign_in().expect("new ones begin").close("test");
    drop((locked, other));
    world.edge.stop().await;
}

#[tokio::test]
async fn locks_hold_across_a_restart_without_the_control_plane() {
    let mut world = World::with(|_| ()).await;
    world.edge.signed_in().await.close("test");
    let id = world.bundle.targets[0].id;
    world.publish(|bundle| bundle.locks.push(lock(LockSubject::Target { id })));
    world.enforced().await;
    world.edge.stop().await;
    world.plane.fault(support::plane::Faults {
        down: true,
        ..Default::default()
    });
    let edge = RunningEdge::start(config(world.dir.path(), &world.plane)).await;
    let refused = edge.sign_in().expect_err("still locked");
    assert_eq!(refused.code, code::LOCKED, "{}", refused.message);
    edge.stop().await;
}

#[tokio::test]
async fn a_target_behind_grants_opens_by_one_alone() {
    let mut world = World::with(|bundle| bundle.targets[0].access = TargetAccess::Grant).await;
    let refused = world.edge.sign_in().expect_err("no grant");
    assert_eq!(refused.code, code::NO_GRANT);
    assert!(!refused.is_identity(), "the credential is right");
    let guess = world.edge.sign_in_as("agent", "csp_wrong", "shop");
    assert_eq!(guess.expect_err("a guess").code, "bad_credential");

    let grant = world.grant(Duration::from_secs(600));
    let elsewhere = Grant {
        id: GrantId::new(),
        targets: vec![TargetId::new()],
        ..grant.clone()
    };
    world.publish(|bundle| bundle.grants = vec![elsewhere, grant.clone()]);
    let mut session = world.edge.signed_in().await;
    assert_eq!(session.grant().map(|held| held.id), Some(grant.id));
    let cases = [
        ("select 1", true),
        ("begin", true),
        ("insert into orders values (1)", true),
        ("create table t (a int)", false),
        ("drop table orders", false),
        ("insert into orders values (1); drop table orders", false),
        ("select 1; create table t (a int)", false),
    ];
    for (text, allowed) in cases {
        let judged = judge(&mut session, text);
        assert_eq!(judged.is_ok(), allowed, "{text}");
        if let Err(refused) = judged {
            assert_eq!(refused.code, code::OUTSIDE_GRANT, "{text}");
            assert!(refused.reason.contains("refund order 1042"), "{refused}");
            assert!(refused.reason.contains("allows read, write"), "{refused}");
        }
    }
    // The task is closed.
    world.publish(|bundle| bundle.grants.clear());
    assert_eq!(ended(&session).await.0, code::GRANT_ENDED);
    let refused = judge(&mut session, "select 1").expect_err("over");
    assert_eq!(refused.code, code::GRANT_ENDED);
    drop(session);

    let events = until("the session's end arrives", || {
        let events = world.plane.events();
        let closed = |body: &EventBody| matches!(body, EventBody::SessionClosed(_));
        events
            .iter()
            .any(|event| closed(&event.body))
            .then_some(events)
    })
    .await;
    let grants = events.iter().filter_map(|event| match &event.body {
        EventBody::SessionOpened(opened) => Some(&opened.grant),
        EventBody::ActionRefused(refused) => Some(&refused.grant),
        EventBody::SessionClosed(closed) => Some(&closed.grant),
        _ => None,
    });
    let named: Vec<_> = grants.map(|named| named.as_ref().map(|g| g.id)).collect();
    assert_eq!(named, vec![Some(grant.id); named.len()]);
    assert!(named.len() >= 4, "{named:?}");
    world.edge.stop().await;
}

#[tokio::test]
async fn a_grant_ends_on_time_and_the_next_one_follows() {
    let mut world = World::with(|bundle| bundle.targets[0].access = TargetAccess::Grant).await;
    let short = world.grant(Duration::from_millis(1_500));
    world.publish(|bundle| bundle.grants = vec![short.clone()]);
    let mut session = world.edge.signed_in().await;
    let extension = Grant {
        id: GrantId::new(),
        operations: vec![GrantOperation::Read],
        ..world.grant(Duration::from_secs(4))
    };
    world.publish(|bundle| bundle.grants.push(extension.clone()));
    until("the first one is over", || {
        (Timestamp::now() > short.expires_at).then_some(())
    })
    .await;
    assert!(judge(&mut session, "insert into orders values (1)").is_err());
    assert!(judge(&mut session, "select 1").is_ok());
    assert_eq!(session.grant().map(|held| held.id), Some(extension.id));

    let signal = session.end_signal();
    let end = tokio::time::timeout(support::SOON, signal.ended()).await;
    let late = extension.expires_at.until(Timestamp::now());
    assert_eq!(end.map(|end| end.code), Ok(code::GRANT_EXPIRED));
    assert!(late < LATE, "{late:?} late");
    let refused = judge(&mut session, "select 1").expect_err("over");
    assert_eq!(refused.code, code::GRANT_EXPIRED);
    drop(session);
    world.edge.stop().await;
}

#[tokio::test]
async fn a_credential_bound_to_a_grant_ends_with_it() {
    let mut world = World::with(|_| ()).await;
    let bound = world.grant(Duration::from_secs(60));
    let longer = world.grant(Duration::from_secs(600));
    world.publish(|bundle| {
        bundle.principals[0].credentials[0].grant_id = Some(bound.id);
        bundle.grants = vec![bound.clone(), longer];
    });
    world.enforced().await;
    let session = world.edge.sign_in_as("agent", SECRET, "shop").expect("in");
    assert_eq!(session.grant().map(|held| held.id), Some(bound.id));
    world.publish(|bundle| bundle.grants.retain(|grant| grant.id != bound.id));
    assert_eq!(ended(&session).await.0, code::GRANT_ENDED);
    drop(session);
    let refused = world.edge.sign_in().expect_err("its grant is over");
    assert_eq!(refused.code, code::GRANT_ENDED);
    world.edge.stop().await;
}

/// One timer ends all whose time is over, each on time, whoever came first.
#[tokio::test(flavor = "multi_thread")]
async fn many_sessions_end_each_on_time() {
    const SESSIONS: u64 = 50;
    let world = World::with(|bundle| {
        let agent = bundle.principals[0].clone();
        bundle.principals = (0..SESSIONS)
            .map(|n| {
                let mut one = agent.clone();
                one.principal.id = countersign_model::PrincipalId::new();
                one.principal.name = format!("agent-{n}");
                one.credentials[0].id = countersign_model::CredentialId::new();
                let sha256 = support::sha256(&format!("csp_{n}"));
                one.credentials[0].secret_sha256 = sha256;
                // The later one comes, the sooner it has to go.
                let lasts = Duration::from_millis(1_500 + (SESSIONS - n) * 20);
                one.credentials[0].expires_at = Timestamp::now().after(lasts);
                one
            })
            .collect();
    })
    .await;
    let mut ends = tokio::task::JoinSet::new();
    for n in 0..SESSIONS {
        let name = format!("agent-{n}");
        let session = world.edge.sign_in_as(&name, &format!("csp_{n}"), "shop");
        let session = session.expect("let in");
        let due =
            world.bundle.principals[usize::try_from(n).expect("small")].credentials[0].expires_at;
        ends.spawn(async move {
            let end = session.end_signal().ended().await;
            (end.code, due.until(Timestamp::now()), due)
        });
    }
    let began = Instant::now();
    while let Some(end) = ends.join_next().await {
        let (code, late, due) = end.expect("joined");
        assert_eq!(code, code::CREDENTIAL_EXPIRED);
        assert!(Timestamp::now() >= due, "not before its time");
        assert!(late < LATE, "{late:?} late");
    }
    assert!(began.elapsed() < support::SOON);
    world.edge.stop().await;
}
