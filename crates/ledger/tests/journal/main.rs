//! The journal through its public interface: crashes, full spools, tampering.

mod random;
mod recovery;
mod soon;
mod spool;

use std::{
    fs,
    path::{Path, PathBuf},
};

use countersign_ledger::{
    chain,
    journal::{Journal, JournalOptions},
};
use countersign_model::{Event, EventBatch, EventBody};

const SMALL: JournalOptions = JournalOptions {
    segment_bytes: 2048,
    max_spool_bytes: 1 << 20,
};

fn body(detail: &str) -> EventBody {
    EventBody::ProtocolViolation {
        session_id: None,
        client: "127.0.0.1:1".to_owned(),
        detail: detail.to_owned(),
    }
}

fn open(dir: &Path) -> Journal {
    Journal::open(dir, SMALL).expect("opens")
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(dir)
        .expect("dir")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "seg"))
        .collect();
    paths.sort();
    paths
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()
        .expect("runtime")
        .block_on(future)
}

/// Reads everything after `after` in batches, checking that they hang together.
fn read_all(journal: &Journal, after: u64) -> Vec<Event> {
    block_on(journal.sync()).expect("synced");
    let mut events = Vec::new();
    let mut last: Option<(u64, chain::Link)> = None;
    let mut at = after;
    while let Some(batch) = journal.read_batch(at, 7, 1500).expect("read") {
        let EventBatch {
            epoch,
            first_seq,
            prev_hash,
            records,
        } = batch;
        assert_eq!(epoch, journal.epoch());
        assert_eq!(first_seq, at + 1);
        let prev: chain::Link = hex::decode(prev_hash)
            .expect("hex")
            .try_into()
            .expect("32 bytes");
        if let Some((seq, link)) = last {
            assert_eq!((seq, link), (at, prev), "batches are linked");
        }
        let link = chain::fold(&prev, first_seq, &records).expect("a chain");
        at += records.len() as u64;
        last = Some((at, link));
        events.extend(records.iter().map(|record| {
            let event: Event = serde_json::from_str(record).expect("an event");
            assert_eq!(&serde_json::to_string(&event).expect("text"), record);
            event
        }));
    }
    events
}

fn details(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| match &event.body {
            EventBody::ProtocolViolation { detail, .. } => detail.clone(),
            other => panic!("not ours: {other:?}"),
        })
        .collect()
}
