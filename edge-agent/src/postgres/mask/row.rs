//! One row: its values masked by a plan that was made for its columns.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use bytes::{BufMut as _, BytesMut};
use countersign_inspect::{
    detect::Detectors,
    mask::{COLUMN, TextMasker, mask_value},
};
use countersign_model::{Failure, MaskStyle};

use super::{
    Masking,
    filter::{Filtered, Filtering},
    json::mask_json,
    oid::Kind,
    tally::Tally,
    value::{self, Array},
};
use crate::postgres::wire::{Reader, WireError, put_value, set_length};

/// The longest value that is looked through for the journal alone.
const MAX_OBSERVED: usize = 4_096;

/// How one column is masked.
#[derive(Debug)]
pub(super) struct ColumnPlan {
    pub(super) label: Arc<str>,
    pub(super) kind: Kind,
    pub(super) binary: bool,
    /// The style for a value that is masked for where it comes from.
    pub(super) by_origin: Option<MaskStyle>,
}

/// How rows are masked.
#[derive(Debug)]
pub(in crate::postgres) struct RowPlan {
    masking: Arc<Masking>,
    columns: Vec<ColumnPlan>,
    passes: bool,
}

/// Why a row does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::postgres) enum RowError {
    /// It is none.
    #[error("the row cannot be read")]
    Wire(#[from] WireError),
    /// A filter failed.
    #[error("a filter failed")]
    Filter(#[from] Failure),
}

/// What becomes of a value.
pub(super) enum Masked<'a> {
    Same,
    Null,
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
}

impl RowPlan {
    pub(super) fn new(masking: Arc<Masking>, columns: Vec<ColumnPlan>) -> Self {
        let detects = masking.words.is_some();
        let hides_statistics = !masking.columns.is_empty();
        let filtered = masking.filtered();
        let passes = columns.iter().all(|column| {
            column.by_origin.is_none()
                && (!filtered || column.kind == Kind::Plain)
                && match column.kind {
                    Kind::Plain => true,
                    Kind::AnyArray => !hides_statistics && !detects,
                    Kind::Opaque => !detects && !column.binary,
                    _ => !detects,
                }
        });
        Self {
            masking,
            columns,
            passes,
        }
    }

    /// Whether no value of any row can change.
    pub(in crate::postgres) const fn passes(&self) -> bool {
        self.passes
    }

    /// Appends a DataRow with its values masked, and filtered then; nothing of it on an error.
    pub(in crate::postgres) fn mask_row(
        &self,
        body: &[u8],
        out: &mut BytesMut,
        tally: &mut Tally,
        filtering: &mut Filtering,
    ) -> Result<(), RowError> {
        let before = out.len();
        let written = self.write_row(body, out, tally, filtering);
        if written.is_err() {
            out.truncate(before);
        }
        written
    }

    fn write_row(
        &self,
        body: &[u8],
        out: &mut BytesMut,
        tally: &mut Tally,
        filtering: &mut Filtering,
    ) -> Result<(), RowError> {
        let mut reader = Reader::new(body);
        let count = reader.u16()?;
        if usize::from(count) != self.columns.len() {
            return Err(WireError::InvalidValue.into());
        }
        out.reserve(body.len() + 64);
        out.put_u8(b'D');
        let start = out.len();
        out.put_u32(0);
        out.put_u16(count);
        let sampled = tally.begin_row();
        for column in &self.columns {
            let value = reader.value()?;
            if let Some(bytes) = value.filter(|_| sampled) {
                column.observe(bytes, &self.masking, tally);
            }
            let masked = value.map_or(Masked::Same, |bytes| {
                column.mask(bytes, &self.masking, tally)
            });
            let masked = match &masked {
                Masked::Same => value,
                Masked::Null => None,
                Masked::Text(text) => Some(text.as_bytes()),
                Masked::Bytes(bytes) => Some(bytes.as_slice()),
            };
            let Some(bytes) = masked.filter(|_| !filtering.is_empty()) else {
                put_value(out, masked);
                continue;
            };
            match column.filter(bytes, filtering)? {
                Filtered::Same => put_value(out, masked),
                Filtered::Null => put_value(out, None),
                Filtered::Bytes(bytes) => put_value(out, Some(&bytes)),
            }
        }
        reader.finish()?;
        set_length(out, start, out.len() - start);
        Ok(())
    }
}

