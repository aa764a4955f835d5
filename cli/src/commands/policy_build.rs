//! `countersign policy build`: from a crate to a component that carries its manifest.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use countersign_policy_engine::build_policy;
use countersign_policy_package::{Package, source};
use serde_json::json;

use crate::output;

/// Builds each folder's policy into `out`, named by the manifest.
pub fn build(folders: &[PathBuf], out: &Path, as_json: bool) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let mut built = Vec::new();
    for folder in folders {
        let module = source::compile(folder)
            .with_context(|| format!("{} cannot be compiled", folder.display()))?;
        let component = build_policy(&module)
            .with_context(|| format!("{} is not a policy", folder.display()))?;
        let package = Package::read(&component)
            .with_context(|| format!("{} is not a policy", folder.display()))?;
        let file = out.join(format!("{}.wasm", package.manifest.name));
        fs::write(&file, &component)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        if !as_json {
            output::line(&format!(
                "{} {} -> {} ({} KiB)",
                package.manifest.name,
                package.manifest.version,
                file.display(),
                component.len().div_ceil(1024),
            ))?;
        }
        built.push(json!({
            "file": file,
            "digest": package.digest,
            "size": component.len(),
            "manifest": package.manifest,
        }));
    }
    if as_json {
        return output::json(&built);
    }
    Ok(())
}
