//! One hostile guest a limit: each ends as a refusal with its own reason, and soon.

use std::time::{Duration, Instant};

use countersign_model::{Failure, PolicyVerdict, Verdict};
use countersign_policy_engine::{Engine, EngineOptions};

use crate::support::{
    self,
    guest::{self, guest},
};

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).expect("an engine")
}

fn failure(judge: &str) -> (Failure, String) {
    match support::judge_once(&engine(), &guest("hostile", judge)) {
        PolicyVerdict::Failed { failure, detail } => (failure, detail),
        PolicyVerdict::Said(verdict) => panic!("it answered {verdict:?}"),
    }
}

#[test]
fn an_honest_guest_is_heard() {
    let cases = [
        (String::new(), Verdict::Abstain),
        (guest::answer_deny(), Verdict::Deny("NOPE".to_owned())),
    ];
    for (judge, expected) in cases {
        let said = support::judge_once(&engine(), &guest("honest", &judge));
        assert_eq!(said, PolicyVerdict::Said(expected));
    }
}

#[test]
fn a_loop_meets_its_deadline() {
    let engine = engine();
    let component = guest("loops", "(loop $again (br $again))");
    let policy = engine.load(&component).expect("loads");
    let mut trial = policy.trial(&serde_json::Value::Null).expect("configured");
    let (who, what) = (support::principal(&[]), support::target(&[]));
    let action = support::action(&who, &what, Vec::new());
    let started = Instant::now();
    let said = trial.judge(&action, &support::counters());
    let took = started.elapsed();
    let PolicyVerdict::Failed { failure, .. } = said else {
        panic!("it answered {said:?}");
    };
    assert_eq!(failure, Failure::Deadline);
    // 5 ms of its own time; on a busy machine the clock on the wall runs ahead of that.
    assert!(took >= Duration::from_millis(4), "{took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_deadline_wakes_a_sleeping_ticker() {
    let engine = engine();
    let component = guest("loops", "(loop $again (br $again))");
    engine.load(&component).expect("loads");
    // Long enough that nothing ticks any more.
    std::thread::sleep(Duration::from_millis(300));
    let said = support::judge_once(&engine, &component);
    let deadline = matches!(
        said,
        PolicyVerdict::Failed {
            failure: Failure::Deadline,
            ..
        }
    );
    assert!(deadline, "{said:?}");
}

#[test]
fn memory_is_bounded() {
    let bombs = [
        "(loop $more (drop (memory.grow (i32.const 16))) (br $more))",
        "(drop (memory.grow (i32.const 60000)))",
        "(loop $more (drop (table.grow $table (ref.null func) (i32.const 5000))) (br $more))",
    ];
    for bomb in bombs {
        let (failure, detail) = failure(bomb);
        assert_eq!(failure, Failure::Memory, "{bomb}: {detail}");
    }
}

#[test]
fn memory_up_to_the_limit_is_granted() {
    // 40 pages of 64 KiB at first, 512 in all.
    let grow = "(if (i32.eq (memory.grow (i32.const 472)) (i32.const -1)) (then unreachable))";
    let said = support::judge_once(&engine(), &guest("grows", grow));
    assert_eq!(said, PolicyVerdict::Said(Verdict::Abstain));
}

#[test]
fn what_is_no_answer_is_a_trap() {
    let cases = [
        "unreachable".to_owned(),
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))".to_owned(),
        "(drop (i32.load (i32.const -8)))".to_owned(),
        "(drop (call $recurse (i32.const 0)))".to_owned(),
        guest::answer_wrong(),
        guest::answer_deny_with(-16, 64),
        // Not UTF-8.
        format!(
            "(i32.store8 (i32.const 640) (i32.const 255)) {}",
            guest::answer_deny()
        ),
        // Returns past the handle's drop, so that the handle is leaked.
        format!("(return (i32.const {}))", guest::ABSTAIN),
        // Drops the handle twice.
        "(call $drop (local.get $action))".to_owned(),
    ];
    for judge in cases {
        let (failure, detail) = failure(&judge);
        assert_eq!(failure, Failure::Trap, "{judge}: {detail}");
        assert!(!detail.is_empty() && detail.len() <= 512, "{detail}");
    }
}

#[test]
fn sizes_are_bounded() {
    let many_counts = "(loop $more
        (drop (call $count (i32.const 640) (i32.const 4) (i64.const 0) (i32.const 60)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $i) (i32.const 65))))";
    let cases = [
        ("a verdict", guest::answer_deny_with(8192, 100_000)),
        (
            "a transfer",
            "(call $log (i32.const 0) (i32.const 0) (i32.const 2000000))".to_owned(),
        ),
        (
            "a verdict past the transfer",
            guest::answer_deny_with(8192, 2_000_000),
        ),
        ("many counts", many_counts.to_owned()),
        (
            "a long key",
            "(drop (call $count (i32.const 8192) (i32.const 300) (i64.const 0) (i32.const 60)))"
                .to_owned(),
        ),
    ];
    for (what, judge) in cases {
        let (failure, detail) = failure(&judge);
        assert_eq!(failure, Failure::Size, "{what}: {detail}");
    }
}

#[test]
fn its_own_error_is_a_refusal_in_its_own_words() {
    let (failure, detail) = failure(&guest::answer_error());
    assert_eq!((failure, detail.as_str()), (Failure::Error, "NOPE"));
}

#[test]
fn a_review_by_nobody_is_no_verdict() {
    let (failure, detail) = failure(&guest::answer_review_by_nobody());
    assert_eq!(failure, Failure::InvalidVerdict, "{detail}");
}

#[test]
fn a_long_log_is_cut() {
    let engine = engine();
    let logs = "(loop $more
        (call $log (i32.const 1) (i32.const 8192) (i32.const 5000))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $i) (i32.const 100))))";
    let policy = engine.load(&guest("logs", logs)).expect("loads");
    let binding = support::binding(&policy, serde_json::Value::Null);
    let set = countersign_policy_engine::PolicySet::new(&engine, vec![(binding, Ok(policy))], 1);
    let (who, what) = (support::principal(&[]), support::target(&[]));
    let action = support::action(&who, &what, Vec::new());
    let mut session = set.session(who, what, action.session);
    let judged = session.judge(&action, &support::counters());
    let outcome = &judged.decision.policies[0];
    assert_eq!(outcome.verdict, PolicyVerdict::Said(Verdict::Abstain));
    assert_eq!(outcome.host_calls.len(), 32);
    for call in &outcome.host_calls {
        let countersign_model::HostCall::Log { message, .. } = call else {
            panic!("{call:?}");
        };
        assert_eq!(message.len(), 1024);
    }
}
