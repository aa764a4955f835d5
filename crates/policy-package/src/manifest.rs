//! What a manifest must hold.

use countersign_model::{ManifestCase, PolicyManifest, RawOperation};

use crate::{SettingsError, settings};

/// The custom section that carries the manifest, as JSON.
pub const MANIFEST_SECTION: &str = "countersign:manifest";

/// Kinds of operation that a policy may handle.
pub const OPERATIONS: &[&str] = &["sql", "http", "tool_call", "shell", "access", "llm", "mcp"];

/// What a manifest's case may expect.
pub const VERDICTS: &[&str] = &["abstain", "oblige", "allow", "mask", "review", "deny"];

/// Bytes that a manifest may have.
pub(crate) const MAX_MANIFEST: usize = 256 * 1024;

const MAX_NAME: usize = 63;
const MAX_DESCRIPTION: usize = 500;
const MAX_CASES: usize = 1_000;

/// What is wrong with a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is too long.
    #[error("it has {size} bytes; at most {MAX_MANIFEST} are allowed")]
    TooLarge {
        /// What it has.
        size: usize,
    },
    /// It is not the JSON of a manifest.
    #[error("not the JSON of a manifest")]
    Json(#[source] serde_json::Error),
    /// The name is not one.
    #[error(
        "name {name:?}: use lower-case letters, digits and hyphens, a letter first, 63 at most"
    )]
    Name {
        /// What it says.
        name: String,
    },
    /// The version is not one.
    #[error("version {version:?} is not a semantic version such as 1.2.0")]
    Version {
        /// What it says.
        version: String,
    },
    /// The description is missing or too long.
    #[error("description: one sentence, at most {MAX_DESCRIPTION} characters")]
    Description,
    /// It handles nothing, or something unknown.
    #[error("operations: name at least one of {}", OPERATIONS.join(", "))]
    Operations,
    /// The settings' schema is not one.
    #[error("settings_schema: {reason}")]
    Schema {
        /// Why.
        reason: String,
    },
    /// A counter without a prefix.
    #[error("counters: each needs a prefix")]
    Counter,
    /// There are too many cases.
    #[error("cases: at most {MAX_CASES} are allowed")]
    TooManyCases,
    /// A case that cannot be judged.
    #[error("case {case:?}: {reason}")]
    Case {
        /// Its name.
        case: String,
        /// Why.
        reason: String,
    },
    /// A case whose settings the schema refuses.
    #[error("case {case:?}: settings")]
    CaseSettings {
        /// Its name.
        case: String,
        /// Why.
        #[source]
        source: SettingsError,
    },
}

/// Reads a manifest and checks it.
pub(crate) fn parse(json: &[u8]) -> Result<PolicyManifest, ManifestError> {
    if json.len() > MAX_MANIFEST {
        return Err(ManifestError::TooLarge { size: json.len() });
    }
    let manifest = serde_json::from_slice(json).map_err(ManifestError::Json)?;
    validate_manifest(&manifest)?;
    Ok(manifest)
}

/// Checks a manifest: its names, its schema, and that its cases can be judged.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn validate_manifest(manifest: &PolicyManifest) -> Result<(), ManifestError> {
    if !is_name(&manifest.name) {
        return Err(ManifestError::Name {
            name: manifest.name.clone(),
        });
    }
    if semver::Version::parse(&manifest.version).is_err() {
        return Err(ManifestError::Version {
            version: manifest.version.clone(),
        });
    }
    let described = manifest.description.trim();
    if described.is_empty() || described.chars().count() > MAX_DESCRIPTION {
        return Err(ManifestError::Description);
    }
    let known = |operation: &String| OPERATIONS.contains(&operation.as_str());
    if manifest.operations.is_empty() || !manifest.operations.iter().all(known) {
        return Err(ManifestError::Operations);
    }
    if manifest.counters.iter().any(|c| c.prefix.is_empty()) {
        return Err(ManifestError::Counter);
    }
    let schema = settings::compile(&manifest.settings_schema)
        .map_err(|reason| ManifestError::Schema { reason })?;
    if manifest.cases.len() > MAX_CASES {
        return Err(ManifestError::TooManyCases);
    }
    manifest
        .cases
        .iter()
        .try_for_each(|case| validate_case(&schema, case))
}

