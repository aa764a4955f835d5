//! Advances the engine's epoch while a guest runs, so that a loop is interrupted; sleeps otherwise.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

/// How often the epoch advances while a guest runs.
const TICK: Duration = Duration::from_millis(1);

/// Ticks without a guest after which the thread sleeps: waking it costs a call more than a tick
/// costs the machine.
const IDLE_TICKS: u32 = 100;

#[derive(Debug, Default)]
struct State {
    running: AtomicUsize,
    asleep: AtomicBool,
    stop: AtomicBool,
}

/// The thread that advances the epoch; ends with its owner.
#[derive(Debug)]
pub(crate) struct Ticker {
    state: Arc<State>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: &wasmtime::Engine) -> io::Result<Self> {
        let state = Arc::new(State::default());
        let engine = engine.clone();
        let handle = thread::Builder::new()
            .name("policy-epoch".to_owned())
            .spawn({
                let state = Arc::clone(&state);
                move || run(&state, &engine)
            })?;
        Ok(Self {
            state,
            thread: handle.thread().clone(),
            handle: Some(handle),
        })
    }

    /// Keeps the epoch advancing for as long as the guard lives.
    pub(crate) fn watch(&self) -> Watch<'_> {
        self.state.running.fetch_add(1, SeqCst);
        // Either this sees that the thread went to sleep, or the thread sees, after saying that it
        // will, that a guest runs: both are sequentially consistent.
        if self.state.asleep.load(SeqCst) {
            self.thread.unpark();
        }
        Watch(&self.state)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.state.stop.store(true, SeqCst);
        self.thread.unpark();
        if let Some(handle) = self.handle.take() {
            // The thread does not panic; had it, there would be nothing left to do about it here.
            drop(handle.join());
        }
    }
}

/// A guest is running.
pub(crate) struct Watch<'a>(&'a State);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, SeqCst);
    }
}

fn run(state: &State, engine: &wasmtime::Engine) {
    let mut idle = 0;
    while !state.stop.load(SeqCst) {
        thread::sleep(TICK);
        engine.increment_epoch();
        idle = if state.running.load(SeqCst) == 0 {
            idle + 1
        } else {
            0
        };
        if idle >= IDLE_TICKS {
            state.asleep.store(true, SeqCst);
            while state.running.load(SeqCst) == 0 && !state.stop.load(SeqCst) {
                thread::park();
            }
            state.asleep.store(false, SeqCst);
            idle = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn it_sleeps_when_idle_and_wakes_for_a_guest() {
        let engine = wasmtime::Engine::default();
        let ticker = Ticker::start(&engine).expect("a thread");
        let wait_for = |asleep| {
            let started = Instant::now();
            while ticker.state.asleep.load(SeqCst) != asleep {
                assert!(started.elapsed() < Duration::from_secs(10), "{asleep}");
                thread::sleep(TICK);
            }
        };
        for _ in 0..3 {
            wait_for(true);
            let watch = ticker.watch();
            wait_for(false);
            drop(watch);
        }
    }
}
