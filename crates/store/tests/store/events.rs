//! Journal records: in exactly once, back as they were.

use countersign_model::{
    ChainedEvent, DecisionRecord, EdgeId, Effect, EventBatch, EventBody, ReviewId, ReviewState,
    SessionId,
};
use countersign_store::{IngestError, SessionCounts, SessionQuery, Store};

use crate::{
    journal::{Journal, full},
    samples::{START, at, edge},
};

async fn ingest(store: &Store, edge: EdgeId, batch: EventBatch) -> Result<u64, IngestError> {
    let ingested = store.ingest(edge, batch, START).await?;
    Ok(ingested.ack.acked_seq)
}

async fn all_events(store: &Store, edge: EdgeId) -> Vec<ChainedEvent> {
    let page = store.edge_events(edge, None, 0, 10_000).await.unwrap();
    page.events
}

/// A journal of 30 records.
fn revisions() -> Journal {
    let mut journal = Journal::new(1_795_356_131_250);
    for revision in 1..=30 {
        journal.write(EventBody::BundleActivated { revision });
    }
    journal
}

pub async fn events_arrive_exactly_once(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let journal = revisions();
    let steps = [
        ("the beginning", 1, 10, 10),
        ("the same again", 1, 10, 10),
        ("a part of it", 3, 7, 10),
        ("an overlap", 5, 15, 15),
        ("what follows", 16, 20, 20),
        ("everything", 1, 30, 30),
        ("the last one again", 30, 30, 30),
    ];
    for (name, first, last, acked) in steps {
        let ack = ingest(store, edge, journal.batch(first, last)).await;
        assert_eq!(ack.unwrap(), acked, "{name}");
    }
    let events = all_events(store, edge).await;
    let seqs: Vec<u64> = events.iter().map(|event| event.event.seq).collect();
    assert_eq!(seqs, (1..=30).collect::<Vec<_>>());
    for event in &events {
        assert_eq!(event.hash, journal.hash(event.event.seq));
    }
    assert_eq!(store.edge(edge).await.unwrap().acked_seq, 30);
    let page = store.edge_events(edge, None, 12, 5).await.unwrap();
    assert_eq!(page.events[0].event.seq, 13);
    assert_eq!(page.next.map(|(_, seq)| seq), Some(17));

    // A journal that began afresh counts from one again, beside the old one.
    let mut fresh = Journal::new(1_795_356_131_251);
    fresh.write(EventBody::BundleActivated { revision: 31 });
    let ingested = store.ingest(edge, fresh.all(), at(100)).await.unwrap();
    assert_eq!(ingested.ack.acked_seq, 1);
    assert_eq!(all_events(store, edge).await.len(), 1, "the newest epoch");
    let old = store
        .edge_events(edge, Some(1_795_356_131_250), 0, 100)
        .await;
    assert_eq!(old.unwrap().events.len(), 30);
}