fn validate_case(schema: &jsonschema::Validator, case: &ManifestCase) -> Result<(), ManifestError> {
    let refuse = |reason: String| ManifestError::Case {
        case: case.name.clone(),
        reason,
    };
    if case.name.trim().is_empty() {
        return Err(refuse("a case needs a name".to_owned()));
    }
    let empty = match &case.operation {
        RawOperation::Sql(text) | RawOperation::Shell(text) => text.trim().is_empty(),
        RawOperation::Http(request) => request.method.is_empty() || request.path.is_empty(),
        RawOperation::ToolCall(call) => call.tool.is_empty(),
        RawOperation::Access(access) => access.operations.is_empty(),
        RawOperation::Llm(request) => request.provider.is_empty() || request.api.is_empty(),
        RawOperation::Mcp(request) => request.method.is_empty(),
    };
    if empty {
        return Err(refuse("a case needs something that is tried".to_owned()));
    }
    if !VERDICTS.contains(&case.verdict.as_str()) {
        let known = VERDICTS.join(", ");
        return Err(refuse(format!("verdict must be one of {known}")));
    }
    settings::check(schema, &case.settings).map_err(|source| ManifestError::CaseSettings {
        case: case.name.clone(),
        source,
    })
}

fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest() -> serde_json::Value {
        json!({
            "name": "guard", "version": "1.0.0", "description": "Guards.", "operations": ["sql"],
            "settings_schema": {
                "type": "object", "additionalProperties": false,
                "properties": {"rows": {"type": "integer"}}
            },
            "cases": [{"name": "a read", "sql": "SELECT 1", "verdict": "abstain"}],
        })
    }

    #[test]
    fn says_what_is_wrong() {
        let case = |case: serde_json::Value| json!([case]);
        let cases = [
            ("/name", json!("Guard"), "name \"Guard\""),
            ("/name", json!("9guard"), "name \"9guard\""),
            ("/version", json!("1"), "version \"1\""),
            ("/description", json!("  "), "description"),
            ("/operations", json!([]), "operations"),
            ("/operations", json!(["fax"]), "operations"),
            ("/settings_schema", json!(3), "settings_schema"),
            ("/settings_schema/type", json!("objekt"), "settings_schema"),
            (
                "/settings_schema/properties/rows",
                json!({"$ref": "https://example.com/schema.json"}),
                "settings_schema",
            ),
            (
                "/counters",
                json!([{"prefix": "", "description": "x"}]),
                "counters",
            ),
            (
                "/cases",
                case(json!({"name": "a", "sql": "SELECT 1", "verdict": "perhaps"})),
                "case \"a\": verdict must be one of",
            ),
            (
                "/cases",
                case(json!({"name": "a", "sql": " ", "verdict": "deny"})),
                "case \"a\": a case needs something that is tried",
            ),
            (
                "/cases",
                case(json!({
                    "name": "a", "sql": "SELECT 1", "verdict": "deny", "settings": {"row": 1}
                })),
                "case \"a\": settings",
            ),
        ];
        assert!(parse(manifest().to_string().as_bytes()).is_ok());
        for (pointer, value, expected) in cases {
            let mut broken = manifest();
            match broken.pointer_mut(pointer) {
                Some(place) => *place = value,
                None => broken[&pointer[1..]] = value,
            }
            let error = parse(broken.to_string().as_bytes()).expect_err(pointer);
            assert!(
                error.to_string().starts_with(expected),
                "{pointer}: {error}"
            );
        }
    }

    #[test]
    fn a_manifest_is_bounded() {
        let mut long = manifest();
        long["cases"][0]["sql"] = json!("x".repeat(MAX_MANIFEST));
        let error = parse(long.to_string().as_bytes()).expect_err("too large");
        assert!(matches!(error, ManifestError::TooLarge { .. }), "{error}");
    }
}
