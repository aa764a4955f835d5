//! Errors and notices: the server quotes values in them.

use bytes::{BufMut as _, BytesMut};
use countersign_model::SqlStatement;

use super::{MASKED, Masking};
use crate::postgres::{
    backend::Fields,
    wire::{message, put_string},
};

/// Appends a server's error or notice with its words masked: what detectors find, and every value
/// that may come from a masked column.
pub(in crate::postgres) fn mask_report(
    tag: u8,
    fields: &Fields<'_>,
    masking: &Masking,
    facts: Option<&SqlStatement>,
    out: &mut BytesMut,
) {
    let class = fields.sqlstate().get(..2).unwrap_or_default();
    let may_quote = may_quote_columns(fields, masking, facts);
    message(out, tag, |out| {
        for (name, text) in &fields.0 {
            out.put_u8(*name);
            // Message, detail, hint, context, internal query.
            if matches!(name, b'M' | b'D' | b'H' | b'W' | b'q') {
                let values = holds_values(class, *name);
                // What holds no value need not be hidden from what no filter sees.
                if masking.filtered() && !values {
                    put_string(out, text);
                    continue;
                }
                let text = if may_quote && values {
                    hide_values(text)
                } else {
                    (*text).to_owned()
                };
                put_string(out, &masking.mask_words(&text));
            } else {
                put_string(out, text);
            }
        }
        out.put_u8(0);
    });
}

/// Whether a field of an error of this SQLSTATE class quotes values, and not only the names of things.
fn holds_values(class: &str, field: u8) -> bool {
    match class {
        // Transactions, names, access, locks, limits, operators: no value is looked at.
        "25" | "26" | "28" | "34" | "3D" | "3F" | "40" | "42" | "53" | "54" | "55" | "57"
        | "58" => false,
        // Constraints: the message names them, the detail quotes the row.
        "23" => field != b'M',
        _ => true,
    }
}

/// Whether values in this report may come from a masked column: nothing shows that they do not.
fn may_quote_columns(fields: &Fields<'_>, masking: &Masking, facts: Option<&SqlStatement>) -> bool {
    if masking.columns.is_empty() {
        return false;
    }
    if let Some(table) = fields.get(b't')
        && masking.columns.touches(fields.get(b's'), table).is_some()
    {
        return true;
    }
    let Some(facts) = facts else {
        return true;
    };
    let reads = facts
        .columns_read
        .iter()
        .any(|column| masking.columns.of_named(column).is_some());
    let tables = facts.tables_read.iter().chain(&facts.tables_written);
    reads
        || tables.into_iter().any(|table| {
            let (schema, table) = super::column::split(table);
            masking.columns.touches(schema, table).is_some()
        })
}

/// Hides what the server quotes: `"value"`, `(value, value)` and `=(value)`. Names of columns in
/// `Key (email)=(…)` stay, since they are in front of the sign.
fn hide_values(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '(']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (open, close) = if from.starts_with('"') {
            ('"', from.get(1..).and_then(|inner| inner.rfind('"')))
        } else {
            ('(', parenthesised(from))
        };
        let Some(close) = close else {
            out.push_str(MASKED);
            return out;
        };
        let end = close + 2;
        let after = from.get(end..).unwrap_or_default();
        if open == '(' && after.starts_with("=(") {
            out.push_str(from.get(..end).unwrap_or_default());
        } else {
            out.push_str(MASKED);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where the inner text of a parenthesis ends: in front of `)=(`, else in front of the last `)`, since
/// values may hold parentheses themselves.
fn parenthesised(from: &str) -> Option<usize> {
    let inner = from.get(1..)?;
    inner.find(")=(").or_else(|| inner.rfind(')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_are_hidden() {
        let cases = [
            (
                "Key (email)=(jane@example.com) already exists.",
                "Key (email)=[MASKED] already exists.",
            ),
            (
                "Key (a, b)=(x, (y)) already exists.",
                "Key (a, b)=[MASKED] already exists.",
            ),
            (
                "Failing row contains (1, Jane, 123-45-6789).",
                "Failing row contains [MASKED].",
            ),
            (
                "invalid input syntax for type integer: \"123 \"x\" 45\"",
                "invalid input syntax for type integer: [MASKED]",
            ),
            ("nothing quoted", "nothing quoted"),
            ("an open \"value", "an open [MASKED]"),
        ];
        for (text, hidden) in cases {
            assert_eq!(hide_values(text), hidden, "{text}");
        }
    }
}
