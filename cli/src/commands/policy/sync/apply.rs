//! Doing what a plan says.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use super::{
    plan::{BindingStep, Plan, version_of},
    server::Server,
};
use crate::{
    client::{Client, is_not_found},
    commands::{
        policy::{change, versions},
        resolve,
    },
};

/// Does it, and returns how many changes wait for approval. What is made comes before what is removed,
/// so that nothing is left without its guard in between.
pub async fn apply(
    client: &Client,
    plan: &Plan<'_>,
    server: &Server,
    comment: &str,
) -> Result<usize> {
    let mut uploaded = BTreeMap::new();
    for (source, candidate) in &plan.uploads {
        let version = versions::upload(client, candidate, None, None)
            .await
            .with_context(|| format!("{source} was not taken"))?;
        uploaded.insert((*source).to_owned(), resolve::id(&version)?);
    }
    let mut pending = 0;
    for (name, content, _) in &plan.documents {
        let body = json!({"name": name, "format": "json", "content": content});
        let answer = client
            .post("documents", &body)
            .await
            .with_context(|| format!("document {name}"))?;
        pending += usize::from(change::is_pending(&answer));
    }
    let mut ids: BTreeMap<String, String> = server
        .bindings
        .iter()
        .map(|binding| (binding.name.clone(), binding.id.clone()))
        .collect();
    // A canary names the binding that it replaces, which must be there first.
    let (others, canaries): (Vec<_>, Vec<_>) = plan
        .bindings
        .iter()
        .partition(|step| step.wanted.replaces.is_none());
    for step in others.into_iter().chain(canaries) {
        let body = body(step, plan, server, &uploaded, &ids, comment)
            .with_context(|| format!("binding {}", step.wanted.name))?;
        let answer = match step.present {
            Some(present) => {
                client
                    .patch(&format!("bindings/{}", present.id), &body)
                    .await
            }
            None => client.post("bindings", &body).await,
        }
        .with_context(|| format!("binding {}", step.wanted.name))?;
        if change::is_pending(&answer) {
            pending += 1;
        } else if let Ok(id) = resolve::id(&answer) {
            ids.insert(step.wanted.name.clone(), id);
        }
    }
    for binding in &plan.removed_bindings {
        pending += remove(client, &format!("bindings/{}", binding.id)).await?;
    }
    for name in &plan.removed_documents {
        pending += remove(client, &format!("documents/{name}")).await?;
    }
    Ok(pending)
}

/// What is gone already, such as what a promotion replaced, is as it shall be.
async fn remove(client: &Client, path: &str) -> Result<usize> {
    match client.delete(path).await {
        Ok(answer) => Ok(usize::from(change::is_pending(&answer))),
        Err(error) if is_not_found(&error) => Ok(0),
        Err(error) => Err(error),
    }
}

fn body(
    step: &BindingStep<'_>,
    plan: &Plan<'_>,
    server: &Server,
    uploaded: &BTreeMap<String, String>,
    ids: &BTreeMap<String, String>,
    comment: &str,
) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    for (field, _, after) in &step.fields {
        match *field {
            "version" => {
                let version = match uploaded.get(&step.wanted.source) {
                    Some(id) => id.clone(),
                    None => known(step, plan, server)?,
                };
                body.insert("policy_version_id".to_owned(), version.into());
            }
            "replaces" => {
                let id = after.as_str().map(|name| {
                    ids.get(name)
                        .cloned()
                        .with_context(|| format!("{name} is not there yet"))
                });
                body.insert("replaces".to_owned(), json!(id.transpose()?));
            }
            field => {
                body.insert(field.to_owned(), after.clone());
            }
        }
    }
    body.insert("comment".to_owned(), comment.into());
    Ok(body)
}

/// The version that is at the control plane already: its digest is in the plan.
fn known(step: &BindingStep<'_>, plan: &Plan<'_>, server: &Server) -> Result<String> {
    let candidate = plan
        .candidate(&step.wanted.source)
        .context("a policy that was not read")?;
    version_of(candidate, server)?.with_context(|| {
        format!(
            "{} is no version of the control plane's",
            step.wanted.source
        )
    })
}
