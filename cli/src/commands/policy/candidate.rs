//! A policy on disk, whatever it is written in: a component, or a folder that one is built from.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use countersign_model::{ManifestCase, PolicyLanguage, PolicyManifest, PolicySource};
use countersign_policy_engine::{Engine, LoadedPolicy, build_component, build_policy};
use countersign_policy_package::{Package, digest, source, source_digest, validate_manifest};
use serde_json::{Value, json};

use super::runtime;

/// Files beside a policy that hold cases.
const CASES: [&str; 3] = ["cases.yaml", "cases.yml", "cases.json"];

/// Files that describe a policy that is a text, or that other tools build.
const MANIFESTS: [&str; 3] = ["policy.yaml", "policy.yml", "policy.json"];

/// What a version is made of.
pub enum Body {
    /// A component that carries its manifest.
    Component(Vec<u8>),
    /// A text, and the language that it is in.
    Text(String),
}

/// A policy that may become a version.
pub struct Candidate {
    /// Where it came from.
    pub path: PathBuf,
    /// What it says of itself.
    pub manifest: PolicyManifest,
    /// What it is.
    pub body: Body,
    /// The cases of its manifest, and those beside it.
    pub cases: Vec<ManifestCase>,
}

/// A policy that can be asked.
pub struct Loaded {
    /// The component, or the interpreter.
    pub policy: Arc<LoadedPolicy>,
    /// The text, where it is one.
    pub source: Option<PolicySource>,
}

impl Candidate {
    /// Reads a component, or builds the folder's policy.
    pub fn of(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Self::of_folder(path);
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let is_text = [".rego", ".cedar"]
            .iter()
            .any(|ending| name.ends_with(ending));
        if is_text || MANIFESTS.contains(&name) {
            let parent = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            return Self::of_folder(parent.unwrap_or(Path::new(".")));
        }
        let component =
            fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::of_component(path, component)
    }

    fn of_folder(folder: &Path) -> Result<Self> {
        let failed = || format!("{} cannot be built", folder.display());
        let not_a_policy = || format!("{} is not a policy", folder.display());
        let mut candidate = match language(folder)? {
            PolicyLanguage::Rust => {
                let module = source::compile(folder).with_context(failed)?;
                let component = build_policy(&module).with_context(not_a_policy)?;
                Self::of_component(folder, component)?
            }
            PolicyLanguage::Javascript => {
                let component = source::javascript::build(folder).with_context(failed)?;
                let component = build_component(&component).with_context(not_a_policy)?;
                Self::of_component(folder, component)?
            }
            PolicyLanguage::Python => {
                let component = source::python::build(folder).with_context(failed)?;
                let component = build_component(&component).with_context(not_a_policy)?;
                Self::of_component(folder, component)?
            }
            language @ (PolicyLanguage::Rego | PolicyLanguage::Cedar) => {
                let manifest = read_manifest(folder)?.context("it has no manifest")?;
                let file = folder.join(format!("policy.{}", language.as_str()));
                let text = fs::read_to_string(&file)
                    .with_context(|| format!("{} cannot be read", file.display()))?;
                validate_manifest(&manifest).with_context(not_a_policy)?;
                Self {
                    path: folder.to_owned(),
                    cases: manifest.cases.clone(),
                    manifest,
                    body: Body::Text(text),
                }
            }
        };
        for file in CASES.map(|name| folder.join(name)) {
            if file.is_file() {
                candidate.add_cases(&file)?;
            }
        }
        Ok(candidate)
    }

    fn of_component(path: &Path, component: Vec<u8>) -> Result<Self> {
        let package = Package::read(&component)
            .with_context(|| format!("{} is not a policy", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            cases: package.manifest.cases.clone(),
            manifest: package.manifest,
            body: Body::Component(component),
        })
    }

    /// Adds the cases of a file, YAML or JSON; one that is there already is not judged twice.
    pub fn add_cases(&mut self, file: &Path) -> Result<()> {
        let cases: Vec<ManifestCase> = serde_json::from_value(read_data(file)?)
            .with_context(|| format!("{}: not a list of cases", file.display()))?;
        for case in cases {
            if !self.cases.contains(&case) {
                self.cases.push(case);
            }
        }
        // The same limits hold for them as for those inside the manifest.
        let with_all = PolicyManifest {
            cases: self.cases.clone(),
            ..self.manifest.clone()
        };
        validate_manifest(&with_all).with_context(|| format!("{}", file.display()))
    }

    /// The digest of the version that it would be; of a text it depends on the interpreter.
    pub fn digest(&self) -> Result<String> {
        match &self.body {
            Body::Component(component) => Ok(digest(component)),
            Body::Text(text) => Ok(source_digest(&self.source(text)?)),
        }
    }

    fn source(&self, text: &str) -> Result<PolicySource> {
        Ok(PolicySource {
            language: self.manifest.language,
            runtime: digest(&runtime::component(self.manifest.language)?),
            text: text.to_owned(),
        })
    }

    /// Loads it as an edge would.
    pub fn load(&self, engine: &Engine) -> Result<Loaded> {
        let failed = || format!("{} cannot be loaded", self.path.display());
        match &self.body {
            Body::Component(component) => Ok(Loaded {
                policy: engine.load(component).with_context(failed)?,
                source: None,
            }),
            Body::Text(text) => {
                let runtime = runtime::component(self.manifest.language)?;
                Ok(Loaded {
                    policy: engine.load(&runtime).with_context(failed)?,
                    source: Some(self.source(text)?),
                })
            }
        }
    }

    /// The body of `POST /policy_sources`, for a text.
    pub fn upload(&self, text: &str) -> Value {
        let manifest = &self.manifest;
        json!({
            "name": manifest.name,
            "version": manifest.version,
            "description": manifest.description,
            "language": manifest.language,
            "text": text,
            "operations": manifest.operations,
            "settings_schema": manifest.settings_schema,
            "documents": manifest.documents,
            "cases": self.cases,
            "source_url": manifest.source_url,
        })
    }
}

/// What the folder's policy is written in.
fn language(folder: &Path) -> Result<PolicyLanguage> {
    if folder.join("Cargo.toml").is_file() {
        return Ok(PolicyLanguage::Rust);
    }
    match read_manifest(folder)? {
        Some(manifest) => Ok(manifest.language),
        None => bail!(
            "{} holds no policy: neither Cargo.toml nor policy.json nor policy.yaml",
            folder.display()
        ),
    }
}

fn read_manifest(folder: &Path) -> Result<Option<PolicyManifest>> {
    let Some(file) = MANIFESTS
        .map(|name| folder.join(name))
        .into_iter()
        .find(|file| file.is_file())
    else {
        return Ok(None);
    };
    let mut value = read_data(&file)?;
    if let Some(fields) = value.as_object_mut() {
        fields
            .entry("settings_schema")
            .or_insert_with(|| json!({"type": "object"}));
    }
    let manifest = serde_json::from_value(value)
        .with_context(|| format!("{}: not a manifest", file.display()))?;
    Ok(Some(manifest))
}

/// A file of YAML, which JSON is.
pub fn read_data(file: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let parsed = if file.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).map_err(anyhow::Error::new)
    } else {
        serde_norway::from_str(&text).map_err(anyhow::Error::new)
    };
    parsed.with_context(|| format!("{} is not valid", file.display()))
}
