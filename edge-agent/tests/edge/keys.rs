//! The keys between edge and control plane: replaced on both sides, across kills.

use std::time::Duration;

use countersign_edge_agent::control_plane::{Client, Identity, IdentityKeeper, rotate_key};
use countersign_ledger::{
    handover::hand_over,
    keys::{SigningKey, sign_bundle},
};
use countersign_model::{SignedBundle, Timestamp};

use crate::support::{self, RunningEdge, bundle, config, plane::Plane, until};

#[tokio::test]
async fn an_edge_follows_the_control_planes_key_and_stays_there() {
    let plane = Plane::start().await;
    let mut current = bundle(plane.edge_id());
    plane.publish(&current);
    let dir = tempfile::tempdir().expect("dir");
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    edge.signed_in().await.close("test");
    let old = plane.state().key.clone();
    let new = SigningKey::generate().expect("key");
    let now = Timestamp::now();
    let handover = hand_over(&old, &new.verifying_key(), now, now);
    let by = |key: &SigningKey, bundle: &countersign_model::Bundle, chain: bool| SignedBundle {
        handovers: if chain {
            vec![handover.clone()]
        } else {
            Vec::new()
        },
        ..sign_bundle(key, bundle).expect("signed")
    };
    let publish = |revision: u64, signed| plane.publish_signed(revision, signed);
    current.revision = 2;
    current.principals[0].principal.name = "robot".to_owned();
    publish(2, by(&new, &current, true));
    until("the new key's bundle is enforced", || {
        edge.sign_in_as("robot", support::SECRET, "shop").ok()
    })
    .await
    .close("test");
    until("the new key is pinned on the disk", || {
        let identity = Identity::load(dir.path()).ok()??;
        (identity.control_plane.current == new.verifying_key()).then_some(())
    })
    .await;

    // The old key, whose overlap is over, is nobody's any more; also not after a restart.
    current.revision = 3;
    current.principals[0].principal.name = "thief".to_owned();
    publish(3, by(&old, &current, false));
    until("the old key's bundle is refused", || {
        let state = plane.state();
        let error = state.statuses.last()?.bundle_error.clone()?;
        error.contains("signature").then_some(())
    })
    .await;
    assert!(edge.sign_in_as("thief", support::SECRET, "shop").is_err());
    edge.stop().await;
    let edge = RunningEdge::start(config(dir.path(), &plane)).await;
    let session = edge.sign_in_as("robot", support::SECRET, "shop");
    session.expect("from its own disk").close("test");
    // Signed by the new key, it needs no chain.
    current.revision = 4;
    current.principals[0].principal.name = "successor".to_owned();
    publish(4, by(&new, &current, false));
    until("the newest bundle is enforced", || {
        edge.sign_in_as("successor", support::SECRET, "shop").ok()
    })
    .await
    .close("test");
    edge.stop().await;
}

/// Where the edge was killed within a rotation, and what the control plane knows by then.
#[tokio::test]
async fn a_rotation_is_finished_wherever_it_was_cut() {
    for known in [false, true] {
        let plane = Plane::start().await;
        plane.publish(&bundle(plane.edge_id()));
        let dir = tempfile::tempdir().expect("dir");
        let edge = RunningEdge::start(config(dir.path(), &plane)).await;
        edge.signed_in().await.close("test");
        edge.stop().await;

        let next = SigningKey::generate().expect("key");
        let identity = Identity::load(dir.path()).expect("loads").expect("there");
        let keeper = IdentityKeeper::new(dir.path(), identity);
        let begun = keeper.change(|identity| identity.next_key = Some(next.clone()));
        begun.expect("kept");
        if known {
            plane.state().edge_key = Some(next.verifying_key());
        }
        let edge = RunningEdge::start(config(dir.path(), &plane)).await;
        until("the new key is the one", || {
            let state = plane.state();
            let identity = Identity::load(dir.path()).ok()??;
            (state.edge_key == Some(next.verifying_key())
                && identity.next_key.is_none()
                && identity.key.to_bytes() == next.to_bytes())
            .then_some(())
        })
        .await;
        edge.signed_in().await.close("test");
        edge.stop().await;
    }
}

#[tokio::test]
async fn a_running_edge_takes_up_the_key_that_another_process_made() {
    let plane = Plane::start().await;
    plane.publish(&bundle(plane.edge_id()));
    let dir = tempfile::tempdir().expect("dir");
    let config = config(dir.path(), &plane);
    let edge = RunningEdge::start(config.clone()).await;
    edge.signed_in().await.close("test");
    // As `countersign edge rotate-key` does.
    let identity = Identity::load(dir.path()).expect("loads").expect("there");
    let before = identity.key.to_bytes();
    let client = Client::new(&config.control_plane).expect("client");
    let client = client.signed_in(identity.edge_id, identity.key.clone());
    let keeper = IdentityKeeper::new(dir.path(), identity);
    tokio::time::sleep(Duration::from_millis(20)).await;
    rotate_key(&keeper, &client).await.expect("rotated");
    assert_ne!(keeper.key().to_bytes(), before);
    // The test's control plane knows one key alone: what arrives from now on is by the new one.
    let seen = plane.state().statuses.len();
    until("the edge signs with it", || {
        (plane.state().statuses.len() > seen + 1).then_some(())
    })
    .await;
    edge.signed_in().await.close("test");
    edge.stop().await;
}

#[tokio::test]
async fn every_start_of_a_folder_is_another_instance() {
    let plane = Plane::start().await;
    plane.publish(&bundle(plane.edge_id()));
    let dir = tempfile::tempdir().expect("dir");
    for generation in 1..=3 {
        let edge = RunningEdge::start(config(dir.path(), &plane)).await;
        until("it says which start it is", || {
            let state = plane.state();
            let said = state.statuses.last()?.instance.as_ref()?.generation;
            (said == generation).then_some(())
        })
        .await;
        edge.stop().await;
    }
}
