//! What is to be done so that the control plane is as the files say.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use super::{
    files::{FileBinding, Files},
    server::{Server, ServerBinding},
};
use crate::{
    commands::policy::candidate::{Body, Candidate},
    output::{self, cell},
};

/// What to do, in the order in which it is done.
pub struct Plan<'a> {
    files: &'a Files,
    pub uploads: Vec<(&'a str, &'a Candidate)>,
    pub documents: Vec<(&'a str, &'a Value, bool)>,
    pub bindings: Vec<BindingStep<'a>>,
    pub removed_bindings: Vec<&'a ServerBinding>,
    pub removed_documents: Vec<&'a str>,
}

/// A binding to be made, or to be changed.
pub struct BindingStep<'a> {
    pub wanted: &'a FileBinding,
    pub present: Option<&'a ServerBinding>,
    /// Field by field: how it is, and how it shall be. Of a new one all fields.
    pub fields: Vec<(&'static str, Value, Value)>,
}

impl<'a> Plan<'a> {
    pub fn of(files: &'a Files, server: &'a Server) -> Result<Self> {
        let mut uploads = Vec::new();
        for (source, candidate) in &files.policies {
            if version_of(candidate, server)?.is_none() {
                uploads.push((source.as_str(), candidate));
            }
        }
        let mut taken = BTreeSet::new();
        let mut bindings = Vec::new();
        for wanted in &files.bindings {
            let candidate = files
                .policies
                .get(&wanted.source)
                .context("a source that was not read")?;
            let present = present(wanted, candidate, files, server, &taken);
            if let Some(present) = present {
                taken.insert(present.id.as_str());
            }
            let fields = differences(wanted, candidate, present, server)?;
            if present.is_none() || !fields.is_empty() {
                bindings.push(BindingStep {
                    wanted,
                    present,
                    fields,
                });
            }
        }
        let changed = |name: &str, content: &Value| server.documents.get(name) != Some(content);
        Ok(Self {
            files,
            uploads,
            documents: files
                .documents
                .iter()
                .filter(|(name, content)| changed(name, content))
                .map(|(name, content)| {
                    (name.as_str(), content, server.documents.contains_key(name))
                })
                .collect(),
            bindings,
            removed_bindings: server
                .bindings
                .iter()
                .filter(|b| !taken.contains(b.id.as_str()))
                .collect(),
            removed_documents: server
                .documents
                .keys()
                .filter(|name| !files.documents.contains_key(*name))
                .map(String::as_str)
                .collect(),
        })
    }

    /// The policy that a file's binding names.
    pub fn candidate(&self, source: &str) -> Option<&'a Candidate> {
        self.files.policies.get(source)
    }

    pub fn is_empty(&self) -> bool {
        self.uploads.is_empty()
            && self.documents.is_empty()
            && self.bindings.is_empty()
            && self.removed_bindings.is_empty()
            && self.removed_documents.is_empty()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (source, candidate) in &self.uploads {
            let manifest = &candidate.manifest;
            lines.push(format!(
                "+ version {} {} from {source}",
                manifest.name, manifest.version
            ));
        }
        for (name, _, is_there) in &self.documents {
            lines.push(format!(
                "{} document {name}",
                if *is_there { "~" } else { "+" }
            ));
        }
        for step in &self.bindings {
            let sign = if step.present.is_some() { "~" } else { "+" };
            lines.push(format!(
                "{sign} binding {} ({})",
                step.wanted.name, step.wanted.stage
            ));
            for (field, before, after) in &step.fields {
                lines.push(match step.present {
                    Some(_) => format!("    {field}: {before} -> {after}"),
                    None => format!("    {field}: {after}"),
                });
            }
        }
        for binding in &self.removed_bindings {
            lines.push(format!(
                "- binding {} ({})",
                binding.name,
                cell(&binding.view, "/stage")
            ));
        }
        for name in &self.removed_documents {
            lines.push(format!("- document {name}"));
        }
        lines
    }

    pub fn print(&self) -> Result<()> {
        if self.is_empty() {
            return output::line("nothing to do: the control plane is as the files say");
        }
        self.lines().iter().try_for_each(|line| output::line(line))
    }

    pub fn to_json(&self) -> Value {
        let bindings: Vec<Value> = self
            .bindings
            .iter()
            .map(|step| {
                let fields: Map<String, Value> = step
                    .fields
                    .iter()
                    .map(|(field, before, after)| {
                        (
                            (*field).to_owned(),
                            json!({"before": before, "after": after}),
                        )
                    })
                    .collect();
                json!({
                    "name": step.wanted.name,
                    "action": if step.present.is_some() { "change" } else { "make" },
                    "fields": fields,
                })
            })
            .collect();
        json!({
            "versions": self.uploads.iter().map(|(source, _)| source).collect::<Vec<_>>(),
            "documents": self.documents.iter().map(|(name, ..)| name).collect::<Vec<_>>(),
            "bindings": bindings,
            "removed_bindings": self.removed_bindings.iter().map(|b| &b.name).collect::<Vec<_>>(),
            "removed_documents": self.removed_documents,
        })
    }
}

