//! Reading a policy without running it.

use countersign_model::{PolicyManifest, PolicySource};
use sha2::{Digest, Sha256};
use wasmparser::{
    ComponentTypeRef, Encoding, Parser, Payload, TypeBounds, Validator, WasmFeatures,
};

use crate::{MANIFEST_SECTION, PackageError, check_shape, manifest};

/// Bytes that a policy may have.
pub const MAX_SIZE: usize = 32 * 1024 * 1024;

/// What the policy world exports.
const EXPORTS: [&str; 3] = ["configure", "judge", "describe"];
/// What a policy that filters responses exports besides.
const FILTER: &str = "countersign:policy/filter@0.1.0";

/// What a policy may be made of: WebAssembly 2.0, and the constant expressions of code that is linked
/// from shared libraries.
const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::COMPONENT_MODEL)
    .union(WasmFeatures::EXTENDED_CONST);

/// A policy that was read and found in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// SHA-256 of the component, in lower-case hex.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// What it says of itself.
    pub manifest: PolicyManifest,
    /// What it imports, all of it from the policy world.
    pub imports: Vec<String>,
}

impl Package {
    /// Reads a component and checks all that can be checked without running it.
    ///
    /// # Errors
    ///
    /// When it is not a component of the policy world with one valid manifest.
    pub fn read(component: &[u8]) -> Result<Self, PackageError> {
        check_size(component)?;
        let outline = Outline::of(component)?;
        // The outline comes first: a WASI component deserves the name of the import, not the
        // validator's view of a feature that is switched off.
        let foreign: Vec<_> = outline
            .imports
            .iter()
            .filter(|name| !is_offered(name))
            .map(|name| (*name).to_owned())
            .collect();
        if !foreign.is_empty() {
            return Err(PackageError::ForeignImports { names: foreign });
        }
        check_shape(component)?;
        Validator::new_with_features(FEATURES)
            .validate_all(component)
            .map_err(PackageError::Malformed)?;
        if let Some(name) = EXPORTS.into_iter().find(|e| !outline.exports.contains(e)) {
            return Err(PackageError::MissingExport { name });
        }
        let manifest = manifest::parse(outline.manifest.ok_or(PackageError::NoManifest)?)?;
        if manifest.filters != outline.exports.contains(&FILTER) {
            return Err(PackageError::Filters);
        }
        Ok(Self {
            digest: digest(component),
            size: u64::try_from(component.len()).unwrap_or(u64::MAX),
            manifest,
            imports: outline.imports.iter().map(|n| (*n).to_owned()).collect(),
        })
    }
}

/// The name of a policy version: SHA-256 of its component, in lower-case hex.
#[must_use]
pub fn digest(component: &[u8]) -> String {
    hex::encode(Sha256::digest(component))
}

/// The name of a version that is a text: SHA-256 of the source's JSON, in lower-case hex.
#[must_use]
pub fn source_digest(source: &PolicySource) -> String {
    // A struct of texts always serialises; were it not to, it would have the digest of nothing.
    digest(&serde_json::to_vec(source).unwrap_or_default())
}

/// Refuses what is larger than a policy may be.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), PackageError> {
    if bytes.len() > MAX_SIZE {
        return Err(PackageError::TooLarge {
            size: bytes.len(),
            limit: MAX_SIZE,
        });
    }
    Ok(())
}

/// The manifest section of a component, where it has one.
pub(crate) fn manifest_section(component: &[u8]) -> Result<Option<&[u8]>, PackageError> {
    Ok(Outline::of(component)?.manifest)
}

/// The outermost component's own names; what it nests is its own affair.
#[derive(Default)]
struct Outline<'a> {
    imports: Vec<&'a str>,
    exports: Vec<&'a str>,
    manifest: Option<&'a [u8]>,
}

impl<'a> Outline<'a> {
    fn of(component: &'a [u8]) -> Result<Self, PackageError> {
        if !Parser::is_component(component) {
            return Err(PackageError::NotAComponent);
        }
        let mut outline = Self::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload.map_err(PackageError::Malformed)?;
            match payload {
                Payload::Version { encoding, .. }
                    if depth == 0 && encoding != Encoding::Component =>
                {
                    return Err(PackageError::NotAComponent);
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                other if depth == 0 => outline.take(other)?,
                _ => {}
            }
        }
        Ok(outline)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), PackageError> {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import.map_err(PackageError::Malformed)?;
                    // A name for a type that is known already is no capability: the world's `use`
                    // becomes one.
                    if !matches!(import.ty, ComponentTypeRef::Type(TypeBounds::Eq(_))) {
                        self.imports.push(import.name.name);
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export.map_err(PackageError::Malformed)?;
                    self.exports.push(export.name.name);
                }
            }
            Payload::CustomSection(section)
                if section.name() == MANIFEST_SECTION
                    && self.manifest.replace(section.data()).is_some() =>
            {
                return Err(PackageError::SecondManifest);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether the policy world offers an interface of this name.
fn is_offered(import: &str) -> bool {
    let Some((interface, version)) = import
        .strip_prefix("countersign:policy/")
        .and_then(|rest| rest.split_once('@'))
    else {
        return false;
    };
    matches!(interface, "types" | "host")
        && semver::Version::parse(version)
            .is_ok_and(|v| v.major == 0 && v.minor == 1 && v.pre.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_policy_world_is_offered() {
        let cases = [
            ("countersign:policy/types@0.1.0", true),
            ("countersign:policy/host@0.1.7", true),
            ("countersign:policy/host@0.2.0", false),
            ("countersign:policy/host", false),
            ("countersign:policy/files@0.1.0", false),
            ("countersign:policy-extra/host@0.1.0", false),
            ("wasi:cli/environment@0.2.3", false),
            ("host", false),
        ];
        for (name, offered) in cases {
            assert_eq!(is_offered(name), offered, "{name}");
        }
    }

    #[test]
    fn what_is_no_component_is_refused() {
        let module = b"\0asm\x01\0\0\0";
        for bytes in [&b"MZ"[..], &[], module] {
            assert!(matches!(
                Package::read(bytes),
                Err(PackageError::NotAComponent)
            ));
        }
        let empty = b"\0asm\x0d\0\x01\0";
        assert!(matches!(
            Package::read(empty),
            Err(PackageError::MissingExport { name: "configure" })
        ));
        let cut = &empty[..7];
        assert!(Package::read(cut).is_err());
    }
}
