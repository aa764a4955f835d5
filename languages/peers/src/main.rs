//! One rule, a thousand actions, and everybody who can judge them in one process:
//! `cargo xtask bench policy`. All must say the same of every action, or nothing is measured.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

mod actions;
mod native;
mod ours;
mod support;

use std::{
    hint::black_box,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use actions::{COUNT, Effect, actions};
use countersign_model::Action;
use countersign_policy_engine::{Engine, EngineOptions};
use serde_json::json;

const REGO: &str = include_str!("../rule.rego");
const CEDAR: &str = include_str!("../rule.cedar");

const PASSES: usize = 20;
const THREADS: usize = 2;
const SPAN: Duration = Duration::from_secs(3);

/// The least that must hold: times native Rust, plus microseconds, and decisions a second.
const TIMES_NATIVE: f64 = 3.0;
const PLUS_US: f64 = 10.0;
const PER_SECOND: f64 = 100_000.0;

/// Who judges the actions, by their index.
trait Peer {
    fn decide(&mut self, index: usize) -> Effect;
}

struct Row {
    name: &'static str,
    p50_us: f64,
    p99_us: f64,
    mean_us: f64,
}

fn main() -> ExitCode {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let actions = actions();
    let component = component("languages/peers/rule");
    let rows = rows(&component, &actions);
    let per_second = throughput(&component, &actions);
    let p50 = |name: &str| {
        rows.iter()
            .find(|r| r.name == name)
            .map_or(0.0, |r| r.p50_us)
    };
    let (ours, rust) = (p50(OURS), p50(RUST));
    let limit = TIMES_NATIVE * rust + PLUS_US;
    let fast = ours <= limit && per_second >= PER_SECOND;
    if as_json {
        let row = |row: &Row| {
            json!({"name": row.name, "p50_us": row.p50_us, "p99_us": row.p99_us,
                "mean_us": row.mean_us, "per_second": 1e6 / row.mean_us})
        };
        let report = json!({
            "actions": COUNT,
            "rows": rows.iter().map(row).collect::<Vec<_>>(),
            "ours_p50_us": ours, "rust_p50_us": rust, "limit_us": limit,
            "threads": THREADS, "decisions_per_second": per_second,
            "must_per_second": PER_SECOND, "ok": fast,
        });
        println!("{report}");
    } else {
        print(&rows, limit, per_second);
    }
    if fast {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

const OURS: &str = "countersign, Wasm, a live instance a session";
const RUST: &str = "the same rule in native Rust";

fn rows(component: &[u8], actions: &[Action]) -> Vec<Row> {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let policy = engine.load(component).expect("loads");
    let runtime = |language: &str| {
        let built = runtime(language);
        engine.load(&built).expect("loads")
    };
    let (rego, cedar) = (runtime("rego"), runtime("cedar"));
    let mut expected = native::Rust(actions.to_vec());
    let expected: Vec<Effect> = (0..COUNT).map(|index| expected.decide(index)).collect();
    for effect in [Effect::Abstain, Effect::Review, Effect::Deny] {
        assert!(expected.contains(&effect), "no action comes to {effect:?}");
    }
    let measure = |name, peer: &mut dyn Peer| measure(name, peer, &expected);
    vec![
        measure(RUST, &mut native::Rust(actions.to_vec())),
        measure(OURS, &mut ours::Live::new(&policy, 1, actions)),
        measure(
            "countersign, Wasm, facts never seen: a fresh instance",
            &mut ours::Sessions::new(component, 1, 1, actions),
        ),
        measure(
            "countersign, Wasm, facts seen before: remembered",
            &mut ours::Sessions::new(component, 4 * COUNT, 1, actions),
        ),
        measure(
            "countersign, ten policies bound, live instances",
            &mut ours::Live::new(&policy, 10, actions),
        ),
        measure(
            "countersign, ten policies bound, fresh instances",
            &mut ours::Sessions::new(component, 1, 10, actions),
        ),
        measure(
            "Rego by regorus, native",
            &mut native::Rego::new(REGO, actions),
        ),
        measure(
            "Rego by countersign, Wasm",
            &mut ours::Live::text(&rego, REGO, actions),
        ),
        measure(
            "Cedar by cedar-policy, native",
            &mut native::Cedar::new(CEDAR, actions),
        ),
        measure(
            "Cedar by countersign, Wasm",
            &mut ours::Live::text(&cedar, CEDAR, actions),
        ),
    ]
}

/// Every action is timed by itself, all of them several times over.
fn measure(name: &'static str, peer: &mut dyn Peer, expected: &[Effect]) -> Row {
    for (index, expected) in expected.iter().enumerate() {
        assert_eq!(peer.decide(index), *expected, "{name}, action {index}");
    }
    let mut took = Vec::with_capacity(PASSES * COUNT);
    for _ in 0..PASSES {
        for index in 0..COUNT {
            let start = Instant::now();
            black_box(peer.decide(index));
            took.push(start.elapsed());
        }
    }
    took.sort_unstable();
    let us = |duration: &Duration| duration.as_secs_f64() * 1e6;
    Row {
        name,
        p50_us: us(&took[took.len() / 2]),
        p99_us: us(&took[took.len() * 99 / 100]),
        mean_us: took.iter().map(us).sum::<f64>() / took.len() as f64,
    }
}

/// Decisions a second of live instances in one process, on two threads with one engine.
fn throughput(component: &[u8], actions: &[Action]) -> f64 {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let policy = engine.load(component).expect("loads");
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let mut live = ours::Live::new(&policy, 1, actions);
            let start = Arc::clone(&start);
            thread::spawn(move || {
                start.wait();
                let (began, mut decided) = (Instant::now(), 0_usize);
                while began.elapsed() < SPAN {
                    for index in 0..COUNT {
                        black_box(live.decide(index));
                    }
                    decided += COUNT;
                }
                decided as f64 / began.elapsed().as_secs_f64()
            })
        })
        .collect();
    threads
        .into_iter()
        .map(|thread| thread.join().expect("it ends"))
        .sum()
}

fn print(rows: &[Row], limit: f64, per_second: f64) {
    println!("the same rule on the same {COUNT} actions, one process, one thread");
    println!(
        "{:>10} {:>10} {:>12} {:>8}",
        "p50 µs", "p99 µs", "decisions/s", "× Rust"
    );
    let rust = rows
        .iter()
        .find(|r| r.name == RUST)
        .map_or(1.0, |r| r.p50_us);
    for row in rows {
        println!(
            "{:>10.2} {:>10.2} {:>12.0} {:>8.0}  {}",
            row.p50_us,
            row.p99_us,
            1e6 / row.mean_us,
            row.p50_us / rust,
            row.name
        );
    }
    println!("a live instance must stay within {limit:.2} µs p50 (3 × Rust + 10 µs)");
    println!(
        "live instances on {THREADS} threads: {per_second:.0} decisions/s (must: {PER_SECOND:.0})"
    );
}

fn component(folder: &str) -> Vec<u8> {
    let folder = root().join(folder);
    let module = countersign_policy_package::source::compile(&folder).expect("compiles");
    countersign_policy_engine::build_policy(&module).expect("builds")
}

fn runtime(language: &str) -> Vec<u8> {
    component(&format!("languages/{language}"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
