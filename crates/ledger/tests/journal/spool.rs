//! Writing, waiting, reading and acknowledging.

use std::fs;

use countersign_ledger::journal::{Journal, JournalError, JournalOptions, MAX_RECORD_BYTES};

use super::{block_on, body, details, open, read_all, segments};

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
