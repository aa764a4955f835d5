//! Many edges at once, by the real follow protocol: how soon each has a change.

use std::{
    io::Write as _,
    net::IpAddr,
    os::unix::fs::OpenOptionsExt as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_edge_agent::{
    bundle::verify,
    config::ControlPlane,
    control_plane::{Client, Identity},
};
use countersign_model::{EnrollRequest, EnrollResponse, FollowEvent, Timestamp};
use countersign_test_support::Plane;
use futures::StreamExt as _;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::support::{PATIENCE, binary, component};

const EDGES: u8 = 200;

/// Changes that are made and taken back.
const ROUNDS: usize = 5;

/// What a change may take to 99 of 100 edges. A build without optimisation signs slower.
const LIMIT: Duration = if cfg!(debug_assertions) {
    Duration::from_secs(4)
} else {
    Duration::from_secs(1)
};

/// An edge has a revision, verified.
struct Arrival {
    revision: u64,
    at: Instant,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_its_rollback_reach_two_hundred_edges() -> Result<()> {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = TempDir::new()?;
    let plane = Plane::start(binary(), folder.path(), &[]).await?;
    let admin = &plane.admin;
    let file = component("destructive-guard")?;
    admin.json(&["policy", "push", &file.display().to_string()])?;

    let (arrivals, mut arrived) = mpsc::unbounded_channel();
    let mut edges = tokio::task::JoinSet::new();
    for n in 0..EDGES {
        let token = admin.text(
            &["join-token", "create", &format!("simulated-{n}")],
            "/token",
        )?;
        let (client, identity) = enroll(&plane.url, &folder, n, token).await?;
        edges.spawn(follow(client, identity, arrivals.clone()));
    }
    drop(arrivals);
    let mut reached = revision_of_all(&mut arrived, 0).await?.0;

    let mut took = Vec::with_capacity(2 * ROUNDS * usize::from(EDGES));
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let bound = admin.json(&["policy", "bind", "destructive-guard"])?;
        let id = bound["id"].as_str().context("a binding")?.to_owned();
        let (revision, times) = revision_of_all(&mut arrived, reached).await?;
        took.extend(times.iter().map(|at| at.duration_since(began)));
        reached = revision;

        let began = Instant::now();
        admin.json(&["policy", "unbind", &id])?;
        let (revision, times) = revision_of_all(&mut arrived, reached).await?;
        took.extend(times.iter().map(|at| at.duration_since(began)));
        reached = revision;
    }
    edges.abort_all();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    let figures = json!({
        "edges": EDGES,
        "changes": 2 * ROUNDS,
        "p50_ms": at(50).as_millis(),
        "p99_ms": at(99).as_millis(),
        "max_ms": at(100).as_millis(),
    });
    let kept = folder.path().join("figures.json");
    std::fs::write(&kept, figures.to_string())?;
    ensure!(at(99) < LIMIT, "{figures}");
    tracing::info!(%figures, "reached every edge");
    Ok(())
}

/// Waits until every edge has a revision higher than `before`; answers it and when each had it.
async fn revision_of_all(
    arrived: &mut mpsc::UnboundedReceiver<Arrival>,
    before: u64,
) -> Result<(u64, Vec<Instant>)> {
    let mut times = Vec::with_capacity(EDGES.into());
    let mut newest = before;
    while times.len() < usize::from(EDGES) {
        let arrival = tokio::time::timeout(PATIENCE, arrived.recv())
            .await
            .with_context(|| format!("{} of {EDGES} edges have it", times.len()))?
            .context("an edge ended")?;
        // Somebody enrolled meanwhile: the count begins anew with a newer revision.
        if arrival.revision > newest {
            newest = arrival.revision;
            times.clear();
        }
        if arrival.revision == newest && newest > before {
            times.push(arrival.at);
        }
    }
    Ok((newest, times))
}

/// Enrolls an edge from an address of its own, since a control plane lets few of one address in at
/// a time, and keeps the identity where an edge has it.
async fn enroll(
    url: &str,
    folder: &TempDir,
    number: u8,
    token: String,
) -> Result<(Client, Identity)> {
    let data_dir = folder.path().join(format!("edge-{number}"));
    std::fs::create_dir(&data_dir)?;
    let key = ed25519_dalek::SigningKey::from_bytes(&rand::random());
    let request = EnrollRequest {
        join_token: token,
        public_key: BASE64.encode(key.verifying_key().to_bytes()),
        name: None,
        version: "0.0.0".to_owned(),
    };
    let from = IpAddr::from([127, 0, 1, number]);
    let http = reqwest::Client::builder().local_address(from).build()?;
    let answer = http
        .post(format!("{url}/api/v1/edge/enroll"))
        .json(&request)
        .send()
        .await?;
    let answer: EnrollResponse = answer.error_for_status()?.json().await?;
    let identity = json!({
        "edge_id": answer.edge_id,
        "name": answer.name,
        "key": BASE64.encode(key.to_bytes()),
        "control_plane_key": answer.control_plane_key,
    });
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(data_dir.join("identity.json"))?;
    file.write_all(identity.to_string().as_bytes())?;
    let identity = Identity::load(&data_dir)?.context("just written")?;
    let client = Client::new(&ControlPlane {
        url: url.to_owned(),
        tls_ca: None,
    })?;
    let client = client.signed_in(identity.edge_id, identity.key.clone());
    Ok((client, identity))
}

/// Follows as an edge does: fetches each bundle that is named, and verifies it.
async fn follow(
    client: Client,
    identity: Identity,
    arrivals: mpsc::UnboundedSender<Arrival>,
) -> Result<()> {
    let mut enforced = 0;
    let mut stream = client.follow().await?.bytes_stream();
    let mut text = String::new();
    while let Some(chunk) = stream.next().await {
        text.push_str(std::str::from_utf8(&chunk?)?);
        while let Some(end) = text.find('\n') {
            let line: String = text.drain(..=end).collect();
            let Some(data) = line.strip_prefix("data:") else {
                continue;
            };
            let Ok(FollowEvent::Bundle { revision }) = serde_json::from_str(data.trim()) else {
                continue;
            };
            if revision <= enforced {
                continue;
            }
            let signed = client.bundle().await?;
            let (bundle, _) = verify(
                &identity.control_plane,
                identity.edge_id,
                enforced,
                Timestamp::now(),
                &signed,
            )?;
            enforced = bundle.revision;
            let arrival = Arrival {
                revision: enforced,
                at: Instant::now(),
            };
            if arrivals.send(arrival).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}
