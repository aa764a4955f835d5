//! Tries policies and settings before they are kept: what an edge would refuse is refused here,
//! where its author can read why.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use countersign_model::{Binding, BindingId, PolicyManifest, PolicySource, Selector, Stage};
use countersign_policy_engine::LoadError;
use countersign_policy_package::{
    Package, PackageError, SettingsError, validate_manifest, validate_settings,
};
use countersign_store::VersionRecord;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{
    api_error::{ApiError, FieldError},
    state::AppState,
};

/// Uploads that are compiled at a time: one that takes long must leave the rest of the machine to
/// the others.
const AT_ONCE: usize = 1;

/// How long an upload waits for its turn.
const TURN: Duration = Duration::from_secs(40);

/// Where uploads wait to be compiled.
#[derive(Debug, Clone)]
pub struct CheckQueue(Arc<Semaphore>);

impl Default for CheckQueue {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl CheckQueue {
    /// A turn, which lasts as long as what is returned.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = timeout(TURN, Arc::clone(&self.0).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(|| {
            ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "checks_busy",
                "Other uploads are being checked. Try again in a minute.",
            )
        })
    }
}

/// Reads, compiles and runs an uploaded component: its manifest and imports are in order, and its
/// own cases come out as its author says.
pub async fn check_upload(state: &AppState, component: bytes::Bytes) -> Result<Package, ApiError> {
    let engine = state.engine.clone();
    let turn = state.checks.turn().await?;
    blocking(move || {
        // Held until the work is done, even when nobody waits for it any more.
        let _turn = turn;
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

/// Checks a text and its manifest: it is read by the runtime of its language, and its own cases come
/// out as its author says. Answers what the runtime imports.
pub async fn check_source(
    state: &AppState,
    manifest: &PolicyManifest,
    source: &PolicySource,
    runtime: Arc<Vec<u8>>,
) -> Result<Vec<String>, ApiError> {
    validate_manifest(manifest)
        .map_err(|error| ApiError::invalid("invalid_policy_source", chain(&error)))?;
    let engine = state.engine.clone();
    let (source, cases) = (source.clone(), manifest.cases.clone());
    let turn = state.checks.turn().await?;
    blocking(move || {
        let _turn = turn;
        let package = Package::read(&runtime).map_err(ApiError::internal)?;
        let policy = engine.load(&runtime).map_err(ApiError::internal)?;
        policy
            .trial_source(&source, &json!({}))
            .map_err(|error| refused_text(&error))?;
        policy
            .check_source_cases(&source, &cases, &countersign_inspect::operation)
            .map_err(|failure| ApiError::invalid("policy_case_failed", chain(&failure)))?;
        Ok(package.imports)
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
    let binding = binding(version, settings);
    let component = state.store.module(binding.module()).await?;
    let engine = state.engine.clone();
    let turn = match engine.is_cached(binding.module()) {
        true => None,
        false => Some(state.checks.turn().await?),
    };
    blocking(move || {
        let _turn = turn;
        let policy = engine.load(&component).map_err(ApiError::internal)?;
        policy
            .accepts(&binding)
            .map_err(|reason| ApiError::invalid_field("/settings", reason))
    })
    .await
}

/// A binding that only shows settings to a policy.
fn binding(version: &VersionRecord, settings: &Value) -> Binding {
    Binding {
        id: BindingId::new(),
        policy_id: version.policy_id,
        policy: version.manifest.name.clone(),
        version: version.version,
        digest: version.digest.clone(),
        settings: settings.clone(),
        selector: Selector::default(),
        stage: Stage::Shadow,
        canary_percent: None,
        replaces: None,
        source: version.source.clone(),
    }
}

/// Compiling takes a tenth of a second and more: not on a thread that serves requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ApiError::internal)?
}

/// What a runtime says of a text that it cannot read.
#[derive(Deserialize)]
struct TextFault {
    line: Option<u32>,
    column: Option<u32>,
    message: String,
}

fn refused_text(error: &LoadError) -> ApiError {
    let words = chain(error);
    let fault = words.find('{').and_then(|at| words.get(at..));
    let fault = fault.and_then(|text| {
        let mut faults = serde_json::Deserializer::from_str(text).into_iter::<TextFault>();
        faults.next()?.ok()
    });
    let field = match fault {
        Some(fault) => FieldError {
            line: fault.line,
            column: fault.column,
            ..FieldError::new("/text", fault.message)
        },
        None => FieldError::new("/text", words),
    };
    ApiError::invalid("invalid_policy_source", field.detail.clone()).with_errors(vec![field])
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
            let errors = problems.iter().map(|problem| {
                FieldError::new(
                    format!("/settings{}", problem.pointer),
                    problem.message.clone(),
                )
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
