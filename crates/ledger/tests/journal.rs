//! The journal through its public interface: crashes, full disks, tampering.

use std::{
    fs,
    path::{Path, PathBuf},
};

use countersign_ledger::{
    chain,
    journal::{Journal, JournalError, JournalOptions, MAX_RECORD_BYTES},
};
use countersign_model::{Event, EventBatch, EventBody};
use proptest::prelude::*;

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

#[test]
fn records_come_back_in_order_across_segments_and_restarts() {
    let dir = tempfile::tempdir().expect("dir");
    let mut written = Vec::new();
    let mut epoch = None;
    for round in 0..5 {
        let journal = open(dir.path());
        assert_eq!(*epoch.get_or_insert(journal.epoch()), journal.epoch());
        assert_eq!(journal.recovery().last_seq, written.len() as u64);
        assert_eq!(journal.recovery().cut_bytes, 0);
        assert_eq!(journal.recovery().fresh, round == 0);
        for n in 0..20 {
            let detail = format!("{round}/{n} \"quoted\" \u{1F600}\n");
            let seq = journal.append(&body(&detail)).expect("appended");
            written.push(detail);
            assert_eq!(seq, written.len() as u64);
        }
        assert_eq!(details(&read_all(&journal, 0)), written);
        assert_eq!(details(&read_all(&journal, 13)), written[13..]);
    }
    assert!(segments(dir.path()).len() > 3, "segments were filled");
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_away() {
    let dir = tempfile::tempdir().expect("dir");
    let (before, whole) = {
        let journal = Journal::open(dir.path(), JournalOptions::default()).expect("opens");
        for n in 0..3 {
            journal.append(&body(&n.to_string())).expect("appended");
        }
        let path = &segments(dir.path())[0];
        let before = fs::metadata(path).expect("exists").len();
        journal.append(&body("the last one")).expect("appended");
        (before, fs::read(path).expect("read"))
    };
    let path = segments(dir.path())[0].clone();
    for length in before..whole.len() as u64 {
        fs::write(&path, &whole[..usize::try_from(length).expect("small")]).expect("torn");
        let journal = Journal::open(dir.path(), JournalOptions::default()).expect("opens");
        let recovery = journal.recovery().clone();
        assert_eq!(recovery.last_seq, 3, "torn at {length}");
        assert_eq!(recovery.cut_bytes, length - before, "torn at {length}");
        assert_eq!(journal.append(&body("after")).expect("appended"), 4);
        assert_eq!(
            details(&read_all(&journal, 0)),
            ["0", "1", "2", "after"],
            "torn at {length}"
        );
    }
}

#[test]
fn a_segment_torn_while_it_was_made_is_no_segment() {
    let dir = tempfile::tempdir().expect("dir");
    let last = {
        let journal = open(dir.path());
        (0..30).for_each(|n| {
            journal.append(&body(&n.to_string())).expect("appended");
        });
        journal.last_seq()
    };
    let epoch = segments(dir.path())[0]
        .file_name()
        .and_then(|name| name.to_str())
        .expect("name")[..20]
        .to_owned();
    for length in [0, 1, 63] {
        let torn = dir.path().join(format!("{epoch}-{:020}.seg", last + 1));
        fs::write(&torn, vec![1; length]).expect("torn");
        let journal = open(dir.path());
        assert_eq!(journal.last_seq(), last);
        assert!(!torn.exists());
        assert_eq!(read_all(&journal, 0).len() as u64, last);
    }
}

#[test]
fn what_the_power_supply_took_from_the_last_but_one_takes_the_last_with_it() {
    let dir = tempfile::tempdir().expect("dir");
    {
        let journal = open(dir.path());
        (0..30).for_each(|n| {
            journal.append(&body(&n.to_string())).expect("appended");
        });
    }
    let paths = segments(dir.path());
    assert!(paths.len() >= 3);
    let victim = &paths[paths.len() - 2];
    let length = fs::metadata(victim).expect("exists").len();
    fs::File::options()
        .write(true)
        .open(victim)
        .and_then(|file| file.set_len(length - 10))
        .expect("torn");
    let journal = open(dir.path());
    let kept = read_all(&journal, 0);
    let expected: Vec<_> = (0..kept.len()).map(|n| n.to_string()).collect();
    assert_eq!(details(&kept), expected);
    assert!(kept.len() < 30 && journal.recovery().cut_bytes > 0);
    assert_eq!(
        journal.append(&body("after")).expect("appended"),
        kept.len() as u64 + 1
    );
    assert_eq!(read_all(&journal, 0).len(), kept.len() + 1);
}

#[test]
fn a_changed_record_is_not_shipped() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    for n in 0..60 {
        journal
            .append(&body(&format!("value {n:02}")))
            .expect("appended");
    }
    block_on(journal.sync()).expect("synced");
    let path = &segments(dir.path())[0];
    let text = fs::read(path).expect("read");
    let at = text
        .windows(8)
        .position(|window| window == b"value 03")
        .expect("there");
    let mut changed = text.clone();
    changed[at + 7] = b'9';
    fs::write(path, &changed).expect("changed");
    assert!(matches!(
        journal.read_batch(0, 100, 1 << 20),
        Err(JournalError::Damaged { .. })
    ));
    // Nor does the journal open over it without saying so: the segment is not one a crash can tear.
    drop(journal);
    let reopened =
        Journal::open(dir.path(), SMALL).and_then(|journal| journal.read_batch(0, 100, 1 << 20));
    assert!(matches!(reopened, Err(JournalError::Damaged { .. })));
}

