//! The components that run policies which are texts, embedded when this binary was built. A debug
//! build made before them reads them from where they are built.

use std::{borrow::Cow, path::Path};

use axum::http::StatusCode;
use countersign_model::PolicyLanguage;
use rust_embed::RustEmbed;

use crate::api_error::ApiError;

/// `target/languages`, as far as it was built. `build.rs` puts it there.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/runtimes"]
struct Runtimes;

/// Where they are built.
const BUILT: &str = env!("COUNTERSIGN_RUNTIMES");

/// The component that runs policies of a language, where this binary has it.
#[must_use]
pub fn runtime(language: PolicyLanguage) -> Option<Vec<u8>> {
    let name = format!("{}.wasm", language.as_str());
    if let Some(file) = Runtimes::get(&name) {
        return Some(Cow::into_owned(file.data));
    }
    cfg!(debug_assertions)
        .then(|| std::fs::read(Path::new(BUILT).join(&name)).ok())
        .flatten()
}

/// The component that runs a language, or why there is none.
pub fn component(language: PolicyLanguage) -> Result<Vec<u8>, ApiError> {
    runtime(language).ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_IMPLEMENTED,
            "language_not_built",
            format!(
                "This server was built without the runtime for {}; build it with `cargo xtask \
                 build`.",
                language.as_str()
            ),
        )
    })
}
