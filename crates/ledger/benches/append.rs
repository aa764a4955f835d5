//! What a record costs: `cargo bench -p countersign-ledger`.

use countersign_ledger::{
    chain,
    journal::{Journal, JournalOptions},
};
use countersign_model::{EventBody, SessionId};
use divan::{Bencher, counter::BytesCount};

fn main() {
    divan::main();
}

/// A record of about 600 bytes, as an intent with its text is.
fn body() -> EventBody {
    EventBody::ProtocolViolation {
        session_id: Some(SessionId::new()),
        client: "127.0.0.1:54321".to_owned(),
        detail: "x".repeat(450),
    }
}

fn journal() -> (tempfile::TempDir, Journal) {
    let dir = tempfile::tempdir().expect("dir");
    let options = JournalOptions {
        max_spool_bytes: 64 << 30,
        ..JournalOptions::default()
    };
    let journal = Journal::open(dir.path(), options).expect("opens");
    (dir, journal)
}

#[divan::bench(threads = [1, 2, 8])]
fn append(bencher: Bencher<'_, '_>) {
    let (_dir, journal) = journal();
    let body = body();
    bencher.bench(|| journal.append(&body).expect("appended"));
}

#[divan::bench]
fn append_synced(bencher: Bencher<'_, '_>) {
    let (_dir, journal) = journal();
    let body = body();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("runtime");
    bencher.bench_local(|| {
        runtime
            .block_on(journal.append_synced(&body))
            .expect("synced")
    });
}

#[divan::bench]
fn link(bencher: Bencher<'_, '_>) {
    let record = vec![b'x'; 600];
    bencher
        .counter(BytesCount::new(record.len()))
        .bench(|| chain::link(&chain::START, &record));
}
