//! One instance of a policy: its own memory, its own limits, one session.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use countersign_model::{Failure, HostCall, Verdict};
use wasmtime::{
    Store, Trap,
    component::{Resource, TypedFunc},
};

use crate::{
    PolicyLimits,
    engine::{Engine, Shared},
    error::Fault,
    host::{ActionHandle, HostState, Judging, Tape},
    limits::{Budget, Memory},
    verdict, wit,
};

/// The world's `judge`.
pub(crate) type JudgeFunc = TypedFunc<(Resource<ActionHandle>,), (Result<wit::Verdict, String>,)>;

/// What wasmtime says when a guest passes more than it may; it has no type of its own.
const TRANSFER_LIMIT: &str = "fuel allocated for hostcalls has been exhausted";

/// A store with every limit. There is no other way to make one.
pub(crate) fn store(engine: &Engine, limits: PolicyLimits) -> Store<HostState> {
    let options = &engine.shared.options;
    let state = HostState::new(
        Budget::new(limits.setup_deadline),
        Memory::new(limits.memory_bytes),
    );
    let mut store = Store::new(&engine.shared.wasmtime, state);
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(options.transfer_bytes);
    store.epoch_deadline_callback(|mut context| Ok(context.data_mut().budget.tick()));
    store
}

/// Runs guest code with a deadline. After a fault the store must not be used again.
pub(crate) fn run<R>(
    shared: &Shared,
    deadline: Duration,
    store: &mut Store<HostState>,
    guest: impl FnOnce(&mut Store<HostState>) -> wasmtime::Result<R>,
) -> Result<R, Fault> {
    let _watch = shared.ticker.watch();
    store.data_mut().budget.begin(deadline);
    store.set_epoch_deadline(1);
    guest(store).map_err(|error| fault(store.data_mut(), &error))
}

/// Why a guest did not come to its end.
fn fault(state: &mut HostState, error: &wasmtime::Error) -> Fault {
    if let Some(fault) = state.fault.take() {
        return fault;
    }
    let words = || format!("{error:#}");
    if state.budget.exceeded() {
        return Fault::new(Failure::Deadline, "used up its processor time");
    }
    if state.memory.exceeded() {
        return Fault::new(Failure::Memory, words());
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return Fault::new(Failure::Trap, trap.to_string());
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Fault::new(Failure::NotLoaded, "there is no room for another instance");
    }
    let words = words();
    if words.contains(TRANSFER_LIMIT) {
        return Fault::new(Failure::Size, "passed more to the host than it may");
    }
    Fault::new(Failure::Trap, words)
}

/// What one judging came to.
pub(crate) struct Run {
    pub(crate) result: Result<Verdict, Fault>,
    pub(crate) calls: Vec<HostCall>,
    /// Whether the verdict may differ for equal facts.
    pub(crate) may_differ: bool,
    /// Whether it was judged from a record that did not have all the answers.
    pub(crate) simulated: bool,
}

impl Run {
    /// It did not come to be asked.
    pub(crate) fn failed(fault: Fault) -> Self {
        Self {
            result: Err(fault),
            calls: Vec::new(),
            may_differ: false,
            simulated: false,
        }
    }
}

/// A configured instance.
pub(crate) struct Instance {
    engine: Engine,
    store: Store<HostState>,
    judge: JudgeFunc,
    limits: PolicyLimits,
    calls: u32,
}

impl Instance {
    pub(crate) fn new(
        engine: Engine,
        store: Store<HostState>,
        judge: JudgeFunc,
        limits: PolicyLimits,
    ) -> Self {
        engine.shared.live.fetch_add(1, Relaxed);
        Self {
            engine,
            store,
            judge,
            limits,
            calls: 0,
        }
    }

    /// Judges one action, with answers from the record where there is one.
    pub(crate) fn judge(&mut self, judging: &Arc<Judging>, tape: Option<Tape>) -> Run {
        let shared = &self.engine.shared;
        self.calls += 1;
        self.store.data_mut().begin(Arc::clone(judging), tape);
        let judge = &self.judge;
        let answer = run(shared, self.limits.deadline, &mut self.store, |store| {
            // The guest's action is the store's: the handle's number means nothing.
            Ok(judge.call(store, (Resource::new_borrow(0),))?.0)
        });
        let result = answer.and_then(|said| {
            let said = said.map_err(|error| Fault::new(Failure::Error, error))?;
            let verdict = said.into();
            verdict::check(&verdict, shared.options.verdict_bytes)?;
            Ok(verdict)
        });
        let state = self.store.data_mut();
        state.judging = None;
        let tape = state.tape.take();
        Run {
            result,
            calls: std::mem::take(&mut state.calls),
            may_differ: state.may_differ,
            simulated: tape.is_some_and(|tape| tape.simulated()),
        }
    }

    /// Bytes of its linear memory.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().memory.granted()
    }

    /// Whether it may judge again: it has not served its time, and there is room to keep it.
    pub(crate) fn may_stay(&self) -> bool {
        let options = &self.engine.shared.options;
        let most = options.instances as usize / 4 * 3;
        self.calls < options.calls_per_instance && self.engine.shared.live.load(Relaxed) <= most
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.engine.shared.live.fetch_sub(1, Relaxed);
    }
}
