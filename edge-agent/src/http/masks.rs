//! Masks on bodies, and what is kept of a body in the record.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use countersign_inspect::{
    detect,
    json::{self, Json},
    mask::{COLUMN, PseudonymKey, TextMasker, mask_value},
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
    #[error("a policy asks to mask a stream, which this target's protocol has no rule for")]
    Streamed,
}

/// The masks of a verdict, made ready.
#[derive(Debug)]
pub(crate) struct Masks {
    words: Option<TextMasker>,
    /// Members by name: of `table` only `*` and the name count, since JSON has no tables.
    members: Vec<(String, MaskStyle)>,
    key: PseudonymKey,
}

impl Masks {
    /// Makes the masks of a verdict ready; `None` where there are none.
    pub(crate) fn new(masks: &[Mask], key: &PseudonymKey) -> Result<Option<Self>, NotEnforceable> {
        if masks.is_empty() {
            return Ok(None);
        }
        let mut entities = Vec::new();
        let mut members = Vec::new();
        for mask in masks {
            match &mask.selector {
                MaskSelector::Entity(entity) if detect::is_entity(entity) => {
                    entities.push((entity.clone(), mask.style));
                }
                MaskSelector::Entity(entity) => {
                    return Err(NotEnforceable::UnknownEntity(entity.clone()));
                }
                MaskSelector::Column { name, .. } => members.push((name.clone(), mask.style)),
            }
        }
        let words = (!entities.is_empty()).then(|| TextMasker::new(&entities, key));
        Ok(Some(Self {
            words,
            members,
            key: key.clone(),
        }))
    }

    /// The masks of words alone.
    pub(crate) const fn words(&self) -> Option<&TextMasker> {
        self.words.as_ref()
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
                // What only says that it is JSON is text, if it is that.
                Err(_) => self.text(body, counts),
            },
            Content::Text => self.text(body, counts),
            Content::Stream => Err(NotEnforceable::Streamed),
            Content::Other => Err(NotEnforceable::NotText),
        }
    }

    fn text(&self, body: &[u8], counts: &mut Counts) -> Result<Bytes, NotEnforceable> {
        let text = std::str::from_utf8(body).map_err(|_| NotEnforceable::NotText)?;
        let masked = self.string("", text, counts);
        Ok(masked.into_owned().into())
    }

    /// Masks every text and number of a document.
    pub(crate) fn document(&self, document: &mut Json, counts: &mut Counts) {
        self.value("", document, counts);
    }

    fn value(&self, name: &str, value: &mut Json, counts: &mut Counts) {
        if let Some(style) = self.member(name) {
            if !value.is_null() {
                counts.add(name, COLUMN);
                *value = self.hidden(value, style);
            }
            return;
        }
        match value {
            Json::String(text) => {
                if let Cow::Owned(masked) = self.string(name, text, counts) {
                    *text = masked;
                }
            }
            Json::Number(number) => {
                if let Cow::Owned(masked) = self.string(name, number, counts) {
                    *value = Json::String(masked);
                }
            }
            Json::Array(items) => items
                .iter_mut()
                .for_each(|item| self.value(name, item, counts)),
            Json::Object(members) => {
                for (name, value) in members {
                    self.value(name, value, counts);
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn string<'a>(&self, name: &str, text: &'a str, counts: &mut Counts) -> Cow<'a, str> {
        let Some(words) = &self.words else {
            return Cow::Borrowed(text);
        };
        let masked = words.mask_named(name, text, &mut |entity| counts.add(name, entity));
        masked.unwrap_or_default()
    }

    fn member(&self, name: &str) -> Option<MaskStyle> {
        let mut members = self.members.iter();
        members.find_map(|(known, style)| known.eq_ignore_ascii_case(name).then_some(*style))
    }

    fn hidden(&self, value: &Json, style: MaskStyle) -> Json {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        match mask_value(style, COLUMN, &text, &self.key) {
            Some(masked) => Json::String(masked),
            None => Json::Null,
        }
    }
}

/// What was masked, by member and entity.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<(String, String), u64>);

impl Counts {
    pub(crate) fn add(&mut self, name: &str, entity: &str) {
        *self
            .0
            .entry((name.to_owned(), entity.to_owned()))
            .or_default() += 1;
    }

    pub(crate) fn add_many(&mut self, name: &str, entity: &str, count: u64) {
        *self
            .0
            .entry((name.to_owned(), entity.to_owned()))
            .or_default() += count;
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

/// What the headers say of the body.
pub(crate) fn content(headers: &HeaderMap) -> Content {
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding != "identity")
    {
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
