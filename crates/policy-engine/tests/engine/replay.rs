//! What was recorded comes out the same again, in any process; a candidate shows what it changes.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
    process::Command,
    sync::Arc,
};

use countersign_model::{Effect, Event, PolicyVerdict, Stage, Verdict};
use countersign_policy_engine::{
    Engine, EngineOptions,
    replay::{Candidates, Replayed, Replayer, Step},
};
use serde_json::json;

use crate::support::{
    self,
    guest::{self, guest},
    read,
    record::{self, Past},
};

/// Where a child process finds the record.
const RECORD: &str = "COUNTERSIGN_TEST_RECORD";
const DECISIONS: usize = 100_000;

fn write_record(dir: &Path, seed: u64, decisions: usize) {
    let file = std::fs::File::create(dir.join("events.jsonl")).expect("a file");
    let mut file = BufWriter::new(file);
    let past = record::make(seed, decisions, &mut |event| {
        serde_json::to_writer(&mut file, event).expect("written");
        file.write_all(b"\n").expect("written");
    });
    file.flush().expect("written");
    past.write(dir);
}

fn read_record(dir: &Path) -> impl Iterator<Item = Event> {
    let file = std::fs::File::open(dir.join("events.jsonl")).expect("a file");
    let lines = BufReader::new(file).lines();
    lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("an event"))
}

fn judged(step: Step) -> Replayed {
    match step {
        Step::Judged(replayed) => *replayed,
        skipped => panic!("{skipped:?}"),
    }
}

fn replay(dir: &Path, past: Past, candidate: Option<Candidates>) -> Vec<Replayed> {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let replayer = Replayer::new(engine, Arc::new(past), candidate);
    let sessions = read::sessions(read_record(dir));
    read::replay(&replayer, sessions, |results, step| {
        results.push(judged(step));
    })
}

/// One line that says all that came out, independent of the order of threads.
fn digest(results: &[Replayed]) -> String {
    let mut lines: Vec<String> = results
        .iter()
        .map(|replayed| {
            let verdicts = replayed
                .after
                .policies
                .iter()
                .map(|p| (p.binding, &p.verdict));
            let verdicts: Vec<_> = verdicts.collect();
            format!(
                "{} {:?} {:?} {verdicts:?} {}",
                replayed.action_id,
                replayed.after.effect,
                replayed.after.reasons,
                replayed.simulated
            )
        })
        .collect();
    lines.sort_unstable();
    countersign_policy_package::digest(lines.join("\n").as_bytes())
}

fn replay_as_child(dir: &Path) {
    let results = replay(dir, Past::read(dir), None);
    let differing = results.iter().filter(|r| r.differs()).count();
    let simulated = results.iter().filter(|r| r.simulated).count();
    let report = json!({
        "judged": results.len(), "differing": differing, "simulated": simulated,
        "digest": digest(&results),
    });
    let name = std::env::var("TZ").expect("a time zone").replace('/', "-");
    std::fs::write(dir.join(format!("report-{name}.json")), report.to_string()).expect("written");
}

#[test]
fn a_hundred_thousand_decisions_come_out_the_same_in_other_processes() {
    if let Some(dir) = std::env::var_os(RECORD) {
        return replay_as_child(Path::new(&dir));
    }
    let dir = tempfile::tempdir().expect("a directory");
    write_record(dir.path(), 7, DECISIONS);
    let children = ["Pacific/Kiritimati", "America/Los_Angeles"].map(|zone| {
        Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "--nocapture"])
            .arg("replay::a_hundred_thousand_decisions_come_out_the_same_in_other_processes")
            .env(RECORD, dir.path())
            .env("TZ", zone)
            .spawn()
            .expect("a child")
    });
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    let reports = ["Pacific-Kiritimati", "America-Los_Angeles"].map(|name| {
        let path = dir.path().join(format!("report-{name}.json"));
        let report = std::fs::read(path).expect("a report");
        serde_json::from_slice::<serde_json::Value>(&report).expect("JSON")
    });
    assert_eq!(reports[0]["judged"], DECISIONS);
    assert_eq!(reports[0]["differing"], 0);
    assert_eq!(reports[0]["simulated"], 0, "all is in the record");
    assert_eq!(reports[0], reports[1]);
}