pub async fn racing_batches_are_stored_once(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let mut journal = revisions();
    ingest(store, edge, journal.batch(1, 10)).await.unwrap();
    let session = SessionId::new();
    journal.open(session, "release-bot");
    let action = journal.intent(session, full(Effect::Allow));
    journal.outcome(session, action, 0, true);
    let batches = (0..6).map(|n| ingest(store, edge, journal.batch(11 - n, 33)));
    for result in futures::future::join_all(batches).await {
        match result {
            Ok(acked) => assert_eq!(acked, 33),
            Err(IngestError::Busy { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(ingest(store, edge, journal.all()).await.unwrap(), 33);
    assert_eq!(all_events(store, edge).await.len(), 33);
    let counts = store.session(session).await.unwrap().counts;
    assert_eq!((counts.actions, counts.rows), (1, 10));
}

pub async fn a_broken_chain_is_refused(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let journal = revisions();
    let gap = ingest(store, edge, journal.batch(2, 5)).await;
    assert!(
        matches!(gap, Err(IngestError::Gap { acked_seq: 0 })),
        "{gap:?}"
    );
    ingest(store, edge, journal.batch(1, 10)).await.unwrap();
    let gap = ingest(store, edge, journal.batch(12, 15)).await;
    assert!(
        matches!(gap, Err(IngestError::Gap { acked_seq: 10 })),
        "{gap:?}"
    );

    let mut forked = journal.batch(11, 15);
    forked.prev_hash = journal.hash(9);
    let mut edited = journal.batch(5, 15);
    edited.records[0] = edited.records[0].replace("\"revision\":5", "\"revision\":6");
    for (name, batch) in [("another start", forked), ("an edited past", edited)] {
        let refused = ingest(store, edge, batch).await;
        assert!(
            matches!(refused, Err(IngestError::Forked { acked_seq: 10 })),
            "{name}"
        );
    }

    let mut renumbered = journal.batch(11, 15);
    renumbered.records.remove(1);
    let mut garbage = journal.batch(11, 15);
    garbage.records[1] = "{}".to_owned();
    for (name, batch) in [("a hole inside", renumbered), ("no event", garbage)] {
        let refused = ingest(store, edge, batch).await;
        assert!(
            matches!(refused, Err(IngestError::BadRecord { seq: 12 })),
            "{name}"
        );
    }
    let mut zero = journal.batch(11, 15);
    zero.first_seq = 0;
    assert!(matches!(
        ingest(store, edge, zero).await,
        Err(IngestError::Malformed(_))
    ));
    assert_eq!(
        all_events(store, edge).await.len(),
        10,
        "nothing of it was stored"
    );
    assert_eq!(
        ingest(store, edge, journal.batch(11, 30)).await.unwrap(),
        30
    );
}

pub async fn sessions_are_summed_up(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let mut journal = Journal::new(7);
    let session = SessionId::new();
    journal.open(session, "release-bot");
    let allowed = journal.intent(session, full(Effect::Allow));
    journal.outcome(session, allowed, 0, true);
    let masked = journal.intent(session, full(Effect::Mask));
    journal.outcome(session, masked, 7, true);
    journal.refuse(session, None);
    let (approved, denied) = (ReviewId::new(), ReviewId::new());
    let held = journal.review(session, approved, ReviewState::Pending);
    journal.run_held(session, held, approved);
    journal.outcome(session, held, 3, false);
    journal.review(session, denied, ReviewState::Pending);
    journal.review(session, denied, ReviewState::Denied);
    journal.refuse(session, Some(denied));
    let last = journal.all().records.len() as u64;
    ingest(store, edge, journal.all()).await.unwrap();
    let expected = SessionCounts {
        actions: 5,
        allowed: 1,
        masked: 1,
        held: 2,
        denied: 1,
        failed: 1,
        rows: 30,
        masked_values: 10,
    };
    let open = store.session(session).await.unwrap();
    assert_eq!(open.counts, expected);
    assert_eq!((open.closed_at, open.last_event_at), (None, at(last)));
    assert_eq!(open.edge, "edge-1");
    journal.close(session);
    ingest(store, edge, journal.batch(last + 1, last + 1))
        .await
        .unwrap();
    let closed = store.session(session).await.unwrap();
    assert_eq!(closed.closed_at, Some(at(last + 1)));
    assert_eq!(closed.close_reason.as_deref(), Some("client_closed"));
    assert_eq!(closed.counts, expected);
}

pub async fn masks_are_counted_when_they_happen(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let mut journal = Journal::new(7);
    let session = SessionId::new();
    let review = ReviewId::new();
    journal.open(session, "release-bot");
    let masked = journal.intent(session, full(Effect::Mask));
    let nothing_to_mask = journal.intent(session, DecisionRecord::SameAs(masked));
    let held = journal.review(session, review, ReviewState::Pending);
    journal.run_held(session, held, review);
    ingest(store, edge, journal.batch(1, 5)).await.unwrap();
    let counts = |c: SessionCounts| (c.actions, c.allowed, c.masked, c.held, c.masked_values);
    let begun = store.session(session).await.unwrap().counts;
    assert_eq!(counts(begun), (3, 2, 0, 1, 0));
    journal.outcome(session, masked, 7, true);
    journal.outcome(session, nothing_to_mask, 0, true);
    journal.outcome(session, held, 3, true);
    ingest(store, edge, journal.batch(6, 8)).await.unwrap();
    let ended = store.session(session).await.unwrap().counts;
    assert_eq!(counts(ended), (3, 1, 1, 1, 10));
}

pub async fn a_session_is_replayed_in_pages(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let mut journal = Journal::new(7);
    let sessions = [SessionId::new(), SessionId::new()];
    for session in sessions {
        journal.open(session, "release-bot");
    }
    for _ in 0..40 {
        for session in sessions {
            let action = journal.intent(session, full(Effect::Allow));
            journal.outcome(session, action, 0, true);
        }
    }
    let last = journal.all().records.len() as u64;
    for first in (1..=last).step_by(7) {
        let batch = journal.batch(first, (first + 6).min(last));
        ingest(store, edge, batch).await.unwrap();
    }
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let page = store.session_events(sessions[0], after, 13).await.unwrap();
        seen.extend(page.events);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 81);
    assert!(
        seen.iter()
            .all(|e| e.event.body.session_id() == Some(sessions[0]))
    );
    assert!(
        seen.windows(2)
            .all(|pair| pair[0].event.seq < pair[1].event.seq)
    );
    assert!(seen.iter().all(|e| e.hash == journal.hash(e.event.seq)));
}

pub async fn sessions_are_found(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let mut journal = Journal::new(7);
    let [alpha, beta] = [SessionId::new(), SessionId::new()];
    journal.open(alpha, "Alpha_bot");
    journal.open(beta, "beta-bot");
    journal.refuse(beta, None);
    journal.close(beta);
    ingest(store, edge, journal.all()).await.unwrap();
    let query = SessionQuery::default;
    let contains = |text: &str| SessionQuery {
        contains: Some(text.to_owned()),
        ..query()
    };
    let cases = [
        ("all, newest first", query(), vec![beta, alpha]),
        (
            "open",
            SessionQuery {
                open: Some(true),
                ..query()
            },
            vec![alpha],
        ),
        (
            "closed",
            SessionQuery {
                open: Some(false),
                ..query()
            },
            vec![beta],
        ),
        (
            "denied",
            SessionQuery {
                effect: Some(Effect::Deny),
                ..query()
            },
            vec![beta],
        ),
        (
            "masked",
            SessionQuery {
                effect: Some(Effect::Mask),
                ..query()
            },
            vec![],
        ),
        (
            "since",
            SessionQuery {
                since: Some(at(2)),
                ..query()
            },
            vec![beta],
        ),
        (
            "by name",
            SessionQuery {
                principal: Some("beta-bot".into()),
                ..query()
            },
            vec![beta],
        ),
        (
            "by target",
            SessionQuery {
                target: Some("shop".into()),
                ..query()
            },
            vec![],
        ),
        (
            "older",
            SessionQuery {
                before: Some(beta),
                ..query()
            },
            vec![alpha],
        ),
        ("containing", contains("ALPHA"), vec![alpha]),
        ("no wildcards", contains("a_b"), vec![alpha]),
        ("no wildcards either", contains("%"), vec![]),
        ("by application", contains("PSQL"), vec![beta, alpha]),
    ];
    for (name, query, expected) in cases {
        let found = store.sessions(&query, 10).await.unwrap();
        let ids: Vec<_> = found.iter().map(|session| session.id).collect();
        assert_eq!(ids, expected, "{name}");
    }
}

pub async fn odd_names_are_stored(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let mut journal = Journal::new(7);
    let session = SessionId::new();
    journal.open(session, "nul\0name \u{202e}\u{1f600}");
    ingest(store, edge, journal.all()).await.unwrap();
    let found = store.session(session).await.unwrap();
    assert_eq!(found.principal.name, "nul\0name \u{202e}\u{1f600}");
    // Another edge that names the same session changes nothing, and its journal goes on.
    let other = crate::samples::edge(store, "edge-2").await;
    let mut forged = Journal::new(8);
    forged.open(session, "impostor");
    forged.close(session);
    assert_eq!(ingest(store, other, forged.all()).await.unwrap(), 2);
    let unchanged = store.session(session).await.unwrap();
    assert_eq!((unchanged.edge_id, unchanged.closed_at), (edge, None));
    let events = store
        .session_events(session, None, 10)
        .await
        .unwrap()
        .events;
    assert_eq!(events.len(), 1);
}

pub async fn a_killed_edge_leaves_no_session_open(store: &Store) {
    let edge = edge(store, "edge-1").await;
    let mut journal = Journal::new(7);
    let [earlier, same_batch, later] = [SessionId::new(), SessionId::new(), SessionId::new()];
    let start = |journal: &mut Journal| {
        journal.write(EventBody::EdgeStarted {
            version: "0.1.0".to_owned(),
        })
    };
    start(&mut journal);
    journal.open(earlier, "release-bot");
    ingest(store, edge, journal.batch(1, 2)).await.unwrap();
    journal.open(same_batch, "release-bot");
    let restart = start(&mut journal);
    journal.open(later, "release-bot");
    ingest(store, edge, journal.all()).await.unwrap();
    for session in [earlier, same_batch] {
        let record = store.session(session).await.unwrap();
        assert_eq!(record.closed_at, Some(at(restart)));
        assert_eq!(record.close_reason.as_deref(), Some("edge_restarted"));
    }
    assert_eq!(store.session(later).await.unwrap().closed_at, None);
}
