//! What a guest may use: processor time and memory.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasmtime::{ResourceLimiter, UpdateDeadline};

/// Core instances that make up a component. Compiled code needs three, an interpreter in one piece a
/// dozen, one that is linked from shared libraries some thirty.
pub(crate) const MAX_CORE_INSTANCES: u32 = 64;
/// Tables of a component.
pub(crate) const MAX_TABLES: u32 = 16;
/// Linear memories of a component. One, so that its limit is the instance's.
pub(crate) const MAX_MEMORIES: u32 = 1;
/// Entries that a guest's table of functions may have.
pub(crate) const MAX_TABLE: usize = 65_536;

/// Processor time that a call may take. Of the thread's own time and not of the clock on the wall,
/// since on a busy machine a thread may wait longer for its turn than any policy should run.
#[derive(Debug)]
pub(crate) struct Budget {
    allowed: Duration,
    started: Option<Duration>,
    exceeded: bool,
}

impl Budget {
    pub(crate) const fn new(allowed: Duration) -> Self {
        Self {
            allowed,
            started: None,
            exceeded: false,
        }
    }

    /// Begins another call.
    pub(crate) fn begin(&mut self, allowed: Duration) {
        *self = Self::new(allowed);
    }

    /// Called at the first tick of the epoch after the call began, and at each one after that: a call
    /// that ends before the first tick never pays for reading a clock.
    pub(crate) fn tick(&mut self) -> UpdateDeadline {
        let now = thread_time();
        let started = *self.started.get_or_insert(now);
        if now.saturating_sub(started) >= self.allowed {
            self.exceeded = true;
            return UpdateDeadline::Interrupt;
        }
        UpdateDeadline::Continue(1)
    }

    pub(crate) const fn exceeded(&self) -> bool {
        self.exceeded
    }
}

pub(crate) fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Memory that an instance may have.
#[derive(Debug)]
pub(crate) struct Memory {
    allowed: usize,
    /// The size of the largest that was granted.
    granted: usize,
    exceeded: bool,
}

impl Memory {
    pub(crate) const fn new(allowed: usize) -> Self {
        Self {
            allowed,
            granted: 0,
            exceeded: false,
        }
    }

    pub(crate) const fn granted(&self) -> usize {
        self.granted
    }

    pub(crate) const fn exceeded(&self) -> bool {
        self.exceeded
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.allowed {
            self.exceeded = true;
            // An error rather than a refusal: a guest that goes on without the memory it asked for
            // may do anything, and would be blamed for that instead.
            wasmtime::bail!("asked for {desired} bytes of memory");
        }
        // A component has one memory, so that its size is the instance's.
        self.granted = self.granted.max(desired);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > MAX_TABLE {
            self.exceeded = true;
            wasmtime::bail!("asked for a table of {desired} entries");
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        MAX_CORE_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        MAX_TABLES as usize
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES as usize
    }
}
