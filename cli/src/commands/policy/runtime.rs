//! The interpreters of policies that are texts.

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use countersign_model::PolicyLanguage;

/// The component that interprets a language: of the folder that `COUNTERSIGN_LANGUAGES` names, or of
/// `target/languages` where the binary was built.
pub fn component(language: PolicyLanguage) -> Result<Vec<u8>> {
    if !language.is_text() {
        bail!("policies in {} need no interpreter", language.as_str());
    }
    let folder = match env::var_os("COUNTERSIGN_LANGUAGES") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/languages")),
    };
    let file = folder.join(format!("{}.wasm", language.as_str()));
    fs::read(&file).with_context(|| {
        format!(
            "the interpreter of {} is missing ({}): build it with `cargo xtask build`, or name its \
             folder in COUNTERSIGN_LANGUAGES",
            language.as_str(),
            file.display()
        )
    })
}
