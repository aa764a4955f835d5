//! Tries policies and settings before they are kept: what an edge would refuse is refused here,
//! where its author can read why.

use std::sync::Arc;

use axum::http::StatusCode;
use countersign_model::{Binding, BindingId, Selector, Stage};
use countersign_policy_engine::{Engine, LoadError, LoadedPolicy, PolicySet};
use countersign_policy_package::{Package, PackageError, SettingsError, validate_settings};
use countersign_store::VersionRecord;
use serde_json::Value;

use crate::{
    api_error::{ApiError, FieldError},
    state::AppState,
};

/// Reads, compiles and runs an uploaded component: its manifest and imports are in order, and its
/// own cases come out as its author says.
pub async fn check_upload(state: &AppState, component: bytes::Bytes) -> Result<Package, ApiError> {
    let engine = state.engine.clone();
    blocking(move || {
        let package = Package::read(&component).map_err(|error| refused_package(&error))?;
        let policy = engine
            .load(&component)
            .map_err(|error| refused_load(&error))?;
        policy
            .check_cases(&countersign_inspect::operation)
            .map_err(|failure| ApiError::invalid("policy_case_failed", chain(&failure)))?;
        Ok(package)
    })
    .await
}

/// Checks settings against the version's schema, then by the policy itself.
pub async fn check_settings(
    state: &AppState,
    version: &VersionRecord,
    settings: &Value,
) -> Result<(), ApiError> {
    validate_settings(&version.manifest.settings_schema, settings)
        .map_err(|error| refused_settings(&error))?;
    let component = state.store.module(&version.digest).await?;
    let engine = state.engine.clone();
    let version = version.clone();
    let settings = settings.clone();
    blocking(move || {
        let policy = engine.load(&component).map_err(ApiError::internal)?;
        match refusal(&engine, &version, settings, policy) {
            Some(reason) => Err(ApiError::invalid_field("/settings", reason)),
            None => Ok(()),
        }
    })
    .await
}

/// Why the policy refuses its settings, where it does.
fn refusal(
    engine: &Engine,
    version: &VersionRecord,
    settings: Value,
    policy: Arc<LoadedPolicy>,
) -> Option<String> {
    let binding = Binding {
        id: BindingId::new(),
        policy_id: version.policy_id,
        policy: version.manifest.name.clone(),
        version: version.version,
        digest: version.digest.clone(),
        settings,
        selector: Selector::default(),
        stage: Stage::Shadow,
        canary_percent: None,
        replaces: None,
        source: None,
    };
    let set = PolicySet::new(engine, vec![(binding, Ok(policy))], 0);
    set.statuses().into_iter().find_map(|status| status.error)
}

/// Compiling takes a tenth of a second and more: not on a thread that serves requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ApiError::internal)?
}

fn refused_package(error: &PackageError) -> ApiError {
    match error {
        PackageError::TooLarge { .. } => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            chain(error),
        ),
        PackageError::ForeignImports { .. } => ApiError::invalid("foreign_imports", chain(error)),
        error => ApiError::invalid("invalid_policy", chain(error)),
    }
}

fn refused_load(error: &LoadError) -> ApiError {
    ApiError::invalid("policy_does_not_run", chain(error))
}

fn refused_settings(error: &SettingsError) -> ApiError {
    let refused = ApiError::invalid("invalid_settings", error.to_string());
    match error {
        SettingsError::Refused(problems) => {
            let errors = problems.iter().map(|problem| FieldError {
                pointer: format!("/settings{}", problem.pointer),
                detail: problem.message.clone(),
            });
            refused.with_errors(errors.collect())
        }
        SettingsError::Schema(_) => refused,
    }
}

/// An author needs the whole story of their own upload.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
