//! Masks on bodies, and what is kept of a body in the record.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use countersign_inspect::{
    detect,
    json::{self, Json, is_document},
    mask::{
        PseudonymKey, TextMasker,
        json::{DocumentMasks, mask_document},
    },
};
use countersign_model::{Mask, MaskSelector, MaskStyle, MaskedCount, RecordedResponse};
use http::{HeaderMap, header};

/// Bytes of a body that the record keeps.
pub(crate) const MAX_KEPT: usize = 64 << 10;

/// A verdict asks for what cannot be done to this answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotEnforceable {
    #[error("a policy asks to mask \"{0}\", which no detector of this edge knows")]
    UnknownEntity(String),
    #[error("a policy asks to mask an answer that is neither JSON nor text")]
    NotText,
    #[error(
        "a policy asks to mask members of an answer that is no JSON that everybody reads alike"
    )]
    NotJson,
    #[error("a policy asks to mask a stream, which this target's protocol has no rule for")]
    Streamed,
    #[error("a policy asks to mask a request of a kind that this edge does not know")]
    UnknownApi,
    #[error("a policy filters answers, which it cannot do to those of models")]
    Filtered,
}

/// The masks of a verdict, made ready.
#[derive(Debug)]
pub(crate) struct Masks(DocumentMasks);

impl Masks {
    /// Makes the masks of a verdict ready; `None` where there are none.
    pub(crate) fn new(masks: &[Mask], key: &PseudonymKey) -> Result<Option<Self>, NotEnforceable> {
        for mask in masks {
            if let MaskSelector::Entity(entity) = &mask.selector
                && !detect::is_entity(entity)
            {
                return Err(NotEnforceable::UnknownEntity(entity.clone()));
            }
        }
        let masks = DocumentMasks::new(masks, key);
        Ok((!masks.is_empty()).then_some(Self(masks)))
    }

    /// The masks of words alone.
    pub(crate) fn words(&self) -> Option<&TextMasker> {
        self.0.words()
    }

    /// Masks a whole body by its type.
    pub(crate) fn body(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        counts: &mut Counts,
    ) -> Result<Bytes, NotEnforceable> {
        if body.is_empty() {
            return Ok(Bytes::new());
        }
        match content(headers) {
            Content::Json => match json::parse(body) {
                Ok(mut document) => {
                    self.document(&mut document, counts);
                    Ok(document.to_bytes().into())
                }
                // Which members it has is not known.
                Err(_) if self.0.has_members() => Err(NotEnforceable::NotJson),
                // What only says that it is JSON is text, if it is that.
                Err(_) => self.text(body, counts),
            },
            Content::Text if self.0.has_members() => {
                let body = self.lines(body, counts)?;
                self.text(&body, counts)
            }
            Content::Text => self.text(body, counts),
            Content::Stream => Err(NotEnforceable::Streamed),
            Content::Other => Err(NotEnforceable::NotText),
        }
    }

    /// Masks members of documents in a text: of the whole, or else of each line.
    fn lines(&self, body: &[u8], counts: &mut Counts) -> Result<Vec<u8>, NotEnforceable> {
        let mut document = |part: &[u8]| match json::parse(part) {
            Ok(mut document) => {
                self.document(&mut document, counts);
                Ok(document.to_bytes())
            }
            Err(_) if is_document(part) => Err(NotEnforceable::NotJson),
            Err(_) => Ok(part.to_vec()),
        };
        if is_document(body) {
            return document(body);
        }
        let lines = body.split(|byte| *byte == b'\n').map(document);
        Ok(lines.collect::<Result<Vec<_>, _>>()?.join(&b'\n'))
    }

    fn text(&self, body: &[u8], counts: &mut Counts) -> Result<Bytes, NotEnforceable> {
        let text = std::str::from_utf8(body).map_err(|_| NotEnforceable::NotText)?;
        let masked = match self.words() {
            Some(words) => words.mask(text, &mut |entity| counts.add("", entity, 1)),
            None => Some(Cow::Borrowed(text)),
        };
        Ok(masked.unwrap_or_default().into_owned().into())
    }

