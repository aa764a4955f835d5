//! What a replay judges with in place of what was bound.

use std::sync::Arc;

use countersign_model::{Binding, BindingId, PolicyId, PolicySource, Selector, Stage};
use countersign_policy_engine::replay::{Candidates, Snapshot};
use countersign_store::{SetState, VersionRecord};
use serde_json::Value;

use super::dto::ReplayCandidate;
use crate::{api_error::ApiError, policy_check, policy_shelf, state::AppState};

/// A candidate, with its policy's name and its version's number.
pub struct Chosen {
    /// For the engine.
    pub candidates: Candidates,
    /// The policy's name.
    pub policy: String,
    /// The version, as people count it, where it is another.
    pub version: Option<u32>,
}

/// What a candidate changes of a binding.
#[derive(Clone)]
struct Swap {
    version: Option<NewVersion>,
    settings: Option<Value>,
}

#[derive(Clone)]
struct NewVersion {
    number: u32,
    digest: String,
    source: Option<Arc<PolicySource>>,
}

impl Swap {
    fn apply(&self, binding: &Binding) -> Binding {
        let mut binding = binding.clone();
        if let Some(version) = &self.version {
            binding.version = version.number;
            binding.digest.clone_from(&version.digest);
            binding.source.clone_from(&version.source);
        }
        if let Some(settings) = &self.settings {
            binding.settings = settings.clone();
        }
        binding
    }
}

impl From<&VersionRecord> for NewVersion {
    fn from(record: &VersionRecord) -> Self {
        Self {
            number: record.version,
            digest: record.digest.clone(),
            source: record.source.clone(),
        }
    }
}

/// The candidate that a request means.
pub async fn choose(state: &AppState, asked: &ReplayCandidate) -> Result<Chosen, ApiError> {
    let current = state.store.policy_set_at(u64::MAX).await?;
    let current = current.map(|set| set.state).unwrap_or_default();
    let version = match asked.policy_version_id {
        Some(id) => Some(state.store.policy_version(id).await?),
        None => None,
    };
    let swap = Swap {
        version: version.as_ref().map(Into::into),
        settings: asked.settings.clone(),
    };
    let (policy, candidates) = match (asked.binding_id, asked.policy_id) {
        (Some(binding), None) => one(state, &current, binding, swap).await?,
        (None, Some(policy)) => {
            if asked.policy_version_id.is_none() && asked.settings.is_none() {
                return Err(ApiError::invalid_field(
                    "/candidate",
                    "name a version, settings, or both",
                ));
            }
            all(state, &current, policy, swap, version.as_ref()).await?
        }
        _ => {
            return Err(ApiError::invalid_field(
                "/candidate",
                "name either a binding or a policy",
            ));
        }
    };
    if version
        .as_ref()
        .is_some_and(|version| version.policy_id != policy)
    {
        return Err(ApiError::invalid_field(
            "/candidate/policy_version_id",
            "is a version of another policy",
        ));
    }
    check(state, &current, policy, version.as_ref(), asked).await?;
    Ok(Chosen {
        candidates,
        policy: state.store.policy(policy).await?.name,
        version: version.map(|version| version.version),
    })
}

/// One binding, as if it were enforced. One that replaces another takes that one's place.
async fn one(
    state: &AppState,
    current: &SetState,
    id: BindingId,
    swap: Swap,
) -> Result<(PolicyId, Candidates), ApiError> {
    let found = current
        .binding(id)
        .ok_or_else(|| ApiError::not_found("binding"))?;
    let policy = found.policy_id;
    let replaced = found.replaces;
    let now = policy_shelf::to_binding(&state.store, found).await?;
    let choose = move |snapshot: &Snapshot| {
        let bound = |id: BindingId| snapshot.bindings.iter().find(|binding| binding.id == id);
        let chosen = match (replaced.and_then(bound), bound(id)) {
            (Some(replaced), _) => Binding {
                id: replaced.id,
                ..swap.apply(&now)
            },
            (None, Some(then)) => swap.apply(then),
            (None, None) => swap.apply(&now),
        };
        vec![Binding {
            stage: Stage::Enforced,
            canary_percent: None,
            replaces: None,
            ..chosen
        }]
    };
    Ok((policy, Candidates::new(choose)))
}

/// Every binding of a policy, as it was then; as it is now where it was not bound then.
async fn all(
    state: &AppState,
    current: &SetState,
    policy: PolicyId,
    swap: Swap,
    version: Option<&VersionRecord>,
) -> Result<(PolicyId, Candidates), ApiError> {
    let mine = current.bindings.iter();
    let mine = mine.filter(|b| b.policy_id == policy && b.stage != Stage::Draft);
    let mut now = Vec::new();
    for binding in mine {
        now.push(swap.apply(&policy_shelf::to_binding(&state.store, binding).await?));
    }
    if now.is_empty() {
        let versions = state.store.policy_versions(policy).await?;
        let version = version.or(versions.first());
        let version = version.ok_or_else(|| ApiError::not_found("policy"))?;
        now.push(swap.apply(&unbound(version)));
    }
    let choose = move |snapshot: &Snapshot| {
        let mine = snapshot.bindings.iter();
        let mine = mine.filter(|binding| binding.policy_id == policy);
        let then: Vec<Binding> = mine.map(|binding| swap.apply(binding)).collect();
        if then.is_empty() { now.clone() } else { then }
    };
    Ok((policy, Candidates::new(choose)))
}

/// A version as if it were bound to everything.
fn unbound(version: &VersionRecord) -> Binding {
    Binding {
        id: BindingId::new(),
        policy_id: version.policy_id,
        policy: version.manifest.name.clone(),
        version: version.version,
        digest: version.digest.clone(),
        settings: Value::Object(serde_json::Map::new()),
        selector: Selector::default(),
        stage: Stage::Enforced,
        canary_percent: None,
        replaces: None,
        source: version.source.clone(),
    }
}

/// Refuses settings that no replay could be judged with: with the candidate's version, or the one
/// that is bound now.
async fn check(
    state: &AppState,
    current: &SetState,
    policy: PolicyId,
    version: Option<&VersionRecord>,
    asked: &ReplayCandidate,
) -> Result<(), ApiError> {
    let Some(settings) = &asked.settings else {
        return Ok(());
    };
    let bound;
    let version = match version {
        Some(version) => version,
        None => {
            let of = |b: &&countersign_store::SetBinding| {
                asked
                    .binding_id
                    .map_or(b.policy_id == policy, |id| b.id == id)
            };
            bound = match current.bindings.iter().find(of) {
                Some(binding) => {
                    state
                        .store
                        .policy_version(binding.policy_version_id)
                        .await?
                }
                None => return Ok(()),
            };
            &bound
        }
    };
    policy_check::check_settings(state, version, settings).await
}
