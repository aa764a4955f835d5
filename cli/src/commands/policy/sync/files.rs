//! The policy set as files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use countersign_model::Selector;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::commands::policy::candidate::{Candidate, read_data};

/// `bindings.yaml`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingsFile {
    /// In the order of evaluation.
    pub bindings: Vec<FileBinding>,
}

/// A binding in a file. Its name is the file's own: the policy's, with a number where there are several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileBinding {
    /// What other bindings of the file call it.
    pub name: String,
    /// The policy: a component or a folder, relative to the file.
    pub source: String,
    /// `draft`, `shadow`, `canary` or `enforced`.
    pub stage: String,
    /// Settings.
    #[serde(default = "empty")]
    pub settings: Value,
    /// What it covers; everything where absent.
    #[serde(default = "empty")]
    pub selector: Value,
    /// Place in the order of evaluation; where it is, or last, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// Of how many sessions in a hundred a canary is obeyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_percent: Option<u8>,
    /// The binding whose place a canary takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// When a canary is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Value>,
}

pub fn empty() -> Value {
    json!({})
}

/// A folder, read and built.
pub struct Files {
    /// The bindings, with the selector in its canonical form.
    pub bindings: Vec<FileBinding>,
    /// The policies by their `source`.
    pub policies: BTreeMap<String, Candidate>,
    /// The documents by name.
    pub documents: BTreeMap<String, Value>,
}

impl Files {
    pub fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("bindings.yaml");
        let parsed: BindingsFile = serde_json::from_value(read_data(&file)?)
            .with_context(|| format!("{} is not valid", file.display()))?;
        let mut bindings = parsed.bindings;
        check(&bindings).with_context(|| format!("{}", file.display()))?;
        let mut policies = BTreeMap::new();
        for binding in &mut bindings {
            binding.selector = canonical(&binding.selector)
                .with_context(|| format!("binding {}: selector", binding.name))?;
            if !policies.contains_key(&binding.source) {
                let candidate = Candidate::of(&folder.join(&binding.source))?;
                policies.insert(binding.source.clone(), candidate);
            }
        }
        Ok(Self {
            bindings,
            policies,
            documents: documents(&folder.join("documents"))?,
        })
    }
}

fn check(bindings: &[FileBinding]) -> Result<()> {
    let mut names = BTreeSet::new();
    for binding in bindings {
        if !names.insert(&binding.name) {
            bail!("two bindings are called {}", binding.name);
        }
        if !["draft", "shadow", "canary", "enforced"].contains(&binding.stage.as_str()) {
            bail!("binding {}: {:?} is no stage", binding.name, binding.stage);
        }
    }
    for binding in bindings {
        if let Some(other) = &binding.replaces
            && !names.contains(other)
        {
            bail!(
                "binding {} replaces {other}, which is not there",
                binding.name
            );
        }
    }
    Ok(())
}

/// A selector as the control plane writes it.
pub fn canonical(selector: &Value) -> Result<Value> {
    let selector: Selector = serde_json::from_value(selector.clone())?;
    Ok(serde_json::to_value(selector)?)
}

fn documents(folder: &Path) -> Result<BTreeMap<String, Value>> {
    let mut documents = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(documents);
    }
    for entry in
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?
    {
        let file = entry?.path();
        let is_data = file
            .extension()
            .is_some_and(|e| e == "json" || e == "yaml" || e == "yml");
        if let (true, Some(name)) = (is_data, file.file_stem().and_then(|stem| stem.to_str())) {
            documents.insert(name.to_owned(), read_data(&file)?);
        }
    }
    Ok(documents)
}
