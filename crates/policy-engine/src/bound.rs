//! A binding with its policy: what it is set up with, and how it is asked.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use countersign_model::{
    Binding, BoundPolicyStatus, Failure, PolicyOutcome, PolicyReadiness, PolicyVerdict, Stage,
};
use countersign_policy_package::{source_digest, validate_settings};

use crate::{
    LoadedPolicy, PolicyLimits,
    case::{settings_text, wrapped_settings},
    engine::Engine,
    error::Fault,
    host::{Judging, Tape},
    instance::{Instance, Run},
    tally::Tally,
};

/// Instances of a runtime that stay warm for one binding.
const MAX_WARM: usize = 8;

/// The kind of a request for access.
const ACCESS: &str = "access";

/// A binding with its policy, or why it has none.
pub(crate) struct BoundPolicy {
    pub(crate) binding: Binding,
    pub(crate) tally: Arc<Tally>,
    ready: Result<Ready, String>,
}

struct Ready {
    policy: Arc<LoadedPolicy>,
    settings: String,
    limits: PolicyLimits,
    /// Of a runtime that keeps nothing between two actions: instances that any session may use.
    warm: Option<Mutex<Vec<Instance>>>,
}

impl BoundPolicy {
    /// `patience` is how many times the processor time the policy has that a live one has.
    pub(crate) fn new(
        engine: &Engine,
        binding: Binding,
        policy: Result<Arc<LoadedPolicy>, String>,
        tally: Arc<Tally>,
        patience: u32,
    ) -> Self {
        let ready = policy.and_then(|policy| Ready::new(engine, policy, &binding, patience));
        if let Err(reason) = &ready {
            tracing::warn!(
                policy.name = binding.policy,
                policy.version = binding.version,
                reason,
                "a bound policy is not loaded: what it covers is refused"
            );
        }
        Self {
            tally,
            binding,
            ready,
        }
    }

    /// Whether a policy can run as the binding says.
    pub(crate) fn check(policy: Arc<LoadedPolicy>, binding: &Binding) -> Result<(), String> {
        let engine = policy.engine().clone();
        Ready::new(&engine, policy, binding, 1).map(drop)
    }

    /// Whether it covers this kind of operation. A selector that names none covers all; but a
    /// request for access concerns a policy only where its manifest or its selector says so, since
    /// what was written to judge statements has nothing to say of one. What cannot be loaded may
    /// concern it.
    pub(crate) fn covers(&self, kind: &str) -> bool {
        let operations = &self.binding.selector.operations;
        if !operations.is_empty() {
            return operations.iter().any(|o| o == kind);
        }
        let handles = |(policy, ..): (&LoadedPolicy, _, _)| {
            policy.manifest().operations.iter().any(|o| o == kind)
        };
        kind != ACCESS || self.policy().is_none_or(handles)
    }

    /// Asks the instance, or a fresh one, or one that is warm; returns it where its session may ask
    /// it again.
    pub(crate) fn run(
        &self,
        live: Option<Instance>,
        judging: &Arc<Judging>,
        tape: Option<Tape>,
    ) -> (Run, Option<Instance>) {
        let started = Instant::now();
        let instance = match live {
            Some(instance) => Ok(instance),
            None => self.instance(),
        };
        let (run, kept) = match instance {
            Ok(mut instance) => {
                let run = instance.judge(judging, tape);
                // After a fault it is never asked again.
                let kept = run.result.is_ok().then_some(instance);
                (run, kept)
            }
            Err(fault) => (Run::failed(fault), None),
        };
        self.tally.took(started.elapsed());
        if let Err(fault) = &run.result {
            self.tally.failed(fault);
        }
        let kept = kept.and_then(|instance| self.keep_warm(instance));
        (run, kept)
    }

    /// An instance that has taken the settings: a warm one where there may be any, or a fresh one.
    pub(crate) fn instance(&self) -> Result<Instance, Fault> {
        match &self.ready {
            Ok(ready) => match ready.take_warm() {
                Some(instance) => Ok(instance),
                None => ready.policy.configured(&ready.settings, ready.limits),
            },
            Err(reason) => Err(Fault::new(Failure::NotLoaded, reason.as_str())),
        }
    }

