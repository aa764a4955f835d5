//! What a document holds: one JSON object, whose keys are looked up. CSV becomes one, a row a key.

use std::collections::BTreeMap;

use countersign_store::DocumentFormat;
use serde_json::{Map, Value};

use super::csv::{self, CsvError};

/// Bytes that a document may have.
pub const MAX_DOCUMENT: usize = 4 * 1024 * 1024;

/// Why something is no document.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// It is JSON but no object.
    #[error("must be one JSON object, whose keys are looked up")]
    NoObject,
    /// It is no text.
    #[error("CSV must be a text")]
    NoText,
    /// It is no CSV.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// It is too large.
    #[error("has {0} bytes as JSON; at most {MAX_DOCUMENT} are allowed")]
    TooLarge(usize),
}

/// A document as it is kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Content {
    /// The object as JSON, its keys sorted.
    pub bytes: Vec<u8>,
    /// How many keys it has.
    pub keys: u64,
}

/// What was uploaded, as a document.
pub fn uploaded(
    content: Value,
    format: DocumentFormat,
    key_column: Option<&str>,
) -> Result<Content, ContentError> {
    match (format, content) {
        (DocumentFormat::Json, Value::Object(object)) => keep(object),
        (DocumentFormat::Json, _) => Err(ContentError::NoObject),
        (DocumentFormat::Csv, Value::String(text)) => keep(csv::object(&text, key_column)?),
        (DocumentFormat::Csv, _) => Err(ContentError::NoText),
    }
}

/// What was fetched, as a document.
pub fn fetched(
    bytes: &[u8],
    format: DocumentFormat,
    key_column: Option<&str>,
) -> Result<Content, ContentError> {
    let content = match format {
        DocumentFormat::Json => {
            serde_json::from_slice(bytes).map_err(|error| ContentError::Json(error.to_string()))?
        }
        DocumentFormat::Csv => {
            let text = std::str::from_utf8(bytes).map_err(|_| ContentError::NoText)?;
            Value::String(text.to_owned())
        }
    };
    uploaded(content, format, key_column)
}

fn keep(object: Map<String, Value>) -> Result<Content, ContentError> {
    let keys = object.len() as u64;
    let bytes = serde_json::to_vec(&sorted(Value::Object(object)))
        .map_err(|error| ContentError::Json(error.to_string()))?;
    if bytes.len() > MAX_DOCUMENT {
        return Err(ContentError::TooLarge(bytes.len()));
    }
    Ok(Content { bytes, keys })
}

/// With the keys of all objects sorted, so that equal documents have equal digests.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let fields: BTreeMap<String, Value> = object
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_one_object_each() {
        let json = |value| uploaded(value, DocumentFormat::Json, None);
        let text = |result: Result<Content, _>| {
            let content = result.expect("a document");
            (
                String::from_utf8(content.bytes).expect("UTF-8"),
                content.keys,
            )
        };
        let (kept, keys) = text(json(json!({"b": {"z": 1, "y": 2}, "a": null})));
        assert_eq!(
            (kept.as_str(), keys),
            (r#"{"a":null,"b":{"y":2,"z":1}}"#, 2)
        );
        assert_eq!(json(json!([1])), Err(ContentError::NoObject));
        let large = json!({"a": "x".repeat(MAX_DOCUMENT)});
        assert!(matches!(json(large), Err(ContentError::TooLarge(_))));
        let csv = "id,team\nalice,dba\nbob,\"ops, eu\"\n";
        let rows = uploaded(json!(csv), DocumentFormat::Csv, Some("id"));
        assert_eq!(
            text(rows).0,
            r#"{"alice":{"team":"dba"},"bob":{"team":"ops, eu"}}"#
        );
        assert!(fetched(b"{\"a\":1", DocumentFormat::Json, None).is_err());
    }
}
