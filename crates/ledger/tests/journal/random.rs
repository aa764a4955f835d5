//! Random histories against a list.

use std::fs;

use proptest::prelude::*;

use super::{body, details, open, read_all, segments};

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    AppendSoon(usize),
    Acknowledge(prop::sample::Index),
    Restart,
    Crash(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_usize..900).prop_map(Step::Append),
        5 => (0_usize..900).prop_map(Step::AppendSoon),
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
                Step::AppendSoon(size) => {
                    let detail = format!("{n}:{}", "x".repeat(size));
                    prop_assert_eq!(journal.append_soon(&body(&detail)).expect("appended"), model.len() as u64 + 1);
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