    /// Masks every text and number of a document.
    pub(crate) fn document(&self, document: &mut Json, counts: &mut Counts) {
        for found in mask_document(document, &self.0) {
            counts.add(&found.path, found.entity, found.count);
        }
    }
}

/// What was masked, by member and entity.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<(String, String), u64>);

impl Counts {
    pub(crate) fn add(&mut self, name: &str, entity: &str, count: u64) {
        let key = (name.to_owned(), entity.to_owned());
        *self.0.entry(key).or_default() += count;
    }

    pub(crate) fn into_masked(self) -> Vec<MaskedCount> {
        let counts = self.0.into_iter();
        counts
            .map(|((column, entity), count)| MaskedCount {
                column,
                entity,
                count,
            })
            .collect()
    }
}

/// What a body is, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Json,
    Text,
    /// Server-sent events.
    Stream,
    Other,
}

/// Whether a body is compressed, or says so.
pub(crate) fn is_coded(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.any(|coding| coding != "identity")
}

/// What the headers say of the body.
pub(crate) fn content(headers: &HeaderMap) -> Content {
    if is_coded(headers) {
        return Content::Other;
    }
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let essence = essence.to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => Content::Json,
        "text/event-stream" => Content::Stream,
        "application/xml"
        | "application/x-www-form-urlencoded"
        | "application/yaml"
        | "application/x-ndjson" => Content::Text,
        other if other.ends_with("+json") => Content::Json,
        other if other.starts_with("text/") => Content::Text,
        _ => Content::Other,
    }
}

/// Hides everything that detectors know from what the record keeps: the client may have had it in the
/// clear, who reads the record need not.
#[derive(Debug)]
pub(crate) struct Keeper(TextMasker);

impl Keeper {
    pub(crate) fn new(key: &PseudonymKey) -> Self {
        let all = detect::ENTITIES.iter();
        let all: Vec<_> = all
            .map(|name| ((*name).to_owned(), MaskStyle::Redact))
            .collect();
        Self(TextMasker::new(&all, key))
    }

    /// What is kept of an answer.
    pub(crate) fn keep(&self, status: http::StatusCode, text: Option<&str>) -> RecordedResponse {
        let length = text.map_or(0, str::len);
        let kept = text.map(|text| {
            text.get(..text.floor_char_boundary(MAX_KEPT))
                .unwrap_or_default()
        });
        let masked = kept.map(|text| self.0.mask(text, &mut |_| {}).unwrap_or_default());
        RecordedResponse {
            status: Some(status.as_u16()),
            body: masked.map(|text| Arc::from(&*text)),
            truncated: length > MAX_KEPT,
            ..RecordedResponse::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden_pin(content_type: &str, body: &str) -> Result<String, NotEnforceable> {
        let pin = Mask {
            selector: MaskSelector::Column {
                table: "*".to_owned(),
                name: "pin".to_owned(),
            },
            style: MaskStyle::Redact,
        };
        let masks = Masks::new(&[pin], &PseudonymKey::generate())?.expect("a mask");
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            content_type.parse().expect("a header's value"),
        );
        let masked = masks.body(&headers, body.as_bytes(), &mut Counts::default())?;
        Ok(String::from_utf8(masked.to_vec()).expect("text"))
    }

    #[test]
    fn members_are_hidden_in_documents_that_do_not_say_they_are_some() {
        let document = r#"{"pin":"zq9","list":[{"pin":{"a":"zq9"}}]}"#;
        let lines = format!("{document}\n{document}");
        for (content_type, body) in [
            ("application/json", document),
            ("text/plain", document),
            ("application/x-ndjson", &lines),
        ] {
            let masked = hidden_pin(content_type, body).expect("it can be masked");
            assert!(!masked.contains("zq9"), "{content_type}: {masked}");
        }
    }

    #[test]
    fn members_that_readers_take_apart_are_not_passed() {
        let twice = r#"{"pin":0,"pin":"zq9"}"#;
        let lines = format!("{{}}\n{twice}\n");
        for (content_type, body) in [
            ("application/json", twice),
            ("text/plain", twice),
            ("application/x-ndjson", &lines),
        ] {
            assert_eq!(
                hidden_pin(content_type, body),
                Err(NotEnforceable::NotJson),
                "{content_type}"
            );
        }
    }
}
