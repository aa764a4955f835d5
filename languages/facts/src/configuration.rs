//! What a runtime is configured with, what it says of itself, and how it refuses a text.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Bytes that a policy's text may have.
pub const MAX_SOURCE: usize = 256 * 1024;

/// A policy's text, with the settings of the binding that judges with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The text.
    pub source: String,
    /// Settings, for the text to read.
    #[serde(default)]
    pub settings: Value,
}

impl Configuration {
    /// Reads what the engine passes to `configure`.
    ///
    /// # Errors
    ///
    /// When it is not such an object, or the text is too long.
    pub fn read(json: &str) -> Result<Self, Refused> {
        let mut read: Self =
            serde_json::from_str(json).map_err(|error| Refused::whole(error.to_string()))?;
        if read.source.len() > MAX_SOURCE {
            return Err(Refused::whole(format!(
                "the text has {} bytes; at most {MAX_SOURCE} are allowed",
                read.source.len()
            )));
        }
        if read.settings.is_null() {
            read.settings = json!({});
        }
        Ok(read)
    }
}

/// Why a text is refused, and where. Its JSON is the error that `configure` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
    /// For people; begins with the place where there is one.
    pub message: String,
}

impl Refused {
    /// It is wrong as a whole.
    #[must_use]
    pub fn whole(message: impl Into<String>) -> Self {
        Self {
            line: None,
            column: None,
            message: message.into(),
        }
    }

    /// It is wrong at a place, both counted from 1.
    #[must_use]
    pub fn at(line: u32, column: u32, message: &str) -> Self {
        Self {
            line: Some(line),
            column: Some(column),
            message: format!("line {line}, column {column}: {message}"),
        }
    }

    /// It is wrong at a byte of the text.
    #[must_use]
    pub fn at_offset(text: &str, offset: usize, message: &str) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self::at(number(line), number(column), message)
    }

    /// What `configure` answers: a JSON object with `line`, `column` and `message`.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| self.message.clone())
    }
}

/// The manifest of a runtime, as JSON: it handles every operation, and its settings are a
/// [`Configuration`].
#[must_use]
pub fn runtime_manifest(language: &str, version: &str, description: &str, cases: &str) -> String {
    let cases: Value = serde_json::from_str(cases)
        .unwrap_or_else(|error| Value::String(format!("cases are not JSON: {error}")));
    json!({
        "name": language,
        "version": version,
        "description": description,
        "language": language,
        "stateless": true,
        "operations": ["sql", "http", "tool_call", "shell"],
        "settings_schema": {
            "type": "object",
            "additionalProperties": false,
            "required": ["source"],
            "properties": {
                "source": {"type": "string", "description": "The policy's text."},
                "settings": {"type": "object", "description": "Settings that the text reads."},
            },
        },
        "cases": cases,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_characters() {
        let text = "one\nzwölf x\n";
        let refused = Refused::at_offset(text, text.find('x').expect("there"), "no x");
        assert_eq!((refused.line, refused.column), (Some(2), Some(7)));
        assert_eq!(
            refused.to_json(),
            r#"{"line":2,"column":7,"message":"line 2, column 7: no x"}"#
        );
    }

    #[test]
    fn a_configuration_has_a_text_of_bounded_size() {
        let read = Configuration::read(r#"{"source": "x"}"#).expect("reads");
        assert_eq!((read.source.as_str(), read.settings), ("x", json!({})));
        for wrong in ["{}", "[]", r#"{"source": 1}"#, r#"{"source": "", "x": 1}"#] {
            assert!(Configuration::read(wrong).is_err(), "{wrong}");
        }
        let long = json!({"source": "x".repeat(MAX_SOURCE + 1)}).to_string();
        assert!(Configuration::read(&long).is_err());
    }
}