    /// The policy, where it is ready.
    pub(crate) fn policy(&self) -> Option<(&LoadedPolicy, &str, PolicyLimits)> {
        let ready = self.ready.as_ref().ok()?;
        Some((&ready.policy, &ready.settings, ready.limits))
    }

    /// Takes an instance that other sessions may use; gives back one that they may not.
    fn keep_warm(&self, instance: Instance) -> Option<Instance> {
        let Some(warm) = self.ready.as_ref().ok().and_then(|r| r.warm.as_ref()) else {
            return Some(instance);
        };
        let mut warm = warm.lock().unwrap_or_else(PoisonError::into_inner);
        if warm.len() < MAX_WARM && instance.may_stay() {
            warm.push(instance);
        }
        None
    }

    pub(crate) fn outcome(&self, stage: Stage, run: Run, micros: u32) -> PolicyOutcome {
        PolicyOutcome {
            binding: self.binding.id,
            policy: self.binding.policy.clone(),
            version: self.binding.version,
            digest: self.binding.digest.clone(),
            stage,
            verdict: match run.result {
                Ok(verdict) => PolicyVerdict::Said(verdict),
                Err(Fault { failure, detail }) => PolicyVerdict::Failed { failure, detail },
            },
            micros,
            host_calls: run.calls,
        }
    }

    pub(crate) fn status(&self) -> BoundPolicyStatus {
        let verdicts = self.tally.verdicts();
        let (p50_us, p99_us) = self.tally.percentiles();
        BoundPolicyStatus {
            binding_id: self.binding.id,
            policy: self.binding.policy.clone(),
            version: self.binding.version,
            digest: self.binding.digest.clone(),
            stage: self.binding.stage,
            readiness: if self.ready.is_ok() {
                PolicyReadiness::Ready
            } else {
                PolicyReadiness::Failed
            },
            wanted_version: None,
            decisions: verdicts.abstain
                + verdicts.allow
                + verdicts.review
                + verdicts.deny
                + verdicts.failed,
            failures: verdicts.failed,
            last_failure: self.tally.last_failure(),
            verdicts,
            canary: (self.binding.stage == Stage::Canary).then(|| self.tally.canary()),
            p50_us,
            p99_us,
            error: self.ready.as_ref().err().cloned(),
        }
    }
}

impl Ready {
    /// Checks that the policy is the binding's, and the settings against the schema and by the
    /// policy itself. Of a version that is a text the schema is not here: its runtime checks them.
    fn new(
        engine: &Engine,
        policy: Arc<LoadedPolicy>,
        binding: &Binding,
        patience: u32,
    ) -> Result<Self, String> {
        if policy.digest() != binding.module() {
            return Err("another module than the bound one".to_owned());
        }
        let manifest = policy.manifest();
        let (settings, language) = match &binding.source {
            Some(source) => {
                if source_digest(source) != binding.digest {
                    return Err(
                        "the text is not the one that the version's digest names".to_owned()
                    );
                }
                if manifest.language != source.language || !source.language.is_text() {
                    let language = source.language.as_str();
                    return Err(format!("its runtime does not interpret {language}"));
                }
                (wrapped_settings(source, &binding.settings), source.language)
            }
            None => {
                validate_settings(&manifest.settings_schema, &binding.settings)
                    .map_err(|error| format!("settings are refused: {error}"))?;
                (settings_text(&binding.settings), manifest.language)
            }
        };
        let stays_warm = binding.source.is_some() && manifest.stateless;
        let limits = engine.shared.options.limits.of(language);
        let limits = limits.with_patience(patience);
        let instance = policy
            .configured(&settings, limits)
            .map_err(|fault| format!("{}: {}", fault.failure, fault.detail))?;
        Ok(Self {
            policy,
            settings,
            limits,
            warm: stays_warm.then(|| Mutex::new(vec![instance])),
        })
    }

    fn take_warm(&self) -> Option<Instance> {
        let warm = self.warm.as_ref()?;
        warm.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}
