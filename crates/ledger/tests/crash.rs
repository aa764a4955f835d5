//! The journal under a real SIGKILL and a real file-size limit, in a process of its own: this test
//! binary, started again as the writer.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use countersign_ledger::{
    chain,
    journal::{Journal, JournalError, JournalOptions},
};
use countersign_model::EventBody;

const OPTIONS: JournalOptions = JournalOptions {
    segment_bytes: 16 << 10,
    max_spool_bytes: 1 << 30,
};

/// Names the folder to the writer.
const DIR: &str = "COUNTERSIGN_TEST_JOURNAL";

fn body(detail: String) -> EventBody {
    EventBody::ProtocolViolation {
        session_id: None,
        client: "127.0.0.1:1".to_owned(),
        detail,
    }
}

/// Starts `name` of this binary as a writer, through a shell that first runs `before`.
fn writer(name: &str, dir: &Path, before: &str) -> Child {
    Command::new("sh")
        .args(["-c", &format!("{before} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().expect("this binary"))
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stdin(Stdio::piped())
        .spawn()
        .expect("started")
}

/// The folder, in the process that is to write.
fn writers_folder() -> Option<String> {
    std::env::var(DIR).ok()
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n@{line}").expect("told");
    out.flush().expect("told");
}

/// Lines the writer told, without those of the test harness.
fn told(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().expect("piped"))
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix('@').map(str::to_owned))
}

#[test]
fn what_was_written_survives_a_kill() {
    if let Some(dir) = writers_folder() {
        let journal = Journal::open(dir, OPTIONS).expect("opens");
        loop {
            let seq = journal.append(&body("x".repeat(300))).expect("appended");
            tell(&seq.to_string());
        }
    }
    let dir = tempfile::tempdir().expect("dir");
    let mut last = 0;
    for round in 0..20_u64 {
        let mut child = writer("what_was_written_survives_a_kill", dir.path(), "");
        let id = child.id();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20 + round * 7));
            Command::new("kill")
                .args(["-9", &id.to_string()])
                .status()
                .expect("killed")
        });
        let told = told(&mut child)
            .filter_map(|line| line.parse::<u64>().ok())
            .last();
        killer.join().expect("joined");
        child.wait().expect("gone");
        let journal = Journal::open(dir.path(), OPTIONS).expect("opens after the kill");
        let told = told.unwrap_or(last);
        assert!(
            journal.last_seq() == told || journal.last_seq() == told + 1,
            "told {told}, found {}",
            journal.last_seq()
        );
        last = journal.last_seq();
    }
    assert!(last > 20, "the writers wrote: {last}");
    let journal = Journal::open(dir.path(), OPTIONS).expect("opens");
    let mut at = 0;
    let mut prev = chain::START;
    while let Some(batch) = journal.read_batch(at, 1000, 1 << 20).expect("read") {
        assert_eq!(batch.prev_hash, hex::encode(prev));
        prev = chain::fold(&prev, batch.first_seq, &batch.records).expect("a chain");
        at += batch.records.len() as u64;
    }
    assert_eq!(at, last, "every record, once, without a gap");
}

#[test]
fn a_full_disk_refuses_whole_records_and_recovers() {
    if let Some(dir) = writers_folder() {
        let journal = Journal::open(dir, OPTIONS).expect("opens");
        let mut written = 0;
        let error = loop {
            match journal.append(&body("x".repeat(300))) {
                Ok(seq) => written = seq,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, JournalError::Io { .. }), "{error:?}");
        assert!(journal.error().is_some());
        let again = journal.append(&body("still full, and longer than the last one".repeat(20)));
        assert!(again.is_err());
        tell(&written.to_string());
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).expect("a line");
        let seq = journal
            .append(&body("space again".to_owned()))
            .expect("recovers");
        assert_eq!(seq, written + 1);
        assert_eq!(journal.error(), None);
        tell("recovered");
        return;
    }
    let dir = tempfile::tempdir().expect("dir");
    // 8 blocks of 512 bytes; the signal is ignored, so that the write fails instead.
    let mut child = writer(
        "a_full_disk_refuses_whole_records_and_recovers",
        dir.path(),
        "trap '' XFSZ; ulimit -S -f 8;",
    );
    let mut lines = told(&mut child);
    let written: u64 = lines.next().expect("full").parse().expect("a number");
    assert!((1..30).contains(&written), "{written}");
    let raised = Command::new("prlimit")
        .args(["--fsize=unlimited", "--pid", &child.id().to_string()])
        .status()
        .expect("prlimit");
    assert!(raised.success());
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(b"\n")
        .expect("woken");
    assert_eq!(lines.next().as_deref(), Some("recovered"));
    assert!(child.wait().expect("ended").success());
    let journal = Journal::open(dir.path(), OPTIONS).expect("opens");
    assert_eq!(
        journal.recovery().cut_bytes,
        0,
        "nothing half-written was left"
    );
    assert_eq!(journal.last_seq(), written + 1);
}
