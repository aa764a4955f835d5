//! A policy that is compiled and linked: what instances are made of.

use std::fmt;

use countersign_model::{Failure, PolicyManifest};
use wasmtime::{
    Store,
    component::{Component, ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower},
};

use crate::{
    PolicyLimits,
    engine::Engine,
    error::{Fault, LoadError},
    host::HostState,
    instance::{self, Instance, JudgeFunc},
};

/// A policy, ready to be bound.
pub struct LoadedPolicy {
    engine: Engine,
    digest: String,
    manifest: PolicyManifest,
    pre: InstancePre<HostState>,
    exports: Exports,
}

/// Where the world's functions are, so that no instance looks for their names.
struct Exports {
    configure: ComponentExportIndex,
    judge: ComponentExportIndex,
    describe: ComponentExportIndex,
    filter: Option<FilterExports>,
}

/// Where the functions of the world's `filter` are.
pub(crate) struct FilterExports {
    pub(crate) begin: ComponentExportIndex,
    pub(crate) push: ComponentExportIndex,
    pub(crate) finish: ComponentExportIndex,
}

/// The interface that a policy exports when it filters responses.
const FILTER: &str = "countersign:policy/filter@0.1.0";

impl fmt::Debug for LoadedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedPolicy")
            .field("name", &self.manifest.name)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl LoadedPolicy {
    pub(crate) fn new(
        engine: Engine,
        digest: String,
        manifest: PolicyManifest,
        pre: InstancePre<HostState>,
    ) -> Result<Self, LoadError> {
        let export = |name| {
            let missing = || LoadError::Interface {
                reason: format!("it does not export {name}"),
            };
            let component = pre.component();
            component.get_export_index(None, name).ok_or_else(missing)
        };
        let exports = Exports {
            configure: export("configure")?,
            judge: export("judge")?,
            describe: export("describe")?,
            filter: filter_exports(pre.component())?,
        };
        Ok(Self {
            engine,
            digest,
            manifest,
            pre,
            exports,
        })
    }

    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its filter, where it has one.
    pub(crate) const fn filter(&self) -> Option<&FilterExports> {
        self.exports.filter.as_ref()
    }

    /// The limits under which it runs.
    pub(crate) fn limits(&self) -> PolicyLimits {
        self.engine.shared.options.limits.of(self.manifest.language)
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &PolicyManifest {
        &self.manifest
    }

    /// SHA-256 of its component, in lower-case hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Asks the policy for its manifest. That all its functions have the types of the world is seen
    /// on the way.
    pub(crate) fn describe(&self) -> Result<String, LoadError> {
        let shared = &self.engine.shared;
        let limits = self.limits();
        let mut store = instance::store(&self.engine, limits);
        let mut misfit = None;
        let described = instance::run(shared, limits.setup_deadline, &mut store, |store| {
            let instance = self.pre.instantiate(&mut *store)?;
            let configure =
                typed::<(&str,), (Result<(), String>,)>(&instance, store, &self.exports.configure);
            let judge: wasmtime::Result<JudgeFunc> = typed(&instance, store, &self.exports.judge);
            let describe = typed::<(), (String,)>(&instance, store, &self.exports.describe);
            let filter = self.exports.filter.as_ref();
            let filter = filter.map_or(Ok(()), |filter| filter.check(&instance, store));
            let describe = configure
                .and(judge)
                .and(filter)
                .and(describe)
                .inspect_err(|error| misfit = Some(format!("{error:#}")))?;
            Ok(describe.call(store, ())?.0)
        });
        match misfit {
            Some(reason) => Err(LoadError::Interface { reason }),
            None => Ok(described?),
        }
    }

    /// A fresh instance that has taken these settings.
    pub(crate) fn configured(
        &self,
        settings: &str,
        limits: PolicyLimits,
    ) -> Result<Instance, Fault> {
        let (store, judge) = self.set_up(settings, limits, |instance, store| {
            typed(instance, store, &self.exports.judge)
        })?;
        Ok(Instance::new(self.engine.clone(), store, judge, limits))
    }

    /// A fresh instance that has taken these settings, and what `find` finds in it.
    pub(crate) fn set_up<T>(
        &self,
        settings: &str,
        limits: PolicyLimits,
        find: impl FnOnce(&wasmtime::component::Instance, &mut Store<HostState>) -> wasmtime::Result<T>,
    ) -> Result<(Store<HostState>, T), Fault> {
        let shared = &self.engine.shared;
        let mut store = instance::store(&self.engine, limits);
        let run = instance::run(shared, limits.setup_deadline, &mut store, |store| {
            let instance = self.pre.instantiate(&mut *store)?;
            let configure =
                typed::<(&str,), (Result<(), String>,)>(&instance, store, &self.exports.configure)?;
            let (taken,) = configure.call(&mut *store, (settings,))?;
            Ok((taken, find(&instance, store)?))
        });
        let (taken, found) = run?;
        taken.map_err(|reason| {
            Fault::new(Failure::Error, format!("settings are refused: {reason}"))
        })?;
        Ok((store, found))
    }
}

fn filter_exports(component: &Component) -> Result<Option<FilterExports>, LoadError> {
    let Some(filter) = component.get_export_index(None, FILTER) else {
        return Ok(None);
    };
    let function = |name: &str| {
        let found = component.get_export_index(Some(&filter), name);
        found.ok_or_else(|| LoadError::Interface {
            reason: format!("{FILTER} does not export {name}"),
        })
    };
    Ok(Some(FilterExports {
        begin: function("begin")?,
        push: function("push")?,
        finish: function("finish")?,
    }))
}

pub(crate) fn typed<P, R>(
    instance: &wasmtime::component::Instance,
    store: &mut Store<HostState>,
    index: &ComponentExportIndex,
) -> wasmtime::Result<wasmtime::component::TypedFunc<P, R>>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    instance.get_typed_func(store, index)
}
