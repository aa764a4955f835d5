//! What a bundle costs the edge: 10,000 live credentials, 1,000 locks and 2,000 grants.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use countersign_model::{
    Bundle, BundleCredential, BundlePrincipal, CredentialId, Grant, GrantId, GrantOperation, Lock,
    LockId, LockSubject, PrincipalId, SessionId, Timestamp,
};
use countersign_test_support::own_memory;

use crate::support::{self, bundle, plane::Plane, until};

const PRINCIPALS: usize = 1_000;
const CREDENTIALS: usize = 10_000;
const LOCKS: usize = 1_000;
const GRANTS: usize = 2_000;
const CHANGES: usize = 20;

/// What all of it may cost, in bytes, beyond a bundle of nearly nothing.
const LIMIT: u64 = 20 << 20;

/// What it may cost after many changes in a row: the allocator keeps pages that hold little more than
/// one thing of an earlier bundle, more of them the busier the machine is (18 to 39 MB were seen). A
/// bundle that stayed would cost its 12 MB twenty times.
const LIMIT_AFTER_CHANGES: u64 = 64 << 20;

/// How soon a change of it is in force. A build without optimisation reads JSON slower.
const SOON: Duration = if cfg!(debug_assertions) {
    Duration::from_secs(10)
} else {
    Duration::from_secs(1)
};

/// The program itself, with the control plane in this process.
struct Process {
    child: Child,
}

impl Process {
    fn start(dir: &Path, plane: &Plane) -> Self {
        let text = format!(
            "data_dir = \"{}\"\n[control_plane]\nurl = \"{}\"\n\
             [postgres]\nlisten = \"127.0.0.1:0\"\n\
             [upstreams.shop]\nhost = \"127.0.0.1\"\ndatabase = \"shop\"\nuser = \"u\"\n\
             password = \"p\"\n",
            dir.join("edge").display(),
            plane.url(),
        );
        let config = dir.join("edge.toml");
        fs::write(&config, text).expect("written");
        fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).expect("set");
        let child = Command::new(env!("CARGO_BIN_EXE_countersign-edge-agent"))
            .arg("--config")
            .arg(config)
            .env("COUNTERSIGN_JOIN_TOKEN", plane.join_token())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        Self { child }
    }

    /// Bytes of its own in memory, once free memory has been given back.
    async fn settled(&self) -> u64 {
        tokio::time::sleep(Duration::from_secs(4)).await;
        own_memory(self.child.id()).expect("Linux, and it runs")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until the edge says that it enforces this revision.
async fn enforced(plane: &Plane, revision: u64) {
    until("the bundle is enforced", || {
        let state = plane.state();
        let enforced = state.statuses.last()?.bundle_revision;
        (enforced == revision).then_some(())
    })
    .await;
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
    let edge = Process::start(dir.path(), &plane);
    enforced(&plane, small.revision).await;
    let before = edge.settled().await;
    let mut large = large(small);
    let publish = async |large: &mut Bundle| {
        large.revision += 1;
        plane.publish(large);
        let began = Instant::now();
        enforced(&plane, large.revision).await;
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    };
    publish(&mut large).await;
    let first = edge.settled().await.saturating_sub(before);
    // It stays so when the bundle changes.
    for n in 0..CHANGES {
        large.principals[0].principal.name = format!("renamed-{n}");
        publish(&mut large).await;
    }
    let last = edge.settled().await.saturating_sub(before);
    report(&format!(
        "{CREDENTIALS} credentials, {LOCKS} locks, {GRANTS} grants: {} KiB, after {CHANGES} changes \
         {} KiB",
        first >> 10,
        last >> 10,
    ));
    assert!(first < LIMIT, "{first} bytes");
    assert!(
        last < LIMIT_AFTER_CHANGES,
        "{last} bytes after {CHANGES} changes"
    );
}

#[expect(clippy::print_stderr, reason = "the figures of a measurement")]
fn report(figures: &str) {
    eprintln!("{figures}");
}
