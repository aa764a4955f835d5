//! The limits of an engine.

use std::{path::PathBuf, time::Duration};

use countersign_model::PolicyLanguage;

use crate::error::EngineError;

/// Where compiled policies are kept between restarts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtefactCache {
    /// The directory; made where there is none.
    pub dir: PathBuf,
    /// The key that authenticates them: 64 random bytes, made where there are none. Whoever can
    /// write it can run code as the edge.
    pub key_file: PathBuf,
}

/// What a policy may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyLimits {
    /// Processor time that it may take to judge one action.
    pub deadline: Duration,
    /// Processor time that it may take to be set up with its settings.
    pub setup_deadline: Duration,
    /// Memory that an instance may have.
    pub memory_bytes: usize,
}

impl PolicyLimits {
    const fn new(deadline_ms: u64, setup_ms: u64, memory_mib: usize) -> Self {
        Self {
            deadline: Duration::from_millis(deadline_ms),
            setup_deadline: Duration::from_millis(setup_ms),
            memory_bytes: memory_mib * 1024 * 1024,
        }
    }

    /// The same with so many times the processor time.
    pub(crate) fn with_patience(self, times: u32) -> Self {
        Self {
            deadline: self.deadline.saturating_mul(times),
            setup_deadline: self.setup_deadline.saturating_mul(times),
            ..self
        }
    }
}

/// What policies may use, by the language that their manifest names. An interpreter needs more than
/// compiled code; that a policy can choose its language gives it no more than the largest of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanguageLimits {
    /// Rust and all that compiles to a small component: 5 ms, 100 ms to set up, 32 MiB.
    pub rust: PolicyLimits,
    /// JavaScript and TypeScript: 50 ms, 1 s to set up, 128 MiB.
    pub javascript: PolicyLimits,
    /// Python: 100 ms, 2 s to set up, 256 MiB.
    pub python: PolicyLimits,
    /// Rego: 20 ms, 500 ms to set up, 64 MiB.
    pub rego: PolicyLimits,
    /// Cedar: 20 ms, 500 ms to set up, 64 MiB.
    pub cedar: PolicyLimits,
}

impl Default for LanguageLimits {
    fn default() -> Self {
        Self {
            rust: PolicyLimits::new(5, 100, 32),
            javascript: PolicyLimits::new(50, 1_000, 128),
            python: PolicyLimits::new(100, 2_000, 256),
            rego: PolicyLimits::new(20, 500, 64),
            cedar: PolicyLimits::new(20, 500, 64),
        }
    }
}

impl LanguageLimits {
    /// The limits of policies in this language.
    #[must_use]
    pub const fn of(&self, language: PolicyLanguage) -> PolicyLimits {
        match language {
            PolicyLanguage::Rust => self.rust,
            PolicyLanguage::Javascript => self.javascript,
            PolicyLanguage::Python => self.python,
            PolicyLanguage::Rego => self.rego,
            PolicyLanguage::Cedar => self.cedar,
        }
    }

    /// Every language's limits.
    pub(crate) const fn all(&self) -> [PolicyLimits; 5] {
        [
            self.rust,
            self.javascript,
            self.python,
            self.rego,
            self.cedar,
        ]
    }
}

/// Limits of the engine. Each has a finite default and a finite maximum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// Processor time and memory, by language.
    pub limits: LanguageLimits,
    /// Bytes that a policy may pass to the host in one call: 1 MiB.
    pub transfer_bytes: usize,
    /// Bytes that a verdict may have: 64 KiB.
    pub verdict_bytes: usize,
    /// Instances that may live at once: 1000.
    pub instances: u32,
    /// Calls after which an instance is replaced: 10,000.
    pub calls_per_instance: u32,
    /// Decisions that are remembered, over all sessions: 4096.
    pub remembered_decisions: usize,
    /// Where compiled policies are kept; nowhere if absent.
    pub artefact_cache: Option<ArtefactCache>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            limits: LanguageLimits::default(),
            transfer_bytes: 1024 * 1024,
            verdict_bytes: 64 * 1024,
            instances: 1000,
            calls_per_instance: 10_000,
            remembered_decisions: 4096,
            artefact_cache: None,
        }
    }
}

impl EngineOptions {
    /// The most memory that any instance may have.
    pub(crate) fn memory_bytes(&self) -> usize {
        let all = self.limits.all();
        all.iter().map(|l| l.memory_bytes).max().unwrap_or_default()
    }

    pub(crate) fn check(&self) -> Result<(), EngineError> {
        let millis = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        let mut ranges = vec![
            (
                "transfer_bytes",
                self.transfer_bytes as u64,
                1 << 10,
                1 << 26,
            ),
            ("verdict_bytes", self.verdict_bytes as u64, 1 << 8, 1 << 22),
            ("instances", u64::from(self.instances), 8, 100_000),
            (
                "calls_per_instance",
                u64::from(self.calls_per_instance),
                1,
                1_000_000,
            ),
            (
                "remembered_decisions",
                self.remembered_decisions as u64,
                1,
                1_000_000,
            ),
        ];
        for limits in self.limits.all() {
            ranges.push(("deadline (ms)", millis(limits.deadline), 1, 1_000));
            let setup = millis(limits.setup_deadline);
            ranges.push(("setup_deadline (ms)", setup, 1, 10_000));
            let memory = limits.memory_bytes as u64;
            ranges.push(("memory_bytes", memory, 1 << 16, 1 << 30));
        }
        for (option, value, least, most) in ranges {
            if value < least || value > most {
                return Err(EngineError::Limit {
                    option,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_infinite() {
        let changes: [fn(&mut EngineOptions); 6] = [
            |o| o.limits.rust.deadline = Duration::MAX,
            |o| o.limits.python.deadline = Duration::ZERO,
            |o| o.limits.javascript.memory_bytes = usize::MAX,
            |o| o.transfer_bytes = usize::MAX,
            |o| o.verdict_bytes = 0,
            |o| o.calls_per_instance = u32::MAX,
        ];
        assert!(EngineOptions::default().check().is_ok());
        for change in changes {
            let mut options = EngineOptions::default();
            change(&mut options);
            assert!(
                matches!(options.check(), Err(EngineError::Limit { .. })),
                "{options:?}"
            );
        }
    }
}
