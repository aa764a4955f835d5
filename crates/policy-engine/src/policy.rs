//! A policy that is compiled and linked: what instances are made of.

use std::fmt;

use countersign_model::{Failure, PolicyManifest};
use wasmtime::{
    Store,
    component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower},
};

use crate::{
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
}

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
        };
        Ok(Self {
            engine,
            digest,
            manifest,
            pre,
            exports,
        })
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
        let mut store = instance::store(&self.engine);
        let mut misfit = None;
        let described = instance::run(shared, shared.options.setup_deadline, &mut store, |store| {
            let instance = self.pre.instantiate(&mut *store)?;
            let configure =
                typed::<(&str,), (Result<(), String>,)>(&instance, store, &self.exports.configure);
            let judge: wasmtime::Result<JudgeFunc> = typed(&instance, store, &self.exports.judge);
            let describe = typed::<(), (String,)>(&instance, store, &self.exports.describe);
            let describe = configure
                .and(judge)
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
    pub(crate) fn configured(&self, settings: &str) -> Result<Instance, Fault> {
        let shared = &self.engine.shared;
        let mut store = instance::store(&self.engine);
        let (taken, judge) =
            instance::run(shared, shared.options.setup_deadline, &mut store, |store| {
                let instance = self.pre.instantiate(&mut *store)?;
                let configure = typed::<(&str,), (Result<(), String>,)>(
                    &instance,
                    store,
                    &self.exports.configure,
                )?;
                let (taken,) = configure.call(&mut *store, (settings,))?;
                let judge: JudgeFunc = typed(&instance, store, &self.exports.judge)?;
                Ok((taken, judge))
            })?;
        taken.map_err(|reason| {
            Fault::new(Failure::Error, format!("settings are refused: {reason}"))
        })?;
        Ok(Instance::new(self.engine.clone(), store, judge))
    }
}

fn typed<P, R>(
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
