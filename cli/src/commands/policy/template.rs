//! What `policy new` writes: the templates and the SDK, which the binary carries.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use rust_embed::RustEmbed;
use toml::{Table, Value};

/// One folder a language.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/templates"]
struct Templates;

/// The SDK's sources, for crates outside a checkout.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../policy-sdk"]
struct Sdk;

/// The workspace that the SDK inherits its versions from, as this binary was built.
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");
const LOCK: &str = include_str!("../../../../Cargo.lock");

/// Names that stand for the policy's in a template.
const NAME: &str = "my-policy";
const SNAKE_NAME: &str = "my_policy";
const SDK_PATH: &str = "{{sdk}}";

/// Writes a language's template into a new folder; `sdk` is where the SDK is.
pub fn write(language: &str, name: &str, sdk: &str, folder: &Path) -> Result<usize> {
    let prefix = format!("policy-{language}/");
    let snake = name.replace('-', "_");
    let mut written = 0;
    let ours = |path: &str| path.starts_with(&prefix) && !path.contains("/node_modules/");
    for path in Templates::iter().filter(|path| ours(path)) {
        let Some(file) = Templates::get(&path) else {
            continue;
        };
        let target = path
            .trim_start_matches(&prefix)
            .trim_end_matches(".template");
        let content = match String::from_utf8(file.data.into_owned()) {
            Ok(text) => text
                .replace(NAME, name)
                .replace(SNAKE_NAME, &snake)
                .replace(SDK_PATH, sdk)
                .into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        put(&folder.join(target), &content)?;
        written += 1;
    }
    if written == 0 {
        bail!("this binary carries no template for {language}");
    }
    Ok(written)
}

/// Writes the SDK as a crate that stands alone, and the versions that this binary was built with.
pub fn write_sdk(folder: &Path) -> Result<()> {
    for path in Sdk::iter().filter(|path| *path != "Cargo.toml") {
        if let Some(file) = Sdk::get(&path) {
            put(&folder.join(&*path), &file.data)?;
        }
    }
    put(&folder.join("Cargo.toml"), sdk_manifest()?.as_bytes())
}

/// The part of the workspace's lock file that the SDK needs, so that a new policy builds with the very
/// versions that were tested.
pub fn lock() -> Result<String> {
    let all: Table = LOCK.parse().context("the lock file inside this binary")?;
    let packages = all
        .get("package")
        .and_then(Value::as_array)
        .context("no packages")?;
    let text = |package: &Value, key: &str| -> String {
        package
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut kept: BTreeMap<(String, String), Value> = BTreeMap::new();
    let mut wanted: VecDeque<String> = VecDeque::from(["countersign-policy-sdk".to_owned()]);
    while let Some(wish) = wanted.pop_front() {
        let (name, version) = wish.split_once(' ').unwrap_or((&wish, ""));
        for package in packages {
            let key = (text(package, "name"), text(package, "version"));
            let is_it = key.0 == name && (version.is_empty() || version.starts_with(&key.1));
            if !is_it || kept.contains_key(&key) {
                continue;
            }
            let dependencies = package.get("dependencies").and_then(Value::as_array);
            let names = dependencies.into_iter().flatten().filter_map(Value::as_str);
            wanted.extend(names.map(str::to_owned));
            kept.insert(key, package.clone());
        }
    }
    let mut lock = Table::new();
    lock.insert("version".to_owned(), Value::Integer(4));
    // The crates of this folder are added by cargo; those of the registry stay as they are.
    let registry = kept
        .into_values()
        .filter(|package| package.get("source").is_some());
    lock.insert("package".to_owned(), Value::Array(registry.collect()));
    toml::to_string(&lock).context("the lock file cannot be written")
}

fn sdk_manifest() -> Result<String> {
    let file = Sdk::get("Cargo.toml").context("this binary carries no SDK")?;
    let text = String::from_utf8_lossy(&file.data).into_owned();
    let mut manifest: Table = text.parse().context("the SDK's manifest")?;
    let workspace: Table = WORKSPACE.parse().context("the workspace's manifest")?;
    let inherited = |section: &str, key: &str| {
        let value = workspace.get("workspace")?.get(section)?.get(key)?;
        Some(value.clone())
    };
    manifest.remove("lints");
    manifest.remove("dev-dependencies");
    for (section, from) in [("package", "package"), ("dependencies", "dependencies")] {
        let Some(table) = manifest.get_mut(section).and_then(Value::as_table_mut) else {
            continue;
        };
        for (key, value) in table.iter_mut() {
            if value.get("workspace").and_then(Value::as_bool) == Some(true) {
                *value = inherited(from, key)
                    .with_context(|| format!("the workspace does not say {section}.{key}"))?;
            }
        }
    }
    toml::to_string(&manifest).context("the SDK's manifest cannot be written")
}

fn put(path: &Path, content: &[u8]) -> Result<()> {
    let failed = || format!("{} cannot be written", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    fs::write(path, content).with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_stands_alone() {
        let manifest = sdk_manifest().expect("a manifest");
        assert!(!manifest.contains("workspace"), "{manifest}");
        let manifest: Table = manifest.parse().expect("TOML");
        assert!(manifest["dependencies"]["wit-bindgen"].is_table());

        let lock: Table = lock().expect("a lock file").parse().expect("TOML");
        let packages = lock["package"].as_array().expect("packages");
        let has = |name: &str| packages.iter().any(|p| p["name"].as_str() == Some(name));
        assert!(has("serde_json") && has("wit-bindgen") && has("schemars"));
        assert!(!has("wasmtime") && !has("countersign-policy-sdk"));
    }

    #[test]
    fn the_template_is_short_and_takes_the_name() {
        let folder = tempfile::tempdir().expect("a folder");
        write("rust", "row-guard", "sdk", folder.path()).expect("a template");
        let read = |file: &str| fs::read_to_string(folder.path().join(file)).expect(file);
        assert!(read("Cargo.toml").contains("name = \"row-guard\""));
        assert!(read("Cargo.toml").contains("path = \"sdk\""));
        assert!(read("README.md").starts_with("# row-guard"));
        let source = read("src/lib.rs");
        let (policy, _) = source.split_once("#[cfg(test)]").expect("a test");
        let lines = policy.lines().filter(|line| !line.trim().is_empty());
        assert!(
            lines.count() < 30,
            "the template is a policy of under 30 lines"
        );
    }
}
