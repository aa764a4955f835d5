//! Two hundred modules that mean harm, or that were built by somebody who did not know better: each
//! is told its own error, the process lives, and sessions beside it go on.

mod broken;
mod cases;
mod running;
mod shapes;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use cases::{Case, Expected};
use countersign_model::{PolicyVerdict, SessionId, StatementClass};
use countersign_policy_engine::{Engine, EngineOptions, PolicySet};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

use crate::support::{self, guest::guest};

fn all() -> Vec<Case> {
    let mut cases = running::cases();
    cases.extend(broken::cases());
    cases.extend(shapes::cases());
    cases
}

/// Processor time of this thread: what a busy machine adds by letting it wait is not counted.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).expect("positive"),
        u32::try_from(time.tv_nsec).expect("positive"),
    )
}

/// What a scheduler takes now and then on a machine that does something else: less than that is nobody's
/// doing.
const NOISE: Duration = Duration::from_micros(200);

/// What a module is told: the name of an error of loading, of being bound, or of judging.
fn told(engine: &Engine, component: &[u8]) -> Expected {
    let policy = match engine.load(component) {
        Ok(policy) => policy,
        Err(error) => return Expected::of_load(&error),
    };
    let binding = support::binding(&policy, Value::Null);
    let set = PolicySet::new(engine, vec![(binding, Ok(policy))], 1);
    if let Some(error) = set.statuses().remove(0).error {
        return Expected::of_binding(&error);
    }
    let (who, what) = (support::principal(&[]), support::target(&[]));
    let mut session = set.session(Arc::clone(&who), Arc::clone(&what), SessionId::new());
    let statement = support::statement(StatementClass::Read, "select");
    let action = support::action(&who, &what, vec![statement]);
    let judged = session.judge(&action, &support::counters());
    match &judged.decision.policies[0].verdict {
        PolicyVerdict::Failed { failure, .. } => Expected::Judge(*failure),
        PolicyVerdict::Said(_) => Expected::Runs,
    }
}

#[test]
fn two_hundred_modules_are_told_what_is_wrong_and_nobody_else_notices() {
    let cases = all();
    assert!(cases.len() >= 200, "{}", cases.len());
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "each is another one");
    let engine = Engine::new(EngineOptions::default()).expect("an engine");

    let quiet = p99(&engine, || false);
    let done = AtomicBool::new(false);
    let (wrong, loud) = std::thread::scope(|scope| {
        let hostile = scope.spawn(|| {
            let wrong: Vec<String> = cases
                .iter()
                .filter_map(|case| try_one(&engine, case))
                .collect();
            done.store(true, Relaxed);
            wrong
        });
        let loud = p99(&engine, || !done.load(Relaxed));
        (hostile.join().expect("the process lives"), loud)
    });
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        loud <= (quiet * 2).max(quiet + NOISE),
        "p99 of another session: {quiet:?} when quiet, {loud:?} beside them"
    );
}

/// What is wrong with how a module was received.
fn try_one(engine: &Engine, case: &Case) -> Option<String> {
    let began = thread_time();
    let told = told(engine, &case.component);
    let took = thread_time() - began;
    if !case.expected.contains(&told) {
        return Some(format!("{}: {told:?}, not {:?}", case.name, case.expected));
    }
    // Without optimisation the compiler is ten times slower than where it is used.
    (took > Duration::from_secs(60)).then(|| format!("{} took {took:?}", case.name))
}

/// The 99th percentile of processor time of another session's decisions, over at least so many and
/// for as long as `goes_on` says.
fn p99(engine: &Engine, goes_on: impl Fn() -> bool) -> Duration {
    // It asks for the time, so that each decision asks the guest.
    let judge = "(drop (call $at (local.get $action)))";
    let policy = engine.load(&guest("honest", judge)).expect("loads");
    let binding = support::binding(&policy, Value::Null);
    let set = PolicySet::new(engine, vec![(binding, Ok(policy))], 1);
    let (who, what) = (support::principal(&[]), support::target(&[]));
    let mut session = set.session(Arc::clone(&who), Arc::clone(&what), SessionId::new());
    let statement = support::statement(StatementClass::Read, "select");
    let action = support::action(&who, &what, vec![statement]);
    let counters = support::counters();
    let mut times = Vec::new();
    while times.len() < 5_000 || (goes_on() && times.len() < 50_000_000) {
        let began = thread_time();
        let judged = session.judge(&action, &counters);
        times.push(thread_time() - began);
        assert_eq!(judged.decision.policies.len(), 1);
        assert!(!matches!(
            judged.decision.policies[0].verdict,
            PolicyVerdict::Failed { .. }
        ));
        std::thread::yield_now();
    }
    times.sort_unstable();
    times[times.len() * 99 / 100]
}
