//! What a crash, an edit or a backup leaves on the disk.

use std::fs;

use countersign_ledger::journal::{Journal, JournalError, JournalOptions};

use super::{SMALL, block_on, body, details, open, read_all, segments};

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
