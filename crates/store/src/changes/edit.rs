//! What a change does to what is enforced.

use countersign_model::{BindingId, DocumentId, PolicyId, PolicyVersionId, Selector, Stage};

use super::{ChangeError, ChangeKind, Guard, SetBinding, SetDocument, SetState};
use crate::{PolicySettings, VersionRecord};

/// Room between positions for later insertions.
const POSITION_STEP: i32 = 10;

/// A canary's part of the sessions where none is said.
const CANARY_PERCENT: u8 = 10;

/// The version that a binding binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundVersion {
    /// The policy.
    pub policy_id: PolicyId,
    /// The policy's name.
    pub policy: String,
    /// The version.
    pub id: PolicyVersionId,
    /// The version, as people count it.
    pub version: u32,
    /// The version's digest.
    pub digest: String,
}

impl From<&VersionRecord> for BoundVersion {
    fn from(record: &VersionRecord) -> Self {
        Self {
            policy_id: record.policy_id,
            policy: record.manifest.name.clone(),
            id: record.id,
            version: record.version,
            digest: record.digest.clone(),
        }
    }
}

/// A binding to make.
#[derive(Debug, Clone)]
pub struct NewBinding {
    /// The version.
    pub version: BoundVersion,
    /// Settings, checked by the caller.
    pub settings: serde_json::Value,
    /// What it covers.
    pub selector: Selector,
    /// How far it has come.
    pub stage: Stage,
    /// Its place in the order of evaluation; last where absent.
    pub position: Option<i32>,
    /// Of a canary: its part of the sessions, at most 100.
    pub canary_percent: Option<u8>,
    /// The binding whose place a canary takes.
    pub replaces: Option<BindingId>,
    /// When a canary is taken back by itself.
    pub guard: Option<Guard>,
}

/// What to change of a binding; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct BindingChange {
    /// Another version, checked by the caller to be of the same policy.
    pub version: Option<BoundVersion>,
    /// Settings, checked by the caller.
    pub settings: Option<serde_json::Value>,
    /// What it covers.
    pub selector: Option<Selector>,
    /// How far it has come.
    pub stage: Option<Stage>,
    /// Its place in the order of evaluation.
    pub position: Option<i32>,
    /// Of a canary: its part of the sessions, at most 100.
    pub canary_percent: Option<u8>,
    /// The binding whose place a canary takes; `Some(None)` for none.
    pub replaces: Option<Option<BindingId>>,
    /// When a canary is taken back by itself.
    pub guard: Option<Guard>,
}

/// What a change does.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Makes a binding.
    CreateBinding(NewBinding),
    /// Changes a binding. One that becomes `enforced` takes the place of the one that it replaces
    /// for good: that one is removed.
    UpdateBinding(BindingId, BindingChange),
    /// Removes a binding.
    DeleteBinding(BindingId),
    /// Puts a policy's bindings back to how they last were otherwise, canaries left out.
    RollBack(PolicyId),
    /// Takes a canary back to `draft`, because it broke its guard in the run that began with this
    /// revision; nothing where that run is over.
    TakeBack(BindingId, u64),
    /// Puts everything back to how it was in a policy set. Drafts of today stay.
    Restore(u64),
    /// Makes a version of a document the one in force.
    PutDocument(SetDocument),
    /// Makes a version that was fetched the one in force, where the document is still fetched from
    /// there.
    RefreshDocument(SetDocument),
    /// Removes a document.
    RemoveDocument(DocumentId),
    /// Changes how policies may be changed.
    Settings(PolicySettings),
}

impl Edit {
    /// What is enforced afterwards, and what kind of change that is. `RollBack` and `Restore` need
    /// the policy sets and are not for this function.
    pub(crate) fn apply(
        &self,
        current: &SetState,
    ) -> Result<(SetState, ChangeKind, Option<BindingId>), ChangeError> {
        let mut after = current.clone();
        let mut named = None;
        let kind = match self {
            Self::CreateBinding(new) => {
                let binding = create(current, new);
                named = Some(binding.id);
                after.bindings.push(binding);
                ChangeKind::CreateBinding
            }
            Self::UpdateBinding(id, change) => {
                named = Some(*id);
                update(&mut after, *id, change)?
            }
            Self::DeleteBinding(id) => {
                named = Some(*id);
                find(&after, *id)?;
                after.bindings.retain(|b| b.id != *id);
                ChangeKind::DeleteBinding
            }
            Self::TakeBack(id, _) => {
                named = Some(*id);
                let index = find(&after, *id)?;
                if let Some(binding) = after.bindings.get_mut(index) {
                    binding.stage = Stage::Draft;
                }
                ChangeKind::AutomaticRollback
            }
            Self::PutDocument(document) => {
                after.documents.retain(|d| d.id != document.id);
                after.documents.push(document.clone());
                ChangeKind::Document
            }
            Self::RefreshDocument(document) => {
                let held = after.documents.iter_mut().find(|d| d.id == document.id);
                match held {
                    Some(held) if held.pull == document.pull => held.clone_from(document),
                    _ => return Err(ChangeError::NotFound("document")),
                }
                ChangeKind::Document
            }
            Self::RemoveDocument(id) => {
                let before = after.documents.len();
                after.documents.retain(|d| d.id != *id);
                if after.documents.len() == before {
                    return Err(ChangeError::NotFound("document"));
                }
                ChangeKind::Document
            }
            Self::Settings(settings) => {
                after.settings = Some(*settings);
                ChangeKind::Settings
            }
            Self::RollBack(_) | Self::Restore(_) => {
                return Err(ChangeError::NothingToRollBack);
            }
        };
        if let Some(id) = named {
            check(&after, id)?;
        }
        settle(&mut after);
        Ok((after, kind, named))
    }
}