/// The id of the version that it is already.
pub fn version_of(candidate: &Candidate, server: &Server) -> Result<Option<String>> {
    for (id, version) in &server.versions {
        let same = match &candidate.body {
            Body::Component(_) => cell(version, "/digest") == candidate.digest()?,
            Body::Text(text) => {
                let manifest = &candidate.manifest;
                version.get("text").and_then(Value::as_str) == Some(text)
                    && cell(version, "/policy") == manifest.name
                    && cell(version, "/author_version") == manifest.version
                    && version.pointer("/manifest/settings_schema")
                        == Some(&manifest.settings_schema)
            }
        };
        if same {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}

/// The control plane's binding that a file's one means: the one of that name, or else the first of that
/// policy that no other one of the file is called like.
fn present<'a>(
    wanted: &FileBinding,
    candidate: &Candidate,
    files: &Files,
    server: &'a Server,
    taken: &BTreeSet<&str>,
) -> Option<&'a ServerBinding> {
    let free = || {
        let of_policy = |b: &&ServerBinding| b.policy == candidate.manifest.name;
        server
            .bindings
            .iter()
            .filter(of_policy)
            .filter(|b| !taken.contains(b.id.as_str()))
    };
    free()
        .find(|b| b.name == wanted.name)
        .or_else(|| free().find(|b| !files.bindings.iter().any(|other| other.name == b.name)))
}

fn differences(
    wanted: &FileBinding,
    candidate: &Candidate,
    present: Option<&ServerBinding>,
    server: &Server,
) -> Result<Vec<(&'static str, Value, Value)>> {
    let is = |field: &str| {
        present
            .and_then(|b| b.view.get(field))
            .cloned()
            .unwrap_or_default()
    };
    let mut fields = vec![
        ("stage", is("stage"), json!(wanted.stage)),
        ("settings", is("settings"), wanted.settings.clone()),
        ("selector", is("selector"), wanted.selector.clone()),
    ];
    // What a file leaves out is left as it is.
    if let Some(percent) = wanted.canary_percent {
        fields.push(("canary_percent", is("canary_percent"), json!(percent)));
    }
    if let Some(position) = wanted.position {
        fields.push(("position", is("position"), json!(position)));
    }
    if let Some(guard) = &wanted.guard {
        fields.push(("guard", is("guard"), guard.clone()));
    }
    let replaced = is("replaces");
    let replaces = replaced.as_str().and_then(|id| server.name_of(id));
    fields.push(("replaces", json!(replaces), json!(wanted.replaces)));
    let version = version_of(candidate, server)?;
    if present.is_none() || version.as_deref() != present.map(|b| b.version.as_str()) {
        let before = present.map(|b| cell(&b.view, "/digest"));
        fields.push(("version", json!(before), json!(candidate.digest()?)));
    }
    fields.retain(|(_, before, after)| before != after);
    Ok(fields)
}
