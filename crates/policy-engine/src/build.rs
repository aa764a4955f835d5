//! From code to a policy: the manifest that the code describes is written beside it.

use countersign_model::{PolicyLanguage, PolicyManifest};
use countersign_policy_package::{self as package, Package};

use crate::{BuildError, Engine, EngineOptions};

/// Makes a policy of a core module that was built for `wasm32-unknown-unknown` with the SDK: a
/// component that carries the manifest which the policy describes.
///
/// # Errors
///
/// When the module is no policy, does not run, or its manifest is invalid.
pub fn build_policy(core_module: &[u8]) -> Result<Vec<u8>, BuildError> {
    build_as(&package::componentize(core_module)?, PolicyLanguage::Rust)
}

/// Makes a policy of a component that another toolchain built, such as that of JavaScript: the
/// manifest which it describes is written behind it. One that carries its manifest already is
/// checked and returned as it is.
///
/// # Errors
///
/// When the component is no policy, does not run, or its manifest is invalid.
pub fn build_component(component: &[u8]) -> Result<Vec<u8>, BuildError> {
    match Package::read(component) {
        Ok(_) => Ok(component.to_vec()),
        // The largest limits: in what language it is written is not known yet.
        Err(package::PackageError::NoManifest) => build_as(component, PolicyLanguage::Python),
        Err(error) => Err(error.into()),
    }
}

fn build_as(component: &[u8], language: PolicyLanguage) -> Result<Vec<u8>, BuildError> {
    package::check_shape(component)?;
    let engine = Engine::new(EngineOptions::default())?;
    let described = engine.describe(component, nameless(language))?;
    let manifest = serde_json::from_str(&described).map_err(BuildError::Manifest)?;
    let policy = package::with_manifest(component, &manifest)?;
    Package::read(&policy)?;
    Ok(policy)
}

/// What is known of a policy that was not asked yet.
fn nameless(language: PolicyLanguage) -> PolicyManifest {
    PolicyManifest {
        name: String::new(),
        version: String::new(),
        description: String::new(),
        language,
        operations: Vec::new(),
        settings_schema: serde_json::Value::Null,
        counters: Vec::new(),
        documents: Vec::new(),
        filters: false,
        stateless: false,
        source_url: None,
        cases: Vec::new(),
    }
}
