//! Text of a response through the filters of the policies that let it run.
//!
//! One filter serves one response. Each value is one chunk, since a value has to be whole on the
//! wire: what a filter holds back for later is missing from the value, and a filter that still has
//! something at the end has failed. A failure ends the response; nothing passes unfiltered. What
//! cannot be filtered in its type becomes NULL where a filter would have changed it or cannot read
//! it. Numbers, dates and truth values hold no words and pass.

use std::borrow::Cow;

use bytes::BytesMut;
use countersign_model::Failure;
use countersign_policy_engine::{FilterError, ResponseFilter};

use super::{MASKED, json::mask_json, oid::Kind, row::ColumnPlan, value::Array};
use crate::postgres::wire::put_value;

/// The filters of one response.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Filtering {
    filters: Vec<ResponseFilter>,
}

/// What filters leave of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filtered {
    Same,
    Null,
    Bytes(Vec<u8>),
}

impl Filtering {
    /// The filters of a response, in the order of the policies.
    pub(in crate::postgres) const fn new(filters: Vec<ResponseFilter>) -> Self {
        Self { filters }
    }

    pub(in crate::postgres) const fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// A text as it may go on.
    pub(super) fn text<'a>(&mut self, text: &'a str) -> Result<Cow<'a, str>, Failure> {
        let mut text = Cow::Borrowed(text);
        for filter in &mut self.filters {
            let passed = filter.push(&text).map_err(|error| failed(&error))?;
            if passed != *text {
                text = Cow::Owned(passed);
            }
        }
        Ok(text)
    }

    /// The response is complete.
    pub(in crate::postgres) fn finish(&mut self) -> Result<(), Failure> {
        for mut filter in self.filters.drain(..) {
            let held_back = filter.finish().map_err(|error| failed(&error))?;
            if !held_back.is_empty() {
                tracing::warn!("a filter held back a part of a value, which has no place any more");
                return Err(Failure::InvalidVerdict);
            }
        }
        Ok(())
    }
}

/// The detail is the guest's, and may quote the response: it is not logged.
fn failed(error: &FilterError) -> Failure {
    tracing::warn!(
        policy.name = error.policy,
        failure = %error.failure,
        "a filter failed; the response ends"
    );
    error.failure
}

impl ColumnPlan {
    /// A value of this column, in its wire form, as it may go on.
    pub(super) fn filter(
        &self,
        bytes: &[u8],
        filtering: &mut Filtering,
    ) -> Result<Filtered, Failure> {
        match self.kind {
            Kind::Plain => Ok(Filtered::Same),
            Kind::Json | Kind::Jsonb => self.filter_json(bytes, filtering),
            Kind::TextArray if self.binary => filter_array(bytes, filtering),
            Kind::Text => filter_text(bytes, filtering),
            Kind::TextArray | Kind::Opaque | Kind::AnyArray if !self.binary => {
                filter_text(bytes, filtering)
            }
            Kind::TextArray | Kind::Opaque | Kind::AnyArray => Ok(Filtered::Null),
            Kind::Int8 | Kind::Numeric | Kind::Inet | Kind::Bytea => {
                let Some(text) = self.as_text(bytes) else {
                    return Ok(Filtered::Null);
                };
                // Words cannot stand in its place.
                Ok(match filtering.text(&text)? {
                    Cow::Borrowed(_) => Filtered::Same,
                    Cow::Owned(_) => Filtered::Null,
                })
            }
        }
    }

    /// Each string of a document is a chunk, so that the document stays one.
    fn filter_json(&self, bytes: &[u8], filtering: &mut Filtering) -> Result<Filtered, Failure> {
        let versioned = self.kind == Kind::Jsonb && self.binary;
        let text = match bytes {
            [1, text @ ..] if versioned => text,
            _ if versioned => return Ok(Filtered::Null),
            text => text,
        };
        let Ok(text) = std::str::from_utf8(text) else {
            return Ok(Filtered::Null);
        };
        let mut failure = None;
        let filtered = mask_json(text, &mut |_, value| match filtering.text(value) {
            Ok(Cow::Borrowed(_)) => None,
            Ok(Cow::Owned(words)) => Some(Some(words)),
            Err(error) => {
                failure = Some(error);
                Some(None)
            }
        });
        if let Some(failure) = failure {
            return Err(failure);
        }
        Ok(match filtered {
            None => Filtered::Null,
            Some(Cow::Borrowed(_)) => Filtered::Same,
            Some(Cow::Owned(text)) if versioned => {
                Filtered::Bytes([&[1], text.as_bytes()].concat())
            }
            Some(Cow::Owned(text)) => Filtered::Bytes(text.into_bytes()),
        })
    }
}

fn filter_text(bytes: &[u8], filtering: &mut Filtering) -> Result<Filtered, Failure> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(Filtered::Null);
    };
    Ok(match filtering.text(text)? {
        Cow::Borrowed(_) => Filtered::Same,
        Cow::Owned(text) => Filtered::Bytes(text.into_bytes()),
    })
}

fn filter_array(bytes: &[u8], filtering: &mut Filtering) -> Result<Filtered, Failure> {
    let Ok(array) = Array::read(bytes) else {
        return Ok(Filtered::Null);
    };
    let mut out = BytesMut::with_capacity(bytes.len());
    out.extend_from_slice(array.head);
    for element in array.elements {
        let filtered = match element {
            Some(bytes) => filter_text(bytes, filtering)?,
            None => Filtered::Same,
        };
        match &filtered {
            Filtered::Same => put_value(&mut out, element),
            // An array may say in its head that it has no NULLs.
            Filtered::Null => put_value(&mut out, Some(MASKED.as_bytes())),
            Filtered::Bytes(bytes) => put_value(&mut out, Some(bytes)),
        }
    }
    Ok(Filtered::Bytes(out.to_vec()))
}
