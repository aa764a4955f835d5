//! Writing the control plane's policy set as files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    files::{BindingsFile, FileBinding, empty},
    server::{Server, ServerBinding},
};
use crate::{client::Client, output::cell};

/// Digits of a digest that tell two versions of a policy apart.
const SHORT: usize = 12;

/// Writes everything, and returns what was written.
pub async fn write(client: &Client, server: &Server, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for old in ["policies", "documents"].map(|name| folder.join(name)) {
        if old.is_dir() {
            fs::remove_dir_all(&old)
                .with_context(|| format!("{} cannot be removed", old.display()))?;
        }
    }
    let mut sources = BTreeMap::new();
    for binding in &server.bindings {
        if !sources.contains_key(&binding.version) {
            let source = policy(client, binding, folder, &mut written).await?;
            sources.insert(binding.version.clone(), source);
        }
    }
    for (name, content) in &server.documents {
        let file = folder.join("documents").join(format!("{name}.json"));
        put(
            &file,
            serde_json::to_string_pretty(content)?.as_bytes(),
            &mut written,
        )?;
    }
    let bindings = server.bindings.iter().map(|binding| {
        let source = sources.get(&binding.version).cloned().unwrap_or_default();
        file_binding(binding, source, server)
    });
    let file = BindingsFile {
        bindings: bindings.collect(),
    };
    let text = yaml(&file)?;
    put(&folder.join("bindings.yaml"), text.as_bytes(), &mut written)?;
    Ok(written)
}

fn file_binding(binding: &ServerBinding, source: String, server: &Server) -> FileBinding {
    let view = &binding.view;
    let field = |name: &str| view.get(name).cloned().filter(|value| !value.is_null());
    let is_canary = cell(view, "/stage") == "canary";
    let percent = field("canary_percent").and_then(|value| u8::try_from(value.as_u64()?).ok());
    FileBinding {
        name: binding.name.clone(),
        source,
        stage: cell(view, "/stage"),
        settings: field("settings").unwrap_or_else(empty),
        selector: field("selector").unwrap_or_else(empty),
        position: field("position").and_then(|value| value.as_i64()),
        canary_percent: percent.filter(|_| is_canary),
        replaces: field("replaces")
            .as_ref()
            .and_then(Value::as_str)
            .and_then(|id| server.name_of(id))
            .map(str::to_owned),
        guard: field("guard").filter(|_| is_canary),
    }
}

/// Writes a version, and returns what a binding calls it.
async fn policy(
    client: &Client,
    binding: &ServerBinding,
    folder: &Path,
    written: &mut Vec<PathBuf>,
) -> Result<String> {
    let version = client
        .get(&format!("policy_versions/{}", binding.version))
        .await?;
    let digest: String = cell(&version, "/digest").chars().take(SHORT).collect();
    let stem = format!("policies/{}-{digest}", binding.policy);
    match version.get("text").and_then(Value::as_str) {
        Some(text) => {
            let language = cell(&version, "/language");
            let manifest = version
                .get("manifest")
                .cloned()
                .unwrap_or_else(|| json!({}));
            let home = folder.join(&stem);
            put(
                &home.join(format!("policy.{language}")),
                text.as_bytes(),
                written,
            )?;
            let manifest = serde_json::to_string_pretty(&manifest)?;
            put(&home.join("policy.json"), manifest.as_bytes(), written)?;
            Ok(stem)
        }
        None => {
            let path = format!("policy_versions/{}/module", binding.version);
            let component = client.bytes(&path).await?;
            put(&folder.join(format!("{stem}.wasm")), &component, written)?;
            Ok(format!("{stem}.wasm"))
        }
    }
}

fn yaml(value: &impl Serialize) -> Result<String> {
    serde_norway::to_string(value).context("the bindings cannot be written as YAML")
}

fn put(file: &Path, content: &[u8], written: &mut Vec<PathBuf>) -> Result<()> {
    let failed = || format!("{} cannot be written", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    fs::write(file, content).with_context(failed)?;
    written.push(file.to_owned());
    Ok(())
}