#[test]
fn a_missing_segment_is_noticed() {
    let dir = tempfile::tempdir().expect("dir");
    {
        let journal = open(dir.path());
        for n in 0..60 {
            journal.append(&body(&n.to_string())).expect("appended");
        }
    }
    let paths = segments(dir.path());
    fs::remove_file(&paths[1]).expect("removed");
    let journal = open(dir.path());
    let mut at = 0;
    let result = loop {
        match journal.read_batch(at, 7, 1500) {
            Ok(Some(batch)) => at += batch.records.len() as u64,
            Ok(None) => break Ok(at),
            Err(error) => break Err(error),
        }
    };
    assert!(result.is_err(), "read {result:?} records over the gap");
}

#[test]
fn a_second_process_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    assert!(matches!(
        Journal::open(dir.path(), SMALL),
        Err(JournalError::Locked(_))
    ));
    drop(journal);
    open(dir.path());
}

#[test]
fn acknowledged_segments_are_dropped_and_stay_dropped() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    for n in 0..60 {
        journal.append(&body(&n.to_string())).expect("appended");
    }
    let before = segments(dir.path()).len();
    assert_eq!(journal.spool().records, 60);
    let whole = journal.spool().bytes;
    read_all(&journal, 0);
    journal.acknowledge(40).expect("acknowledged");
    journal
        .acknowledge(12)
        .expect("an older one changes nothing");
    assert_eq!(journal.spool().records, 20);
    assert!(journal.spool().bytes < whole / 2);
    assert!(segments(dir.path()).len() < before);
    assert_eq!(
        details(&read_all(&journal, 40)).first().map(String::as_str),
        Some("40")
    );
    assert!(matches!(
        journal.read_batch(0, 1, 1),
        Err(JournalError::Dropped(_))
    ));
    assert!(matches!(
        journal.acknowledge(61),
        Err(JournalError::AcknowledgedTooMuch {
            acknowledged: 61,
            last: 60
        })
    ));
    drop(journal);
    let journal = open(dir.path());
    assert_eq!(journal.spool().records, 20);
    journal.acknowledge(60).expect("acknowledged");
    assert_eq!((journal.spool().records, journal.spool().bytes), (0, 0));
    assert_eq!(segments(dir.path()).len(), 1);
    assert_eq!(journal.append(&body("next")).expect("appended"), 61);
}

