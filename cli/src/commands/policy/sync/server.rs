//! The policy set as the control plane has it.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use super::files::canonical;
use crate::{client::Client, commands::policy::versions, output::cell};

/// Everything that a folder may say something of.
pub struct Server {
    /// The bindings, in the order of evaluation.
    pub bindings: Vec<ServerBinding>,
    /// Versions by id, for those that are bound, and all of the policies by name.
    pub versions: BTreeMap<String, Value>,
    /// Documents by name.
    pub documents: BTreeMap<String, Value>,
}

/// A binding of the control plane's.
pub struct ServerBinding {
    pub id: String,
    /// What a file would call it.
    pub name: String,
    pub policy: String,
    pub version: String,
    pub view: Value,
}

impl Server {
    pub async fn read(client: &Client) -> Result<Self> {
        let mut views = client.list("bindings", &[], usize::MAX).await?;
        views.sort_by_key(|view| view.get("position").and_then(Value::as_i64));
        let mut versions = BTreeMap::new();
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        let mut bindings = Vec::new();
        for mut view in views {
            let policy = cell(&view, "/policy");
            let count = seen.entry(policy.clone()).or_insert(0);
            *count += 1;
            let name = match count {
                1 => policy.clone(),
                n => format!("{policy}-{n}"),
            };
            let selector = view.get("selector").cloned().unwrap_or_default();
            if let Ok(selector) = canonical(&selector) {
                view["selector"] = selector;
            }
            bindings.push(ServerBinding {
                id: cell(&view, "/id"),
                name,
                policy,
                version: cell(&view, "/policy_version_id"),
                view,
            });
        }
        for summary in client.list("policies", &[], usize::MAX).await? {
            let policy = versions::policy(client, &cell(&summary, "/name")).await?;
            let all = policy.get("versions").and_then(Value::as_array);
            for version in all.into_iter().flatten() {
                let id = cell(version, "/id");
                let is_text = ["rego", "cedar"].contains(&cell(version, "/language").as_str());
                // Only a text is compared by what it says: its digest names an interpreter too.
                let full = match is_text {
                    true => client.get(&format!("policy_versions/{id}")).await?,
                    false => version.clone(),
                };
                versions.insert(id, full);
            }
        }
        let mut documents = BTreeMap::new();
        for document in client.list("documents", &[], usize::MAX).await? {
            let name = cell(&document, "/name");
            let content = client.get(&format!("documents/{name}/content")).await?;
            documents.insert(name, content);
        }
        Ok(Self {
            bindings,
            versions,
            documents,
        })
    }

    /// What a file would call the binding with this id.
    pub fn name_of(&self, id: &str) -> Option<&str> {
        let found = self.bindings.iter().find(|binding| binding.id == id)?;
        Some(&found.name)
    }
}
