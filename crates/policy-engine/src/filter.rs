//! Filters: what a declarative mask cannot say, done by the policy to the text of a response, chunk
//! by chunk and within limits.

use std::{fmt, sync::Arc, time::Duration};

use countersign_model::Failure;
use wasmtime::{
    Store,
    component::{Instance, Resource, TypedFunc},
};

use crate::{
    LoadedPolicy, PolicyLimits,
    engine::Engine,
    error::Fault,
    host::{ActionHandle, HostState, Judging},
    instance::run,
    limits::thread_time,
    policy::{FilterExports, typed},
};

/// Bytes of one chunk, in and out.
pub const MAX_FILTER_CHUNK: usize = 256 * 1024;
/// Bytes of one response, in and out each.
pub const MAX_FILTER_BYTES: u64 = 1024 * 1024 * 1024;
/// Processor time for one response: the deadline of this many actions.
const DEADLINES: u32 = 200;

/// A filter failed: the response must end here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the filter of {policy}: {failure}: {detail}")]
pub struct FilterError {
    /// The policy's name.
    pub policy: String,
    /// What went wrong.
    pub failure: Failure,
    /// In words, bounded in length.
    pub detail: String,
}

type BeginFunc = TypedFunc<(Resource<ActionHandle>,), (Result<(), String>,)>;
type PushFunc = TypedFunc<(&'static str,), (Result<String, String>,)>;
type FinishFunc = TypedFunc<(), (Result<String, String>,)>;

impl FilterExports {
    /// Whether its functions have the types of the world.
    pub(crate) fn check(
        &self,
        instance: &Instance,
        store: &mut Store<HostState>,
    ) -> wasmtime::Result<()> {
        self.find(instance, store).map(drop)
    }

    fn find(
        &self,
        instance: &Instance,
        store: &mut Store<HostState>,
    ) -> wasmtime::Result<(BeginFunc, PushFunc, FinishFunc)> {
        Ok((
            typed(instance, store, &self.begin)?,
            typed(instance, store, &self.push)?,
            typed(instance, store, &self.finish)?,
        ))
    }
}

/// Filters one response. After an error it must not be used again.
pub struct ResponseFilter {
    policy: String,
    engine: Engine,
    store: Store<HostState>,
    push: PushFunc,
    finish: FinishFunc,
    limits: PolicyLimits,
    left: Duration,
    taken: u64,
    given: u64,
    failed: bool,
}

impl fmt::Debug for ResponseFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFilter")
            .field("policy", &self.policy)
            .field("taken", &self.taken)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

impl ResponseFilter {
    pub(crate) fn begin(
        policy: &LoadedPolicy,
        settings: &str,
        limits: PolicyLimits,
        judging: &Arc<Judging>,
    ) -> Result<Self, FilterError> {
        let name = &policy.manifest().name;
        let fail = |fault| error(name, fault);
        let Some(exports) = policy.filter() else {
            return Err(fail(Fault::new(Failure::NotLoaded, "it has no filter")));
        };
        let (store, (begin, push, finish)) = policy
            .set_up(settings, limits, |instance, store| {
                exports.find(instance, store)
            })
            .map_err(fail)?;
        let mut filter = Self {
            policy: name.clone(),
            engine: policy.engine().clone(),
            store,
            push,
            finish,
            limits,
            left: limits.deadline.saturating_mul(DEADLINES),
            taken: 0,
            given: 0,
            failed: false,
        };
        filter.store.data_mut().begin(Arc::clone(judging), None);
        filter
            .call(|store| begin.call(store, (Resource::new_borrow(0),)))
            .map_err(fail)?;
        Ok(filter)
    }

    /// Takes the next chunk and returns what may go on.
    ///
    /// # Errors
    ///
    /// When the filter fails, or the chunk or the response exceeds a limit.
    pub fn push(&mut self, chunk: &str) -> Result<String, FilterError> {
        let push = self.push;
        let pushed = self.take(chunk.len()).and_then(|()| {
            // The function's type has a lifetime of its own for what it is passed.
            let passed: TypedFunc<(&str,), (Result<String, String>,)> = push;
            self.call(|store| passed.call(store, (chunk,)))
        });
        self.give(pushed)
    }

    /// The response is complete: returns what was held back.
    ///
    /// # Errors
    ///
    /// When the filter fails.
    pub fn finish(&mut self) -> Result<String, FilterError> {
        let finish = self.finish;
        let finished = self.call(|store| finish.call(store, ()));
        self.give(finished)
    }

    fn take(&mut self, bytes: usize) -> Result<(), Fault> {
        if bytes > MAX_FILTER_CHUNK {
            return Err(Fault::new(Failure::Size, "the chunk is too long"));
        }
        self.taken += bytes as u64;
        if self.taken > MAX_FILTER_BYTES {
            return Err(Fault::new(Failure::Size, "the response is too long"));
        }
        Ok(())
    }

    fn give(&mut self, chunk: Result<String, Fault>) -> Result<String, FilterError> {
        let checked = chunk.and_then(|chunk| {
            self.given += chunk.len() as u64;
            if chunk.len() > MAX_FILTER_CHUNK || self.given > MAX_FILTER_BYTES {
                return Err(Fault::new(Failure::Size, "it returned more than it may"));
            }
            Ok(chunk)
        });
        checked.map_err(|fault| {
            self.failed = true;
            error(&self.policy, fault)
        })
    }

    /// Calls one of the filter's functions, within the time that is left for the response.
    fn call<T>(
        &mut self,
        guest: impl FnOnce(&mut Store<HostState>) -> wasmtime::Result<(Result<T, String>,)>,
    ) -> Result<T, Fault> {
        if self.failed {
            return Err(Fault::new(Failure::Trap, "it failed before"));
        }
        if self.left.is_zero() {
            return Err(Fault::new(
                Failure::Deadline,
                "used up its processor time for one response",
            ));
        }
        let shared = &self.engine.shared;
        let began = thread_time();
        let deadline = self.limits.deadline.min(self.left);
        let said = run(shared, deadline, &mut self.store, guest);
        self.left = self
            .left
            .saturating_sub(thread_time().saturating_sub(began));
        // A later call has nobody to tell what was asked now: it is not kept.
        self.store.data_mut().calls.clear();
        let said = said.inspect_err(|_| self.failed = true)?.0;
        said.map_err(|reason| {
            self.failed = true;
            Fault::new(Failure::Error, reason)
        })
    }
}

fn error(policy: &str, fault: Fault) -> FilterError {
    FilterError {
        policy: policy.to_owned(),
        failure: fault.failure,
        detail: fault.detail,
    }
}