#[test]
fn a_lost_acknowledgement_file_means_sending_again() {
    let dir = tempfile::tempdir().expect("dir");
    {
        let journal = open(dir.path());
        for n in 0..60 {
            journal.append(&body(&n.to_string())).expect("appended");
        }
        journal.acknowledge(40).expect("acknowledged");
    }
    for content in [None, Some(""), Some("{\"epoch\":1,\"seq\":50}")] {
        let path = dir.path().join("acknowledged.json");
        match content {
            None => fs::remove_file(path).expect("removed"),
            Some(content) => fs::write(path, content).expect("written"),
        }
        let journal = open(dir.path());
        let records = journal.spool().records;
        assert!((20..60).contains(&records), "{records} with {content:?}");
        let first = 60 - records;
        assert_eq!(read_all(&journal, first).len() as u64, records);
    }
}

#[test]
fn when_the_control_plane_has_more_an_epoch_begins() {
    let dir = tempfile::tempdir().expect("dir");
    let old = {
        let journal = open(dir.path());
        for n in 0..3 {
            journal.append(&body(&n.to_string())).expect("appended");
        }
        journal.acknowledge(3).expect("acknowledged");
        journal.epoch()
    };
    // The disk went back in time: the third record is gone.
    let path = segments(dir.path())[0].clone();
    let bytes = fs::read(&path).expect("read");
    fs::write(&path, &bytes[..bytes.len() - 1]).expect("torn");
    let journal = open(dir.path());
    assert!(journal.recovery().fresh);
    assert!(journal.epoch() > old);
    assert_eq!(journal.append(&body("first")).expect("appended"), 1);
    assert_eq!(details(&read_all(&journal, 0)), ["first"]);
}

#[test]
fn an_epoch_can_begin_while_records_are_written() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    for n in 0..60 {
        journal.append(&body(&n.to_string())).expect("appended");
    }
    let old = journal.epoch();
    let new = block_on(journal.begin_epoch()).expect("begun");
    assert!(new > old);
    assert_eq!((journal.last_seq(), journal.spool().records), (0, 0));
    assert_eq!(
        block_on(journal.append_synced(&body("first"))).expect("synced"),
        1
    );
    assert_eq!(details(&read_all(&journal, 0)), ["first"]);
    drop(journal);
    assert_eq!(details(&read_all(&open(dir.path()), 0)), ["first"]);
    let left = fs::read_dir(dir.path())
        .expect("dir")
        .filter(|entry| {
            let path = entry.as_ref().expect("entry").path();
            path.extension().is_some_and(|e| e == "left")
        })
        .count();
    assert!(left >= 3, "{left} segments of the old epoch are kept");
}

#[test]
fn a_full_spool_refuses_until_something_is_acknowledged() {
    let dir = tempfile::tempdir().expect("dir");
    let options = JournalOptions {
        segment_bytes: 2048,
        max_spool_bytes: 8192,
    };
    let journal = Journal::open(dir.path(), options).expect("opens");
    let mut written = 0;
    let error = loop {
        match journal.append(&body("x")) {
            Ok(seq) => written = seq,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::SpoolFull { .. }), "{error}");
    assert!(journal.error().is_some_and(|e| e.contains("spool is full")));
    journal.acknowledge(written / 2).expect("acknowledged");
    assert_eq!(journal.append(&body("y")).expect("appended"), written + 1);
    assert_eq!(journal.error(), None);
}

