//! Asking a policy outside a set: to try it, and to measure it.

use std::sync::Arc;

use countersign_model::{Action, Binding, PolicySource, PolicyVerdict};

use crate::{
    Counters, Documents, LoadError, LoadedPolicy,
    bound::BoundPolicy,
    case::{settings_text, wrapped_settings},
    engine::Engine,
    error::Fault,
    host::{Judging, Surroundings},
    instance::{Instance, Run},
};

/// A policy with settings that is asked directly, outside a set. Each question goes to the same
/// instance, and none is remembered.
pub struct Trial {
    engine: Engine,
    instance: Instance,
    documents: Documents,
}

impl Trial {
    /// Lets it look things up in these documents.
    #[must_use]
    pub fn with_documents(self, documents: Documents) -> Self {
        Self { documents, ..self }
    }

    /// Bytes of memory that its instance has now; memory of a policy never shrinks.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.instance.memory_bytes()
    }

    /// Asks the policy.
    pub fn judge(&mut self, action: &Action, counters: &Arc<dyn Counters>) -> PolicyVerdict {
        match self.run(action.clone(), counters).result {
            Ok(verdict) => PolicyVerdict::Said(verdict),
            Err(Fault { failure, detail }) => PolicyVerdict::Failed { failure, detail },
        }
    }

    pub(crate) fn run(&mut self, action: Action, counters: &Arc<dyn Counters>) -> Run {
        let around = Surroundings {
            counters: Arc::clone(counters),
            documents: self.documents.clone(),
            detectors: self.engine.shared.detectors.clone(),
        };
        let judging = Arc::new(Judging::new(action, around));
        self.instance.judge(&judging, None)
    }
}

impl LoadedPolicy {
    /// Makes an instance with these settings, to be asked directly.
    ///
    /// # Errors
    ///
    /// When the policy refuses the settings.
    pub fn trial(&self, settings: &serde_json::Value) -> Result<Trial, LoadError> {
        self.trial_of(settings_text(settings))
    }

    /// Makes an instance of this runtime that interprets a text with these settings.
    ///
    /// # Errors
    ///
    /// When the runtime refuses the text or the settings; the detail is in its own words.
    pub fn trial_source(
        &self,
        source: &PolicySource,
        settings: &serde_json::Value,
    ) -> Result<Trial, LoadError> {
        self.trial_of(wrapped_settings(source, settings))
    }

    fn trial_of(&self, settings: String) -> Result<Trial, LoadError> {
        Ok(Trial {
            engine: self.engine().clone(),
            instance: self.configured(&settings, self.limits())?,
            documents: Documents::default(),
        })
    }

    /// Whether the policy takes a binding's settings, and its text where it has one.
    ///
    /// # Errors
    ///
    /// Why it does not, in words.
    pub fn accepts(self: &Arc<Self>, binding: &Binding) -> Result<(), String> {
        BoundPolicy::check(Arc::clone(self), binding)
    }
}
