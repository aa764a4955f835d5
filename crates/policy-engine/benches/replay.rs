//! How fast recorded decisions are judged again: `cargo bench -p countersign-policy-engine --bench
//! replay`. The record is the one of the replay test: ten policies, four of which ask for what the
//! facts do not determine. Reading the record is not part of the figure.

#[path = "../tests/engine/support/mod.rs"]
#[expect(dead_code, reason = "a benchmark uses its part")]
mod support;

use std::sync::{Arc, OnceLock};

use countersign_model::Event;
use countersign_policy_engine::{Engine, EngineOptions, replay::Replayer};
use divan::{Bencher, black_box, counter::ItemsCount};
use support::{read, record};

const DECISIONS: usize = 20_000;

fn main() {
    divan::main();
}

fn made() -> &'static (Vec<Event>, record::Past) {
    static MADE: OnceLock<(Vec<Event>, record::Past)> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut events = Vec::new();
        let past = record::make(7, DECISIONS, &mut |event| events.push(event.clone()));
        (events, past)
    })
}

#[divan::bench(sample_count = 10)]
fn recorded_decisions(bencher: Bencher) {
    let (events, past) = made();
    let past = Arc::new(record::Past {
        sets: past.sets.clone(),
        modules: past.modules.clone(),
    });
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    // The policies stay loaded from one round to the next.
    let loaded: Vec<_> = past.modules.values().map(|m| engine.load(m)).collect();
    bencher
        .counter(ItemsCount::new(DECISIONS))
        .with_inputs(|| read::sessions(events.iter().cloned()))
        .bench_local_values(|sessions| {
            let archive: Arc<record::Past> = Arc::clone(&past);
            let replayer = Replayer::new(engine.clone(), archive, None);
            black_box(read::replay(&replayer, sessions, |results, step| {
                results.push(step);
            }))
        });
    drop(loaded);
}
