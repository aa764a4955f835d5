//! Settings against the schema in a policy's manifest.

use std::fmt;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// How many problems are told at once.
const MAX_PROBLEMS: usize = 20;

/// One thing that is wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsProblem {
    /// Where, as a JSON pointer (RFC 6901); empty for the whole.
    pub pointer: String,
    /// What.
    pub message: String,
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.pointer, self.message)
        }
    }
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The schema itself is not one.
    #[error("the policy's schema is invalid: {0}")]
    Schema(String),
    /// The schema refuses them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<SettingsProblem>),
}

/// Checks settings against a manifest's schema. `null` stands for no settings, `{}`.
///
/// # Errors
///
/// Up to 20 problems, each with its place.
pub fn validate_settings(schema: &Value, settings: &Value) -> Result<(), SettingsError> {
    let schema = compile(schema).map_err(SettingsError::Schema)?;
    check(&schema, settings)
}

/// Compiles a schema. References outside it are not fetched, and patterns run in linear time: a
/// schema is an upload.
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    if !schema.is_object() {
        return Err("not an object".to_owned());
    }
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| error.to_string())
}

/// Checks settings against a compiled schema.
pub(crate) fn check(schema: &Validator, settings: &Value) -> Result<(), SettingsError> {
    let none = Value::Object(serde_json::Map::new());
    let settings = if settings.is_null() { &none } else { settings };
    let problems: Vec<_> = schema
        .iter_errors(settings)
        .take(MAX_PROBLEMS)
        .map(|error| SettingsProblem {
            pointer: error.instance_path().to_string(),
            message: error.to_string(),
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(SettingsError::Refused(problems))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn problems_name_their_place() {
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "quorum": {"type": "integer", "minimum": 1},
                "tables": {"type": "array", "items": {"type": "string"}}
            }
        });
        assert_eq!(validate_settings(&schema, &Value::Null), Ok(()));
        assert_eq!(validate_settings(&schema, &json!({"quorum": 2})), Ok(()));
        let Err(SettingsError::Refused(problems)) = validate_settings(
            &schema,
            &json!({"quorum": 0, "tables": ["a", 1], "tabels": []}),
        ) else {
            panic!("accepted");
        };
        let mut places: Vec<_> = problems.iter().map(|p| p.pointer.as_str()).collect();
        places.sort_unstable();
        assert_eq!(places, ["", "/quorum", "/tables/1"]);
        assert!(problems.iter().any(|p| p.message.contains("tabels")));
    }
}
