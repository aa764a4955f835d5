//! What a guest may ask: the getters of its action, counters, documents and the log. Each getter that
//! can tell two actions with equal facts apart leaves a mark, so that the engine knows whether the
//! verdict could have differed.

mod access;
mod calls;
mod identity;
mod judging;
mod operations;
mod sql;
mod tape;

use std::sync::Arc;

use countersign_model::{Failure, HostCall};
use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource, ResourceType},
};

pub(crate) use judging::{Judging, Surroundings};
pub(crate) use tape::Tape;

use crate::{
    error::Fault,
    limits::{Budget, Memory},
};

/// What a store holds for its guest.
pub(crate) struct HostState {
    pub(crate) judging: Option<Arc<Judging>>,
    pub(crate) calls: Vec<HostCall>,
    /// Whether the guest asked for something that equal facts do not determine.
    pub(crate) may_differ: bool,
    /// Answers from the record, where a decision is judged again.
    pub(crate) tape: Option<Tape>,
    /// Set where the host ended the call itself.
    pub(crate) fault: Option<Fault>,
    pub(crate) budget: Budget,
    pub(crate) memory: Memory,
    used: Used,
}

/// How often the guest asked in one decision.
#[derive(Default)]
struct Used {
    lines: usize,
    counts: usize,
    lookups: usize,
    looked_up: usize,
    clock: bool,
}

impl HostState {
    pub(crate) fn new(budget: Budget, memory: Memory) -> Self {
        Self {
            judging: None,
            calls: Vec::new(),
            may_differ: false,
            tape: None,
            fault: None,
            budget,
            memory,
            used: Used::default(),
        }
    }

    /// Begins to judge.
    pub(crate) fn begin(&mut self, judging: Arc<Judging>, tape: Option<Tape>) {
        self.judging = Some(judging);
        self.calls.clear();
        self.may_differ = false;
        self.tape = tape;
        self.used = Used::default();
    }

    /// The action that is being judged. A guest has no other, so that the handle need not be looked
    /// at; while it is being set up it has none.
    fn judging(&self) -> wasmtime::Result<&Judging> {
        match &self.judging {
            Some(judging) => Ok(judging),
            None => Err(wasmtime::Error::msg("nothing is being judged")),
        }
    }

    /// The same, for what equal facts do not determine.
    fn differing(&mut self) -> wasmtime::Result<&Judging> {
        self.may_differ = true;
        self.judging()
    }

    fn refuse(&mut self, detail: &str) -> wasmtime::Error {
        self.fault = Some(Fault::new(Failure::Size, detail));
        wasmtime::Error::msg(detail.to_owned())
    }
}

/// The type behind the `action` resource; its values live in the store.
pub(crate) struct ActionHandle;

type Handle = Resource<ActionHandle>;
type Context<'a> = StoreContextMut<'a, HostState>;

/// Offers the policy world, and nothing else.
pub(crate) fn offer(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    let mut types = linker.instance("countersign:policy/types@0.1.0")?;
    types.resource(
        "action",
        ResourceType::host::<ActionHandle>(),
        |_, _| Ok(()),
    )?;
    identity::offer(&mut types)?;
    sql::offer(&mut types)?;
    operations::offer(&mut types)?;
    access::offer(&mut types)?;
    calls::offer(&mut linker.instance("countersign:policy/host@0.1.0")?)
}
