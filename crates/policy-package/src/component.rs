//! From the compiler's core module to a component with its manifest.

use countersign_model::PolicyManifest;
use wasm_encoder::{CustomSection, Encode, Section};
use wit_component::ComponentEncoder;

use crate::{MANIFEST_SECTION, ManifestError, PackageError, package, validate_manifest};

/// Makes a core module, built for `wasm32-unknown-unknown` with the SDK, a component. There is no
/// adapter and so no WASI: an import that the policy world does not have is an error.
///
/// # Errors
///
/// When the module is too large, is not valid, or does not carry the policy world.
pub fn componentize(core_module: &[u8]) -> Result<Vec<u8>, PackageError> {
    package::check_size(core_module)?;
    ComponentEncoder::default()
        .module(core_module)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| PackageError::Componentize {
            reason: format!("{error:#}"),
        })
}

/// Writes the manifest behind the component's code, where it can be read without running it.
///
/// # Errors
///
/// When the manifest is invalid, or the component already has one.
pub fn with_manifest(component: &[u8], manifest: &PolicyManifest) -> Result<Vec<u8>, PackageError> {
    validate_manifest(manifest)?;
    if package::manifest_section(component)?.is_some() {
        return Err(PackageError::SecondManifest);
    }
    let json = serde_json::to_vec(manifest).map_err(ManifestError::Json)?;
    let section = CustomSection {
        name: MANIFEST_SECTION.into(),
        data: json.as_slice().into(),
    };
    let mut bytes = component.to_vec();
    bytes.push(section.id());
    section.encode(&mut bytes);
    package::check_size(&bytes)?;
    Ok(bytes)
}
