//! What a bundle costs the edge: 10,000 live credentials, 1,000 locks and 2,000 grants.

mod support;

use std::time::{Duration, Instant};

use countersign_ledger::keys::sign_bundle;
use countersign_model::{
    Bundle, BundleCredential, BundlePrincipal, CredentialId, Grant, GrantId, GrantOperation, Lock,
    LockId, LockSubject, PrincipalId, SessionId, Timestamp,
};
use support::{RunningEdge, bundle, config, plane::Plane, until};

const PRINCIPALS: usize = 1_000;
const CREDENTIALS: usize = 10_000;
const LOCKS: usize = 1_000;
const GRANTS: usize = 2_000;

/// What all of it may cost, in bytes, beyond a bundle of nearly nothing.
const LIMIT: u64 = 20 << 20;

/// How soon a change of it is in force. A build without optimisation reads JSON slower.
const SOON: Duration = if cfg!(debug_assertions) {
    Duration::from_secs(10)
} else {
    Duration::from_secs(1)
};

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = text
        .split_ascii_whitespace()
        .nth(1)
        .expect("two numbers")
        .parse()
        .expect("a number");
    pages * 4096
}

fn large(mut bundle: Bundle) -> Bundle {
    let until = Timestamp::now().after(Duration::from_secs(3_600));
    let target = bundle.targets[0].id;
    let agent = bundle.principals[0].clone();
    for n in 0..PRINCIPALS {
        let mut principal = agent.principal.clone();
        principal.id = PrincipalId::new();
        principal.name = format!("agent-{n}");
        let credentials = (0..CREDENTIALS / PRINCIPALS).map(|m| BundleCredential {
            id: CredentialId::new(),
            secret_sha256: support::sha256(&format!("csp_{n}_{m}")),
            expires_at: until,
            grant_id: None,
        });
        bundle.principals.push(BundlePrincipal {
            principal,
            credentials: credentials.collect(),
        });
    }
    let holders: Vec<PrincipalId> = bundle.principals.iter().map(|p| p.principal.id).collect();
    bundle.grants = (0..GRANTS)
        .map(|n| Grant {
            id: GrantId::new(),
            principal_id: holders[1 + n % PRINCIPALS],
            on_behalf_of: None,
            targets: vec![target],
            operations: vec![GrantOperation::Read, GrantOperation::Write],
            task: format!("refund order {n}"),
            expires_at: until,
            break_glass: false,
        })
        .collect();
    bundle.locks = (0..LOCKS)
        .map(|n| Lock {
            id: LockId::new(),
            subject: if n % 2 == 0 {
                LockSubject::Session {
                    id: SessionId::new(),
                }
            } else {
                LockSubject::Human {
                    name: format!("human-{n}@example.com"),
                }
            },
            reason: "left the company".to_owned(),
        })
        .collect();
    bundle
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_credentials_and_a_thousand_locks_cost_little() {
    let plane = Plane::start().await;
    let small = bundle(plane.edge_id());
    plane.publish(&small);
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    edge.signed_in().await.close("test");
    let mut large = large(small);
    let key = plane.state().key.clone();
    // The control plane of the test holds its copy in this process as well: that one is there
    // before, as far as it can be.
    large.revision += 1;
    let signed = sign_bundle(&key, &large).expect("signed");
    let copy = signed.clone();
    let before = resident();
    plane.publish_signed(large.revision, copy);
    until("the large bundle is enforced", || {
        edge.sign_in_as("agent-999", "csp_999_9", "shop").ok()
    })
    .await
    .close("test");
    let first = resident().saturating_sub(before);
    // It stays so when the bundle changes.
    for n in 0..10 {
        large.revision += 1;
        large.principals[0].principal.name = format!("renamed-{n}");
        let signed = sign_bundle(&key, &large).expect("signed");
        let began = Instant::now();
        plane.publish_signed(large.revision, signed);
        let name = large.principals[0].principal.name.clone();
        until("the change is in force", || {
            edge.sign_in_as(&name, support::SECRET, "shop").ok()
        })
        .await
        .close("test");
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    }
    let last = resident().saturating_sub(before);
    report(&format!(
        "{CREDENTIALS} credentials, {LOCKS} locks, {GRANTS} grants: {} KiB, after ten changes {} KiB; \
         the bundle is {} KiB of JSON",
        first >> 10,
        last >> 10,
        signed.payload.len() >> 10,
    ));
    assert!(first < LIMIT, "{first} bytes");
    edge.stop().await;
}

#[expect(clippy::print_stderr, reason = "the figures of a measurement")]
fn report(figures: &str) {
    eprintln!("{figures}");
}