#[test]
fn a_record_that_is_too_large_leaves_nothing() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    let large = "x".repeat(MAX_RECORD_BYTES);
    assert!(matches!(
        journal.append(&body(&large)),
        Err(JournalError::TooLarge { .. })
    ));
    assert_eq!(
        journal.error(),
        None,
        "the record's fault, not the journal's"
    );
    let options = JournalOptions::default();
    drop(journal);
    let journal = Journal::open(dir.path(), options).expect("opens");
    let fits = "\"".repeat(MAX_RECORD_BYTES / 2 - 1000);
    assert_eq!(journal.append(&body(&fits)).expect("appended"), 1);
    assert_eq!(journal.append(&body("small")).expect("appended"), 2);
    assert_eq!(details(&read_all(&journal, 0)), [fits.as_str(), "small"]);
}

#[test]
fn many_writers_share_the_disk_and_each_gets_a_number() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    let mut numbers = block_on(async {
        let tasks: Vec<_> = (0..64)
            .map(|writer| {
                let journal = journal.clone();
                tokio::spawn(async move {
                    let mut numbers = Vec::new();
                    for n in 0..10 {
                        let body = body(&format!("{writer}/{n}"));
                        let seq = if n % 2 == 0 {
                            journal.append_synced(&body).await
                        } else {
                            journal.append(&body)
                        };
                        numbers.push(seq.expect("written"));
                    }
                    assert!(numbers.is_sorted());
                    numbers
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.expect("joined"));
        }
        all
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=640).collect::<Vec<u64>>());
    assert_eq!(read_all(&journal, 0).len(), 640);
}

#[test]
fn a_reader_is_woken_by_a_record() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    journal.append(&body("first")).expect("appended");
    block_on(async {
        journal.wait_for(0).await;
        let waiting = tokio::spawn({
            let journal = journal.clone();
            async move { journal.wait_for(1).await }
        });
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        assert!(!waiting.is_finished());
        journal.append(&body("second")).expect("appended");
        tokio::time::timeout(std::time::Duration::from_secs(5), waiting)
            .await
            .expect("woken")
            .expect("joined");
    });
}

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Acknowledge(prop::sample::Index),
    Restart,
    Crash(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_usize..900).prop_map(Step::Append),
        2 => any::<prop::sample::Index>().prop_map(Step::Acknowledge),
        1 => Just(Step::Restart),
        1 => any::<prop::sample::Index>().prop_map(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever happens, what comes back is what was written, less what a crash tore off the end.
    #[test]
    fn the_journal_is_the_list_of_its_records(steps in prop::collection::vec(step(), 1..60)) {
        let dir = tempfile::tempdir().expect("dir");
        let mut journal = open(dir.path());
        let mut model: Vec<String> = Vec::new();
        let mut acked = 0_u64;
        for (n, step) in steps.into_iter().enumerate() {
            match step {
                Step::Append(size) => {
                    let detail = format!("{n}:{}", "x".repeat(size));
                    prop_assert_eq!(journal.append(&body(&detail)).expect("appended"), model.len() as u64 + 1);
                    model.push(detail);
                }
                Step::Acknowledge(index) => {
                    let seq = index.index(model.len() + 1) as u64;
                    journal.acknowledge(seq).expect("acknowledged");
                    acked = acked.max(seq);
                }
                Step::Restart => {
                    drop(journal);
                    journal = open(dir.path());
                }
                Step::Crash(index) => {
                    drop(journal);
                    // A crash tears the last record, never an acknowledged one: those are synced.
                    if model.len() as u64 > acked {
                        let path = segments(dir.path()).pop().expect("one");
                        let bytes = fs::read(&path).expect("read");
                        let record = model.last().expect("one").len();
                        let cut = 1 + index.index(record);
                        if bytes.len() >= 64 + cut {
                            fs::write(&path, &bytes[..bytes.len() - cut]).expect("torn");
                            model.pop();
                        }
                    }
                    journal = open(dir.path());
                }
            }
            prop_assert_eq!(journal.spool().records, model.len() as u64 - acked);
        }
        prop_assert_eq!(details(&read_all(&journal, acked)), &model[usize::try_from(acked).expect("small")..]);
    }
}
