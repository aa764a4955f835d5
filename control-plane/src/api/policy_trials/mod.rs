//! The playground: an operation is judged by the real engine, and nothing runs.

pub mod dto;

use std::sync::Arc;

use axum::{
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
};
use countersign_model::{
    Action, ActionId, Binding, BindingId, Operation, Principal, PrincipalId, RawOperation,
    Selector, SessionId, Stage, Target, TargetId,
};
use countersign_policy_engine::{Counters, Documents, PolicySet};
use tokio::sync::Semaphore;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

use self::dto::{NewTrial, PolicyTrial, TrialBinding, TrialBindings};
use super::rules;
use crate::{
    api_error::{ApiError, FieldError},
    auth::{Caller, access::Reader},
    extract::Json,
    policy_shelf::ShelfError,
    state::AppState,
};

const TAG: &str = "policies";

/// Bytes of a trial's body.
const MAX_BODY: usize = 256 * 1024;

/// Versions that one trial may name.
const MAX_BINDINGS: usize = 32;

/// Trials that are judged at once; others wait.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The operations.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create_policy_trial).layer(DefaultBodyLimit::max(MAX_BODY)))
}

impl From<ShelfError> for ApiError {
    fn from(error: ShelfError) -> Self {
        match error {
            ShelfError::Store(error) => error.into(),
            error @ ShelfError::CutOff(_) => Self::internal(error),
        }
    }
}

/// Judges an operation without running it: by what is enforced now, or by the versions that the
/// body names. Counters stand at what this one operation adds.
#[utoipa::path(
    post,
    path = "/policy_trials",
    tag = TAG,
    request_body = NewTrial,
    extensions(("x-roles" = json!(["admin", "policy_author", "reviewer", "auditor"]))),
    responses((status = 200, description = "What would happen", body = PolicyTrial)),
)]
pub async fn create_policy_trial(
    State(state): State<AppState>,
    _caller: Caller<Reader>,
    Json(trial): Json<NewTrial>,
) -> Result<axum::Json<PolicyTrial>, ApiError> {
    check(&trial)?;
    let _place = AT_ONCE.acquire().await.map_err(ApiError::internal)?;
    let set = match &trial.bindings {
        TrialBindings::Enforced(_) => state.shelf.current(&state.store, &state.engine).await?,
        TrialBindings::These(bindings) => these(&state, bindings).await?,
    };
    let now = state.now();
    let judged = tokio::task::spawn_blocking(move || {
        let operation = operation(&trial.operation)?;
        let facts = facts(&operation)?;
        let decision = judge(&set, operation, trial, now);
        Ok::<_, ApiError>(PolicyTrial { facts, decision })
    });
    Ok(axum::Json(judged.await.map_err(ApiError::internal)??))
}

fn check(trial: &NewTrial) -> Result<(), ApiError> {
    rules::line("/principal/name", &trial.principal.name)?;
    rules::groups("/principal/groups", &trial.principal.groups)?;
    rules::pairs("/principal/claims", &trial.principal.claims)?;
    rules::line("/target/name", &trial.target.name)?;
    rules::labels("/target/labels", &trial.target.labels)?;
    match &trial.bindings {
        TrialBindings::These(bindings) if bindings.len() > MAX_BINDINGS => Err(
            ApiError::invalid_field("/bindings", format!("must be at most {MAX_BINDINGS}")),
        ),
        _ => Ok(()),
    }
}

/// A set of these versions, with the documents that are in force.
async fn these(state: &AppState, bindings: &[TrialBinding]) -> Result<PolicySet, ApiError> {
    let (store, engine) = (&state.store, &state.engine);
    let mut wanted = Vec::with_capacity(bindings.len());
    for binding in bindings {
        let version = store.policy_version(binding.policy_version_id).await?;
        wanted.push(Binding {
            id: BindingId::new(),
            policy_id: version.policy_id,
            policy: version.manifest.name,
            version: version.version,
            digest: version.digest,
            settings: binding.settings.clone(),
            selector: Selector::default(),
            stage: Stage::Enforced,
            canary_percent: None,
            replaces: None,
            source: version.source,
        });
    }
    let newest = store.policy_set_at(u64::MAX).await?;
    let documents = match newest {
        Some(set) => state.shelf.documents(store, &set.state.documents).await?,
        None => Documents::default(),
    };
    let set = state.shelf.set(store, engine, wanted, documents, 0).await?;
    let refused: Vec<FieldError> = set
        .statuses()
        .into_iter()
        .enumerate()
        .filter_map(|(index, status)| {
            let pointer = format!("/bindings/{index}/settings");
            Some(FieldError::new(pointer, status.error?))
        })
        .collect();
    match refused.first() {
        None => Ok(set),
        Some(first) => Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_settings",
            first.detail.clone(),
        )
        .with_errors(refused)),
    }
}

fn operation(raw: &RawOperation) -> Result<Operation, ApiError> {
    countersign_inspect::operation(raw).map_err(|error| ApiError::invalid("unparseable", error))
}

fn facts(operation: &Operation) -> Result<serde_json::Value, ApiError> {
    let facts = match operation {
        Operation::Sql(sql) => serde_json::to_value(&*sql.facts),
        Operation::Http(request) => serde_json::to_value(request),
        Operation::ToolCall(call) => serde_json::to_value(call),
        Operation::Shell(shell) => serde_json::to_value(&*shell.facts),
        Operation::Access(access) => serde_json::to_value(access),
        Operation::Llm(request) => serde_json::to_value(request),
        Operation::Mcp(request) => serde_json::to_value(request),
    };
    facts.map_err(ApiError::internal)
}

fn judge(
    set: &PolicySet,
    operation: Operation,
    trial: NewTrial,
    now: countersign_model::Timestamp,
) -> countersign_model::Decision {
    let principal = Arc::new(Principal {
        id: PrincipalId::new(),
        name: trial.principal.name,
        kind: trial.principal.kind,
        groups: trial.principal.groups,
        claims: trial.principal.claims,
        on_behalf_of: trial.principal.on_behalf_of,
        owner: trial.principal.owner,
    });
    let target = Arc::new(Target {
        id: TargetId::new(),
        name: trial.target.name,
        kind: trial.target.kind,
        labels: trial.target.labels,
        default_verdict: trial.target.default_verdict,
        access: countersign_model::TargetAccess::Standing,
    });
    let session = SessionId::new();
    let action = Action {
        id: ActionId::new(),
        at: trial.at.unwrap_or(now),
        session,
        principal: Arc::clone(&principal),
        target: Arc::clone(&target),
        operation,
        grant: None,
    };
    let counters: Arc<dyn Counters> = Arc::new(Uncounted);
    let judged = set
        .session(principal, target, session)
        .judge(&action, &counters);
    Arc::unwrap_or_clone(judged.decision)
}

/// Counters that nothing was added to before.
struct Uncounted;

impl Counters for Uncounted {
    fn count(&self, _key: &str, amount: u64, _window_seconds: u32) -> u64 {
        amount
    }
}