/// Every detector there is.
fn detectors() -> &'static Detectors {
    static ALL: OnceLock<Detectors> = OnceLock::new();
    ALL.get_or_init(Detectors::all)
}

impl ColumnPlan {
    /// Counts what the client gets to see although detectors know what it is.
    fn observe(&self, bytes: &[u8], masking: &Masking, tally: &mut Tally) {
        let words = matches!(
            self.kind,
            Kind::Text | Kind::Json | Kind::Jsonb | Kind::TextArray
        );
        if !words || self.by_origin.is_some() || bytes.len() > MAX_OBSERVED {
            return;
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        for finding in detectors().scan_named(&self.label, text) {
            if !masking.covers(finding.entity) {
                tally.saw(finding.entity);
            }
        }
    }

    fn mask<'a>(&self, bytes: &'a [u8], masking: &Masking, tally: &mut Tally) -> Masked<'a> {
        if let Some(style) = self.by_origin {
            tally.add(&self.label, COLUMN);
            return self.hide(style, bytes, masking);
        }
        if self.kind == Kind::Plain {
            return Masked::Same;
        }
        if self.kind == Kind::AnyArray && !masking.columns.is_empty()
            || self.kind == Kind::Opaque && self.binary
        {
            tally.add(&self.label, COLUMN);
            return Masked::Null;
        }
        match &masking.words {
            Some(masker) => self.search(bytes, masker, tally),
            None => Masked::Same,
        }
    }

    /// Hides a value whole.
    fn hide<'a>(&self, style: MaskStyle, bytes: &[u8], masking: &Masking) -> Masked<'a> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Masked::Null;
        };
        let hidden = |text: &str| mask_value(style, COLUMN, text, &masking.key);
        match self.kind {
            Kind::Text => hidden(text).map_or(Masked::Null, |text| Masked::Text(text.into())),
            Kind::Json | Kind::Jsonb => {
                // A part of a document would be no document; the whole can only be replaced.
                let style = style.max(MaskStyle::Pseudonym);
                let words = mask_value(style, COLUMN, text, &masking.key);
                let json = words.and_then(|words| serde_json::to_string(&words).ok());
                json.map_or(Masked::Null, |json| self.json(json))
            }
            _ => Masked::Null,
        }
    }

    /// JSON text in this column's form.
    fn json<'a>(&self, text: String) -> Masked<'a> {
        if self.kind == Kind::Jsonb && self.binary {
            let mut bytes = vec![1];
            bytes.extend_from_slice(text.as_bytes());
            Masked::Bytes(bytes)
        } else {
            Masked::Text(text.into())
        }
    }

    /// Masks what the detectors find in a value.
    fn search<'a>(&self, bytes: &'a [u8], masker: &TextMasker, tally: &mut Tally) -> Masked<'a> {
        match self.kind {
            Kind::Plain => Masked::Same,
            Kind::Text => self.search_text(bytes, masker, tally),
            Kind::Json | Kind::Jsonb => self.search_json(bytes, masker, tally),
            Kind::TextArray if self.binary => self.search_array(bytes, masker, tally),
            Kind::TextArray | Kind::Opaque | Kind::AnyArray => {
                self.search_text(bytes, masker, tally)
            }
            Kind::Int8 | Kind::Numeric | Kind::Inet | Kind::Bytea => {
                self.search_unwritable(bytes, masker, tally)
            }
        }
    }

    fn search_text<'a>(
        &self,
        bytes: &'a [u8],
        masker: &TextMasker,
        tally: &mut Tally,
    ) -> Masked<'a> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Masked::Null;
        };
        let masked = masker.mask_named(&self.label, text, &mut |entity| {
            tally.add(&self.label, entity);
        });
        match masked {
            None => Masked::Null,
            Some(Cow::Borrowed(_)) => Masked::Same,
            Some(Cow::Owned(text)) => Masked::Text(text.into()),
        }
    }

    fn search_json<'a>(
        &self,
        bytes: &'a [u8],
        masker: &TextMasker,
        tally: &mut Tally,
    ) -> Masked<'a> {
        let text = match (self.kind, self.binary, bytes) {
            (Kind::Jsonb, true, [1, text @ ..]) => text,
            (Kind::Jsonb, true, _) => return Masked::Null,
            _ => bytes,
        };
        let Ok(text) = std::str::from_utf8(text) else {
            return Masked::Null;
        };
        let masked = mask_json(text, &mut |key, value| {
            let name = if key.is_empty() { &self.label } else { key };
            let masked = masker.mask_named(name, value, &mut |entity| {
                tally.add(&self.label, entity);
            });
            match masked {
                None => Some(None),
                Some(Cow::Borrowed(_)) => None,
                Some(Cow::Owned(words)) => Some(Some(words)),
            }
        });
        match masked {
            None => Masked::Null,
            Some(Cow::Borrowed(_)) => Masked::Same,
            Some(Cow::Owned(text)) => self.json(text),
        }
    }

    fn search_array<'a>(
        &self,
        bytes: &'a [u8],
        masker: &TextMasker,
        tally: &mut Tally,
    ) -> Masked<'a> {
        let Ok(array) = Array::read(bytes) else {
            return Masked::Null;
        };
        let mut out = BytesMut::with_capacity(bytes.len());
        out.extend_from_slice(array.head);
        let mut changed = false;
        for element in array.elements {
            let masked =
                element.map_or(Masked::Same, |bytes| self.search_text(bytes, masker, tally));
            changed |= !matches!(masked, Masked::Same);
            match &masked {
                Masked::Same => put_value(&mut out, element),
                // An array may say in its head that it has no NULLs; hidden words always fit.
                Masked::Null | Masked::Bytes(_) => {
                    put_value(&mut out, Some(super::MASKED.as_bytes()));
                }
                Masked::Text(text) => put_value(&mut out, Some(text.as_bytes())),
            }
        }
        if changed {
            Masked::Bytes(out.to_vec())
        } else {
            Masked::Same
        }
    }

    /// Values of types in which words cannot stand: NULL when something is found.
    fn search_unwritable<'a>(
        &self,
        bytes: &'a [u8],
        masker: &TextMasker,
        tally: &mut Tally,
    ) -> Masked<'a> {
        let Some(text) = self.as_text(bytes) else {
            // Bytes that are no text hold no words; a malformed number is nothing to pass on.
            return if self.kind == Kind::Bytea {
                Masked::Same
            } else {
                Masked::Null
            };
        };
        let masked = masker.mask_named(&self.label, &text, &mut |entity| {
            tally.add(&self.label, entity);
        });
        match masked {
            Some(Cow::Borrowed(_)) => Masked::Same,
            _ => Masked::Null,
        }
    }

    pub(super) fn as_text(&self, bytes: &[u8]) -> Option<String> {
        match (self.kind, self.binary) {
            (Kind::Int8, true) => Some(i64::from_be_bytes(bytes.try_into().ok()?).to_string()),
            (Kind::Numeric, true) => {
                Some(value::numeric_text(bytes).unwrap_or_else(|| "NaN".to_owned()))
            }
            (Kind::Inet, true) => value::inet_text(bytes),
            (Kind::Bytea, true) => String::from_utf8(bytes.to_vec()).ok(),
            (Kind::Bytea, false) => {
                let text = std::str::from_utf8(bytes).ok()?;
                String::from_utf8(value::bytea_bytes(text)?).ok()
            }
            _ => Some(std::str::from_utf8(bytes).ok()?.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
