//! Data documents of a bundle: parsed once, looked up without copying.

use std::{collections::HashMap, fmt, sync::Arc};

use serde_json::value::RawValue;

/// Bytes that a document may have.
const MAX_DOCUMENT: usize = 16 * 1024 * 1024;
/// Bytes of one value: it is recorded with every decision that looks it up.
const MAX_VALUE: usize = 64 * 1024;

/// Why a document cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is too large.
    #[error("the document has {size} bytes; at most {MAX_DOCUMENT} are allowed")]
    TooLarge {
        /// What it has.
        size: usize,
    },
    /// It is not a JSON object.
    #[error("the document is not a JSON object")]
    Json(#[source] serde_json::Error),
    /// One of its values is too large.
    #[error("the value of {key:?} has {size} bytes; at most {MAX_VALUE} are allowed")]
    LargeValue {
        /// Its key, cut.
        key: String,
        /// What it has.
        size: usize,
    },
}

/// A data document: a JSON object whose keys are looked up.
pub struct Document {
    digest: String,
    values: HashMap<Box<str>, Arc<str>>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("digest", &self.digest)
            .field("keys", &self.values.len())
            .finish()
    }
}

impl Document {
    /// Parses a document. `digest` names its version in the record; that it is the text's is the
    /// caller's to see.
    ///
    /// # Errors
    ///
    /// When it is too large, or no JSON object.
    pub fn parse(digest: impl Into<String>, json: &[u8]) -> Result<Arc<Self>, DocumentError> {
        if json.len() > MAX_DOCUMENT {
            return Err(DocumentError::TooLarge { size: json.len() });
        }
        let raw: HashMap<Box<str>, Box<RawValue>> =
            serde_json::from_slice(json).map_err(DocumentError::Json)?;
        let mut values = HashMap::with_capacity(raw.len());
        for (key, value) in raw {
            let size = value.get().len();
            if size > MAX_VALUE {
                let mut key = String::from(key);
                crate::error::truncate(&mut key, 64);
                return Err(DocumentError::LargeValue { key, size });
            }
            values.insert(key, value.get().into());
        }
        Ok(Arc::new(Self {
            digest: digest.into(),
            values,
        }))
    }

    /// SHA-256 of its text, in lower-case hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How many keys it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// The documents of a bundle, by name. Clones are the same documents.
#[derive(Debug, Clone, Default)]
pub struct Documents(Arc<HashMap<String, Option<Arc<Document>>>>);

/// The digest of a document, empty where the bundle has none of that name, and what it has under a
/// key.
pub(crate) type Found = (String, Option<Arc<str>>);

impl Documents {
    /// These documents.
    pub fn new(documents: impl IntoIterator<Item = (String, Arc<Document>)>) -> Self {
        let documents = documents.into_iter();
        Self::partial(documents.map(|(name, document)| (name, Some(document))))
    }

    /// The same, some of which are not here: to look into one of those fails, and is not answered as
    /// if nothing were found.
    pub fn partial(documents: impl IntoIterator<Item = (String, Option<Arc<Document>>)>) -> Self {
        Self(Arc::new(documents.into_iter().collect()))
    }

    /// Looks a key up; nothing where the document is not here.
    pub(crate) fn lookup(&self, document: &str, key: &str) -> Option<Found> {
        match self.0.get(document) {
            Some(Some(document)) => Some((
                document.digest.clone(),
                document.values.get(key).map(Arc::clone),
            )),
            Some(None) => None,
            None => Some((String::new(), None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_as_its_text() {
        let json = br#"{"alice": {"team": "red"}, "bob": null}"#;
        let document = Document::parse("d1", json).expect("an object");
        let documents = [("people", Some(document)), ("away", None)];
        let documents = documents.map(|(name, document)| (name.to_owned(), document));
        let documents = Documents::partial(documents);
        assert_eq!(documents.lookup("away", "alice"), None);
        let cases = [
            ("people", "alice", ("d1", Some(r#"{"team": "red"}"#))),
            ("people", "bob", ("d1", Some("null"))),
            ("people", "carol", ("d1", None)),
            ("places", "alice", ("", None)),
        ];
        for (document, key, expected) in cases {
            let (digest, value) = documents.lookup(document, key).expect("it is here");
            assert_eq!((digest.as_str(), value.as_deref()), expected);
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in ["[1]", "", "{\"a\": }", "3"] {
            let error = Document::parse("d", text.as_bytes()).expect_err(text);
            assert!(matches!(error, DocumentError::Json(_)), "{error}");
        }
        let large = format!("{{\"k\": \"{}\"}}", "x".repeat(MAX_VALUE));
        let error = Document::parse("d", large.as_bytes()).expect_err("too large");
        assert!(matches!(error, DocumentError::LargeValue { .. }), "{error}");
        let huge = vec![b' '; MAX_DOCUMENT + 1];
        let error = Document::parse("d", &huge).expect_err("too large");
        assert!(matches!(error, DocumentError::TooLarge { .. }), "{error}");
    }
}
