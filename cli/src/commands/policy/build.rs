//! `countersign policy build`: from a folder to a component that carries its manifest.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use countersign_policy_package::Package;
use serde_json::{Value, json};

use super::candidate::{Body, Candidate};
use crate::output;

/// Builds each policy into `out`, named by the manifest. A text is checked, and stays where it is.
pub fn build(paths: &[PathBuf], out: &Path, as_json: bool) -> Result<()> {
    let mut built = Vec::new();
    for path in paths {
        let candidate = Candidate::of(path)?;
        let told = match &candidate.body {
            Body::Component(component) => write(&candidate, component, out)?,
            Body::Text(text) => json!({
                "file": candidate.path,
                "digest": candidate.digest()?,
                "size": text.len(),
                "imports": [],
                "manifest": candidate.manifest,
            }),
        };
        if !as_json {
            print(&candidate, &told)?;
        }
        built.push(told);
    }
    if as_json {
        return output::json(&built);
    }
    Ok(())
}

fn write(candidate: &Candidate, component: &[u8], out: &Path) -> Result<Value> {
    let name = &candidate.manifest.name;
    let package = Package::read(component).with_context(|| format!("{name} is not a policy"))?;
    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let file = out.join(format!("{name}.wasm"));
    fs::write(&file, component).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(json!({
        "file": file,
        "digest": package.digest,
        "size": component.len(),
        "imports": package.imports,
        "manifest": package.manifest,
    }))
}

fn print(candidate: &Candidate, built: &Value) -> Result<()> {
    let manifest = &candidate.manifest;
    let cell = |pointer: &str| output::cell(built, pointer);
    let settings: Vec<String> = manifest
        .settings_schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|properties| properties.keys().cloned())
        .collect();
    let or_none = |words: Vec<String>| match words.is_empty() {
        true => "-".to_owned(),
        false => words.join(", "),
    };
    let size = built.get("size").and_then(Value::as_u64).unwrap_or(0);
    output::fields(&[
        ("policy", format!("{} {}", manifest.name, manifest.version)),
        ("file", cell("/file")),
        ("size", format!("{} KiB", size.div_ceil(1024))),
        ("sha256", cell("/digest")),
        ("language", manifest.language.as_str().to_owned()),
        ("imports", cell("/imports")),
        ("operations", manifest.operations.join(", ")),
        ("settings", or_none(settings)),
        (
            "counters",
            or_none(manifest.counters.iter().map(|c| c.prefix.clone()).collect()),
        ),
        (
            "documents",
            or_none(manifest.documents.iter().map(|d| d.name.clone()).collect()),
        ),
        ("cases", candidate.cases.len().to_string()),
    ])
}
