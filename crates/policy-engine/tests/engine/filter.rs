//! Filters of responses: what passes, and what each limit does.

use std::sync::Arc;

use countersign_model::{Failure, SessionId, StatementClass};
use countersign_policy_engine::{
    Engine, EngineOptions, FilterError, LoadError, MAX_FILTER_CHUNK, PolicySet, ResponseFilter,
};
use countersign_policy_package::PackageError;
use serde_json::Value;

use crate::support::{self, guest};

fn begin(component: &[u8]) -> ResponseFilter {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let policy = engine.load(component).expect("loads");
    let binding = support::binding(&policy, Value::Null);
    let id = binding.id;
    let set = PolicySet::new(&engine, vec![(binding, Ok(policy))], 1);
    let (who, what) = (support::principal(&[]), support::target(&[]));
    let mut session = set.session(Arc::clone(&who), Arc::clone(&what), SessionId::new());
    let statement = support::statement(StatementClass::Read, "select");
    let action = support::action(&who, &what, vec![statement]);
    for _ in 0..3 {
        let judged = session.judge(&action, &support::counters());
        assert_eq!(judged.filters, [id]);
    }
    let begun = session.filter(id, &action, &support::counters());
    begun.expect("begins")
}

fn failure(result: Result<String, FilterError>) -> Failure {
    result.expect_err("it fails").failure
}

#[test]
fn chunks_pass_and_what_is_held_back_comes_last() {
    // All but the first byte.
    let push = "(local.set $ptr (i32.add (local.get $ptr) (i32.const 1)))
        (local.set $len (i32.sub (local.get $len) (i32.const 1)))";
    let mut filter = begin(&guest::filter("cuts", push));
    assert_eq!(filter.push("one").expect("passes"), "ne");
    assert_eq!(filter.push("two").expect("passes"), "wo");
    assert_eq!(filter.finish().expect("ends"), "NOPE");
}

#[test]
fn a_fault_ends_the_response() {
    let cases = [
        ("unreachable", Failure::Trap),
        ("(loop $again (br $again))", Failure::Deadline),
        ("(drop (memory.grow (i32.const 60000)))", Failure::Memory),
        ("(local.set $len (i32.const 2000000))", Failure::Size),
        ("(local.set $len (i32.const 400000))", Failure::Size),
        ("(local.set $ptr (i32.const -16))", Failure::Trap),
        ("(return (i32.const 1056))", Failure::Error),
    ];
    for (push, expected) in cases {
        // An error of its own, at 1056.
        let push = format!(
            "(i32.store8 (i32.const 1056) (i32.const 1))
             (i32.store (i32.const 1060) (i32.const 640))
             (i32.store (i32.const 1064) (i32.const 4)) {push}"
        );
        let mut filter = begin(&guest::filter("faulty", &push));
        assert_eq!(failure(filter.push("text")), expected, "{push}");
        assert_eq!(failure(filter.push("text")), Failure::Trap, "{push}");
        assert_eq!(failure(filter.finish()), Failure::Trap, "{push}");
    }
}

#[test]
fn a_chunk_is_bounded() {
    let mut filter = begin(&guest::filter("passes", ""));
    let most = "x".repeat(MAX_FILTER_CHUNK);
    assert_eq!(filter.push(&most).expect("passes").len(), MAX_FILTER_CHUNK);
    let more = "x".repeat(MAX_FILTER_CHUNK + 1);
    assert_eq!(failure(filter.push(&more)), Failure::Size);
}

#[test]
fn the_time_for_one_response_is_bounded() {
    // Some milliseconds a chunk, within the deadline of each.
    let slow = "(loop $more
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $i) (i32.const 2000000))))";
    let mut filter = begin(&guest::filter("slow", slow));
    let ended = (0..100_000).find_map(|_| filter.push("text").err());
    assert_eq!(ended.map(|error| error.failure), Some(Failure::Deadline));
}

#[test]
fn the_manifest_and_the_code_agree() {
    let honest = guest::filter("honest", "");
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    assert!(engine.load(&honest).expect("loads").manifest().filters);

    let mut boasts = guest::manifest("boasts");
    boasts.filters = true;
    let component = guest::guest_describing("boasts", "", &boasts);
    assert!(matches!(
        engine.load(&component),
        Err(LoadError::Package(PackageError::Filters))
    ));
}
