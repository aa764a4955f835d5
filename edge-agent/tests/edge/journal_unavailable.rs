//! A journal that cannot write: nothing runs unrecorded, and all goes on when it can again.

use std::{collections::BTreeSet, sync::Arc};

use countersign_edge_agent::{
    bundle::{Activator, Bundles, Trust},
    control_plane::{Client, Identity, IdentityKeeper, Reviews},
    pipeline::{
        Outcome, Parts, Pipeline, Secret, Session, SignIn, SignInRefused, UsedCredentials, code,
    },
};
use countersign_inspect::mask::PseudonymKey;
use countersign_ledger::{
    handover::PinnedKeys,
    journal::{Journal, JournalOptions},
    keys::{SigningKey, sign_bundle},
};
use countersign_model::{EdgeId, OutcomeStatus, Timestamp};

use crate::support::{self, bundle, judge};

fn sign_in(pipeline: &Pipeline) -> Result<Session, SignInRefused> {
    pipeline.sign_in(SignIn {
        protocol: "postgres",
        client: "127.0.0.1:5000".parse().expect("an address"),
        tls: true,
        principal: Some("agent"),
        secret: Secret(support::SECRET.as_bytes()),
        target: "shop",
        application: None,
    })
}

fn identity(edge_id: EdgeId, control_plane: &SigningKey) -> Identity {
    Identity {
        edge_id,
        name: "edge-1".to_owned(),
        key: SigningKey::from_bytes(&[8; 32]),
        next_key: None,
        key_since: None,
        control_plane: PinnedKeys::new(control_plane.verifying_key()),
    }
}

#[tokio::test]
async fn nothing_runs_unrecorded() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().expect("dir");
    let options = JournalOptions {
        segment_bytes: 8 << 10,
        max_spool_bytes: 64 << 10,
    };
    let journal = Journal::open(dir.path().join("journal"), options).expect("opens");
    let bundles = Arc::new(Bundles::default());
    let (edge_id, key) = (EdgeId::new(), SigningKey::from_bytes(&[7; 32]));
    let activator = Activator::new(
        dir.path(),
        Trust {
            edge_id,
            control_plane: IdentityKeeper::new(dir.path(), identity(edge_id, &key)),
            authors: Vec::new(),
        },
        journal.clone(),
        Arc::clone(&bundles),
    )
    .expect("engine");
    let signed = sign_bundle(&key, &bundle(edge_id)).expect("signed");
    let prepared = activator.prepare(signed).expect("trusted");
    activator.activate(prepared).await.expect("enforced");
    let nowhere = countersign_edge_agent::config::ControlPlane {
        url: "http://127.0.0.1:1".to_owned(),
        tls_ca: None,
    };
    let pipeline = Pipeline::new(Parts {
        journal: journal.clone(),
        bundles,
        reviews: Reviews::new(Client::new(&nowhere).expect("client")),
        upstreams: BTreeSet::from(["shop".to_owned()]),
        pseudonym_key: PseudonymKey::from_bytes([1; 32]),
        used: UsedCredentials::open(dir.path(), Timestamp::now()).expect("opens"),
    });
    let mut session = sign_in(&pipeline).expect("let in");

    let mut ran = 0_u64;
    let refusal = loop {
        let judged = judge(&mut session, "select 1").expect("judged");
        match session.record_intent(&judged).await {
            Ok(running) => session.record_outcome(running, Outcome::new(OutcomeStatus::Completed)),
            Err(refusal) => break refusal,
        }
        ran += 1;
        assert!(ran < 10_000, "the spool never fills");
    };
    assert_eq!(refusal.code, code::JOURNAL_UNAVAILABLE);
    assert!(ran > 10);
    assert!(journal.error().is_some());
    for text in [
        "select 1",
        "insert into orders values (1)",
        "drop table orders",
    ] {
        let judged = judge(&mut session, text).expect("judged");
        let refusal = session.record_intent(&judged).await.expect_err(text);
        assert_eq!(refusal.code, code::JOURNAL_UNAVAILABLE, "{text}");
    }
    let refused = sign_in(&pipeline).expect_err("nobody is let in unrecorded");
    assert_eq!(refused.code, code::JOURNAL_UNAVAILABLE);

    journal
        .acknowledge(journal.last_seq())
        .expect("acknowledged");
    for text in ["select 1", "insert into orders values (1)"] {
        let judged = judge(&mut session, text).expect("judged");
        let running = session.record_intent(&judged).await.expect("recovered");
        session.record_outcome(running, Outcome::new(OutcomeStatus::Completed));
    }
    assert_eq!(journal.error(), None);
    assert!(sign_in(&pipeline).is_ok());
}
