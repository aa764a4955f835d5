//! Records that are written with the next one, or a little later.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use super::{block_on, body, details, open, read_all, segments};

fn on_disk(dir: &Path, text: &str) -> bool {
    segments(dir).iter().any(|path| {
        let bytes = fs::read(path).expect("read");
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

/// Whether the text is written by itself, without another record.
fn comes_to_disk(dir: &Path, text: &str) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        if on_disk(dir, text) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

#[test]
fn it_is_written_by_itself_also_after_a_pause() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    for (n, pause) in [0, 0, 200, 10, 200].into_iter().enumerate() {
        std::thread::sleep(Duration::from_millis(pause));
        let text = format!("record {n}");
        assert_eq!(
            journal.append_soon(&body(&text)).expect("appended"),
            n as u64 + 1
        );
        assert!(comes_to_disk(dir.path(), &text), "{text}");
    }
}

#[test]
fn it_is_written_before_the_record_after_it() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    for n in 0..50 {
        let (first, second) = (format!("soon {n}"), format!("now {n}"));
        journal.append_soon(&body(&first)).expect("appended");
        journal.append(&body(&second)).expect("appended");
        assert!(on_disk(dir.path(), &first) && on_disk(dir.path(), &second));
    }
    assert_eq!(read_all(&journal, 0).len(), 100);
}

#[test]
fn a_sync_an_acknowledgement_and_the_end_take_it_along() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    journal.append_soon(&body("a")).expect("appended");
    assert_eq!(journal.last_seq(), 1);
    assert_eq!(journal.spool().records, 1);
    block_on(journal.sync()).expect("synced");
    assert_eq!(journal.synced_seq(), 1);
    assert!(on_disk(dir.path(), "\"a\""));
    assert_eq!(details(&read_all(&journal, 0)), ["a"]);
    journal.append_soon(&body("b")).expect("appended");
    journal.acknowledge(2).expect("acknowledged");
    journal.append_soon(&body("c")).expect("appended");
    drop(journal);
    let journal = open(dir.path());
    assert_eq!(journal.recovery().last_seq, 3);
    assert_eq!(details(&read_all(&journal, 2)), ["c"]);
}

#[test]
fn an_epoch_leaves_it_behind_with_the_others() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    journal.append_soon(&body("old")).expect("appended");
    block_on(journal.begin_epoch()).expect("begun");
    journal.append_soon(&body("new")).expect("appended");
    assert_eq!(details(&read_all(&journal, 0)), ["new"]);
}

#[test]
fn records_of_one_time_are_each_written_when_their_turn_is_over() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..50 {
            let (journal, dir) = (journal.clone(), dir.path().to_owned());
            writers.spawn(async move {
                let text = format!("writer {n}.");
                let seq = journal.append_together(&body(&text)).await;
                assert!(on_disk(&dir, &text), "{text}");
                seq.expect("written")
            });
        }
        let mut seqs = writers.join_all().await;
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=50).collect::<Vec<u64>>());
    });
    assert_eq!(read_all(&journal, 0).len(), 50);
}

#[test]
fn one_whose_writer_went_away_is_written_all_the_same() {
    let dir = tempfile::tempdir().expect("dir");
    let journal = open(dir.path());
    drop(journal.append_together(&body("alone")));
    assert!(comes_to_disk(dir.path(), "alone"));
}