fn find(state: &SetState, id: BindingId) -> Result<usize, ChangeError> {
    state
        .bindings
        .iter()
        .position(|b| b.id == id)
        .ok_or(ChangeError::NotFound("binding"))
}

fn create(current: &SetState, new: &NewBinding) -> SetBinding {
    let last = current.bindings.iter().map(|b| b.position).max();
    SetBinding {
        id: BindingId::new(),
        policy_id: new.version.policy_id,
        policy: new.version.policy.clone(),
        policy_version_id: new.version.id,
        version: new.version.version,
        digest: new.version.digest.clone(),
        settings: new.settings.clone(),
        selector: new.selector.clone(),
        stage: new.stage,
        canary_percent: new.canary_percent,
        replaces: new.replaces,
        guard: new.guard,
        position: new
            .position
            .unwrap_or_else(|| last.unwrap_or(0).saturating_add(POSITION_STEP)),
    }
}

fn update(
    after: &mut SetState,
    id: BindingId,
    change: &BindingChange,
) -> Result<ChangeKind, ChangeError> {
    let index = find(after, id)?;
    let binding = after
        .bindings
        .get_mut(index)
        .ok_or(ChangeError::NotFound("binding"))?;
    if let Some(version) = &change.version {
        binding.policy_version_id = version.id;
        binding.version = version.version;
        binding.digest.clone_from(&version.digest);
    }
    if let Some(settings) = &change.settings {
        binding.settings = settings.clone();
    }
    if let Some(selector) = &change.selector {
        binding.selector = selector.clone();
    }
    if let Some(position) = change.position {
        binding.position = position;
    }
    if let Some(percent) = change.canary_percent {
        binding.canary_percent = Some(percent);
    }
    if let Some(replaces) = change.replaces {
        binding.replaces = replaces;
    }
    if let Some(guard) = change.guard {
        binding.guard = Some(guard);
    }
    if let Some(stage) = change.stage {
        binding.stage = stage;
    }
    let replaced = binding
        .replaces
        .filter(|_| binding.stage == Stage::Enforced);
    let Some(replaced) = replaced else {
        return Ok(ChangeKind::UpdateBinding);
    };
    binding.replaces = None;
    after.bindings.retain(|b| b.id != replaced);
    Ok(ChangeKind::Promote)
}

/// Refuses a binding that contradicts itself or the others.
fn check(state: &SetState, id: BindingId) -> Result<(), ChangeError> {
    let Some(binding) = state.binding(id) else {
        return Ok(());
    };
    let refuse = |pointer, detail: &str| {
        Err(ChangeError::Refused {
            pointer,
            detail: detail.to_owned(),
        })
    };
    if binding.canary_percent.is_some_and(|percent| percent > 100) {
        return refuse("/canary_percent", "must be from 0 to 100");
    }
    let Some(replaces) = binding.replaces else {
        return Ok(());
    };
    let Some(replaced) = state.binding(replaces).filter(|b| b.id != id) else {
        return refuse("/replaces", "there is no such other binding");
    };
    // So that rolling one policy back brings back what it replaced.
    if replaced.policy_id != binding.policy_id {
        return refuse("/replaces", "must name a binding of the same policy");
    }
    if binding.stage != Stage::Canary {
        return Ok(());
    }
    if replaced.stage != Stage::Enforced {
        return refuse("/replaces", "must name a binding that is enforced");
    }
    let is_rival =
        |b: &SetBinding| b.id != id && b.stage == Stage::Canary && b.replaces == Some(replaces);
    if state.bindings.iter().any(is_rival) {
        return refuse(
            "/replaces",
            "another canary takes that binding's place already",
        );
    }
    Ok(())
}

/// Puts in order what follows from the rest: a canary has a part and a guard, what is enforced has
/// nothing of a canary, and nobody replaces what is gone.
pub(crate) fn settle(state: &mut SetState) {
    let standing: Vec<(BindingId, Stage)> =
        state.bindings.iter().map(|b| (b.id, b.stage)).collect();
    for binding in &mut state.bindings {
        if let Some(replaces) = binding.replaces {
            let stage = standing.iter().find(|(id, _)| *id == replaces);
            let holds = match stage {
                None => false,
                Some((_, stage)) => binding.stage != Stage::Canary || *stage == Stage::Enforced,
            };
            if !holds {
                binding.replaces = None;
            }
        }
        match binding.stage {
            Stage::Canary => {
                binding.canary_percent.get_or_insert(CANARY_PERCENT);
                binding.guard.get_or_insert_with(Guard::default);
            }
            Stage::Enforced => {
                binding.canary_percent = None;
                binding.replaces = None;
            }
            Stage::Draft | Stage::Shadow => {}
        }
    }
    state.sort();
}

/// A policy's bindings as an earlier set had them; what has come since becomes a draft.
pub(crate) fn back_to(current: &SetState, earlier: &SetState, policy: PolicyId) -> SetState {
    let mut after = current.clone();
    after.bindings.retain(|b| {
        b.policy_id != policy || earlier.binding(b.id).is_none_or(|then| !then.is_live())
    });
    for binding in &mut after.bindings {
        if binding.policy_id == policy {
            binding.stage = Stage::Draft;
        }
    }
    let then = earlier.live_of(policy).into_iter().cloned();
    after.bindings.extend(then);
    settle(&mut after);
    after
}

/// Everything as an earlier set had it. Drafts of today stay.
pub(crate) fn restored(current: &SetState, earlier: &SetState) -> SetState {
    let mut after = earlier.clone();
    after.settings = current.settings;
    let drafts = current
        .bindings
        .iter()
        .filter(|b| !b.is_live() && earlier.binding(b.id).is_none());
    after.bindings.extend(drafts.cloned());
    settle(&mut after);
    after
}
