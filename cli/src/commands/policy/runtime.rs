//! The interpreters of policies that are texts.

use std::{env, fs, path::Path};

use anyhow::{Context as _, Result, bail};
use countersign_model::PolicyLanguage;

/// The component that interprets a language: of the folder that `COUNTERSIGN_LANGUAGES` names, or the one
/// that this binary carries.
pub fn component(language: PolicyLanguage) -> Result<Vec<u8>> {
    let name = language.as_str();
    if !language.is_text() {
        bail!("policies in {name} need no interpreter");
    }
    if let Some(folder) = env::var_os("COUNTERSIGN_LANGUAGES") {
        let file = Path::new(&folder).join(format!("{name}.wasm"));
        return fs::read(&file).with_context(|| format!("{} cannot be read", file.display()));
    }
    countersign_control_plane::runtime(language).with_context(|| {
        format!(
            "this binary was built without the interpreter of {name}: build it with `cargo xtask \
             build`, or name its folder in COUNTERSIGN_LANGUAGES"
        )
    })
}