/// A record with its past, and the differences of a candidate by policy and verdict.
fn differences(change: impl FnOnce(&mut Past) -> Candidates) -> (Vec<Replayed>, Past) {
    let dir = tempfile::tempdir().expect("a directory");
    write_record(dir.path(), 11, 4_000);
    let mut past = Past::read(dir.path());
    let candidate = change(&mut past);
    let kept = Past::read(dir.path());
    (replay(dir.path(), past, Some(candidate)), kept)
}

#[test]
fn a_changed_setting_differs_where_it_matters_and_nowhere_else() {
    let (results, past) = differences(|past| {
        let mut binding = past.sets[1].1[0].clone();
        assert_eq!(binding.policy, "destructive-guard");
        binding.settings = json!({"deny_operations": ["insert"]});
        Candidates::one(binding)
    });
    let guard = past.sets[0].1[0].id;
    let (mut differing, mut inserts) = (0, 0);
    for replayed in &results {
        for difference in &replayed.differences {
            assert_eq!(difference.binding, guard, "{difference:?}");
            assert!(!difference.simulated);
        }
        let is_insert = replayed.text.starts_with("INSERT");
        inserts += usize::from(is_insert);
        if is_insert {
            let said = &replayed.differences[0];
            assert!(
                matches!(said.after, Some(PolicyVerdict::Said(Verdict::Deny(_)))),
                "{said:?}"
            );
        }
        differing += usize::from(replayed.differs());
        assert!(!replayed.text.starts_with("SELECT") || !replayed.differs());
    }
    assert!(
        inserts > 50 && differing >= inserts,
        "{inserts}, {differing}"
    );
}

#[test]
fn a_new_binding_is_judged_with_simulated_answers() {
    let count = format!(
        "(if (i64.gt_u (call $count (i32.const 656) (i32.const 6) (i64.const 1)
             (i32.const 86400)) (i64.const 100)) (then {}))",
        guest::answer_deny()
    );
    let component = guest("new", &count);
    let (results, _) = differences(move |past| {
        let engine = Engine::new(EngineOptions::default()).expect("an engine");
        let policy = engine.load(&component).expect("loads");
        let mut binding = support::binding(&policy, serde_json::Value::Null);
        binding.stage = Stage::Canary;
        past.modules.insert(policy.digest().to_owned(), component);
        Candidates::one(binding)
    });
    // Of every principal the first hundred pass, on the same day.
    let mut by_principal: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for replayed in &results {
        assert!(replayed.simulated);
        let last = replayed.after.policies.last().expect("the candidate");
        assert_eq!(last.policy, "new");
        let counts = by_principal
            .entry(replayed.revision.to_string())
            .or_default();
        match &replayed.differences[..] {
            [] => counts.0 += 1,
            [only] => {
                assert_eq!((only.before.as_ref(), only.simulated), (None, true));
                counts.1 += 1;
            }
            more => panic!("{more:?}"),
        }
    }
    let passed: usize = by_principal.values().map(|(passed, _)| passed).sum();
    assert_eq!(passed, 8 * 100, "eight principals");
    assert_eq!(results.len(), 4_000);
}

#[test]
fn another_version_takes_the_place_of_the_recorded_one() {
    let component = guest("mild", &guest::answer_deny());
    let (results, past) = differences(move |past| {
        let engine = Engine::new(EngineOptions::default()).expect("an engine");
        let policy = engine.load(&component).expect("loads");
        let mut binding = past.sets[1].1[9].clone();
        binding.digest = policy.digest().to_owned();
        binding.version = 2;
        past.modules.insert(policy.digest().to_owned(), component);
        Candidates::one(binding)
    });
    let mild = past.sets[0].1[9].id;
    for replayed in &results {
        assert_eq!(replayed.differences.len(), 1, "{replayed:?}");
        assert_eq!(replayed.differences[0].binding, mild);
        assert_eq!(
            replayed.after.policies.len(),
            replayed.before.policies.len(),
            "it is asked in place of the recorded one"
        );
        assert_eq!(replayed.after.effect, Effect::Deny);
        assert!(replayed.after.reasons.contains(&"NOPE".to_owned()));
    }
}
