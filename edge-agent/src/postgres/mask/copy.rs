//! COPY … TO STDOUT: rows travel as text of a format that the statement chose.

use std::{borrow::Cow, sync::Arc};

use bytes::BytesMut;
use countersign_inspect::mask::{COLUMN, mask_value};
use countersign_model::{Column, MaskStyle};
use pg_query::{
    NodeEnum,
    protobuf::{CopyStmt, Node},
};

use super::{Masking, plan::PlanInput, tally::Tally};
use crate::{
    pipeline::Inspected,
    postgres::{
        catalog::Catalog,
        frontend::write_copy_data,
        wire::{Reader, WireError},
    },
};

/// A COPY whose rows the edge cannot mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::postgres) enum UnmaskableCopy {
    #[error("rows of a binary COPY cannot be masked; copy as text or csv")]
    Binary,
    #[error("the format of this COPY is unknown, so that its rows cannot be masked")]
    Unknown,
}

/// How one row is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Format {
    csv: bool,
    delimiter: u8,
    quote: u8,
    escape: u8,
    null: String,
    header: bool,
}

/// How the rows of one COPY are masked.
#[derive(Debug)]
pub(in crate::postgres) struct CopyPlan {
    masking: Arc<Masking>,
    format: Format,
    columns: Vec<(Arc<str>, Option<MaskStyle>)>,
    header_due: bool,
}

/// The COPY TO STDOUT that the statement at `index` is, with how its rows are written.
fn read(inspected: &Inspected, index: usize) -> Result<Option<(CopyStmt, Format)>, UnmaskableCopy> {
    let parsed = pg_query::parse(inspected.text(), pg_query::ParserOptions::default())
        .map_err(|_| UnmaskableCopy::Unknown)?;
    let statement = parsed.protobuf.stmts.into_iter().nth(index);
    let node = statement
        .and_then(|raw| raw.stmt)
        .and_then(|stmt| stmt.node);
    let Some(NodeEnum::CopyStmt(copy)) = node else {
        return Ok(None);
    };
    if copy.is_from {
        return Ok(None);
    }
    let format = format(&copy.options)?;
    Ok(Some((*copy, format)))
}

/// Refuses a COPY whose rows could not be masked, before it runs.
pub(in crate::postgres) fn check(inspected: &Inspected) -> Result<(), UnmaskableCopy> {
    let statements = &inspected.facts().statements;
    for (index, statement) in statements.iter().enumerate() {
        if statement
            .operations
            .iter()
            .any(|operation| operation.starts_with("copy"))
        {
            read(inspected, index)?;
        }
    }
    Ok(())
}

fn format(options: &[Node]) -> Result<Format, UnmaskableCopy> {
    let mut named = Vec::new();
    for option in options {
        let Some(NodeEnum::DefElem(option)) = &option.node else {
            return Err(UnmaskableCopy::Unknown);
        };
        let value = option.arg.as_ref().and_then(|arg| arg.node.as_ref());
        named.push((option.defname.as_str(), value));
    }
    let text = |name: &str| {
        let (_, value) = named.iter().find(|(known, _)| *known == name)?;
        match value {
            Some(NodeEnum::String(text)) => Some(text.sval.clone()),
            Some(NodeEnum::Boolean(flag)) => Some(flag.boolval.to_string()),
            Some(NodeEnum::Integer(number)) => Some(number.ival.to_string()),
            None => Some("true".to_owned()),
            _ => Some(String::new()),
        }
    };
    let byte = |name: &str, default: u8| match text(name) {
        Some(text) => match text.as_bytes() {
            [byte] => Ok(*byte),
            _ => Err(UnmaskableCopy::Unknown),
        },
        None => Ok(default),
    };
    let csv = match text("format").as_deref() {
        None | Some("text") => false,
        Some("csv") => true,
        Some("binary") => return Err(UnmaskableCopy::Binary),
        Some(_) => return Err(UnmaskableCopy::Unknown),
    };
    if text("encoding").is_some() {
        return Err(UnmaskableCopy::Unknown);
    }
    let quote = byte("quote", b'"')?;
    let header = text("header").unwrap_or_else(|| "false".to_owned());
    Ok(Format {
        csv,
        delimiter: byte("delimiter", if csv { b',' } else { b'\t' })?,
        quote,
        escape: byte("escape", quote)?,
        null: text("null").unwrap_or_else(|| if csv { "" } else { "\\N" }.to_owned()),
        header: matches!(header.to_ascii_lowercase().as_str(), "true" | "on" | "1"),
    })
}

impl CopyPlan {
    /// How rows are masked whose COPY the server has begun with `body`.
    pub(in crate::postgres) async fn make(
        body: &[u8],
        masking: &Arc<Masking>,
        inspected: &Inspected,
        index: usize,
        catalog: &Catalog,
    ) -> Result<Self, WireError> {
        let mut reader = Reader::new(body);
        let binary = reader.u8()? != 0;
        let count = usize::from(reader.u16()?);
        let (copy, format) = match read(inspected, index) {
            Ok(Some(found)) if !binary => found,
            _ => return Err(WireError::InvalidValue),
        };
        let input = PlanInput {
            columns: &[],
            masking,
            facts: inspected.facts().statements.get(index),
            catalog,
        };
        let columns = columns(&copy, &input, count).await;
        Ok(Self {
            masking: Arc::clone(masking),
            header_due: format.header,
            format,
            columns,
        })
    }

    /// Appends one row with its values masked.
    pub(in crate::postgres) fn mask(
        &mut self,
        row: &[u8],
        out: &mut BytesMut,
        tally: &mut Tally,
    ) -> Result<(), WireError> {
        if std::mem::take(&mut self.header_due) {
            write_copy_data(out, row);
            return Ok(());
        }
        let text = std::str::from_utf8(row).map_err(|_| WireError::NotUtf8)?;
        let text = text.strip_suffix('\n').ok_or(WireError::Truncated)?;
        let values = self.format.split(text)?;
        // A row without any column is an empty line.
        let empty = self.columns.is_empty() && text.is_empty();
        if values.len() != self.columns.len() && !empty {
            return Err(WireError::InvalidValue);
        }
        let mut masked = Vec::with_capacity(text.len() + 1);
        for (index, ((label, style), value)) in self.columns.iter().zip(values).enumerate() {
            if index > 0 {
                masked.push(self.format.delimiter);
            }
            let value = value.and_then(|value| hide(value, label, *style, &self.masking, tally));
            self.format.join(value.as_deref(), &mut masked);
        }
        masked.push(b'\n');
        write_copy_data(out, &masked);
        Ok(())
    }
}

fn hide(
    value: String,
    label: &Arc<str>,
    style: Option<MaskStyle>,
    masking: &Masking,
    tally: &mut Tally,
) -> Option<String> {
    if let Some(style) = style {
        tally.add(label, COLUMN);
        return mask_value(style, COLUMN, &value, &masking.key);
    }
    let Some(masker) = &masking.words else {
        return Some(value);
    };
    let masked = masker.mask_named(label, &value, &mut |entity| tally.add(label, entity))?;
    match masked {
        Cow::Borrowed(_) => Some(value),
        Cow::Owned(masked) => Some(masked),
    }
}

/// Name and style of each column.
async fn columns(
    copy: &CopyStmt,
    input: &PlanInput<'_>,
    count: usize,
) -> Vec<(Arc<str>, Option<MaskStyle>)> {
    let masks = &input.masking.columns;
    let named = match &copy.relation {
        Some(table) => {
            let table = if table.schemaname.is_empty() {
                table.relname.clone()
            } else {
                format!("{}.{}", table.schemaname, table.relname)
            };
            let names = match attributes(&copy.attlist) {
                Some(names) if !names.is_empty() => Some(names),
                _ => input.catalog.copied_columns(&table).await,
            };
            names.map(|names| (table, names))
        }
        None => None,
    };
    let mut columns = Vec::with_capacity(count);
    match named {
        Some((table, names)) if names.len() == count => {
            for name in names {
                let source = Column {
                    table: table.clone(),
                    name: name.clone(),
                };
                let style = match masks.is_empty() {
                    true => None,
                    false => input.of_source(&source).await,
                };
                columns.push((Arc::from(name), style));
            }
        }
        _ => {
            let outputs = input.facts.map(|facts| facts.outputs.as_slice());
            let outputs = outputs.filter(|outputs| outputs.len() == count);
            for index in 0..count {
                let output = outputs.and_then(|outputs| outputs.get(index));
                let style = match output {
                    _ if masks.is_empty() => None,
                    Some(output) => {
                        let mut style = masks.of_label(&output.name);
                        for source in &output.sources {
                            style = style.max(input.of_source(source).await);
                        }
                        style
                    }
                    None => masks.of_anything(),
                };
                let label = output.map_or("", |output| output.name.as_str());
                columns.push((Arc::from(label), style));
            }
        }
    }
    columns
}

fn attributes(list: &[Node]) -> Option<Vec<String>> {
    let names = list.iter().map(|node| match &node.node {
        Some(NodeEnum::String(name)) => Some(name.sval.clone()),
        _ => None,
    });
    names.collect()
}

impl Format {
    /// The values of one row; `None` for NULL.
    fn split(&self, row: &str) -> Result<Vec<Option<String>>, WireError> {
        if self.csv {
            return self.split_csv(row);
        }
        let mut values = Vec::new();
        for field in split_escaped(row.as_bytes(), self.delimiter) {
            let field = std::str::from_utf8(field).map_err(|_| WireError::NotUtf8)?;
            values.push((field != self.null).then(|| unescape(field)));
        }
        Ok(values)
    }

    fn split_csv(&self, row: &str) -> Result<Vec<Option<String>>, WireError> {
        let mut values = Vec::new();
        let mut bytes = row.bytes().peekable();
        loop {
            let mut value = Vec::new();
            let mut quoted = false;
            let mut inside = false;
            let mut more = false;
            while let Some(byte) = bytes.next() {
                if inside {
                    let next = bytes.peek().copied();
                    if byte == self.escape
                        && (next == Some(self.quote) || next == Some(self.escape))
                    {
                        value.extend(bytes.next());
                    } else if byte == self.quote {
                        inside = false;
                    } else {
                        value.push(byte);
                    }
                } else if byte == self.quote {
                    inside = true;
                    quoted = true;
                } else if byte == self.delimiter {
                    more = true;
                    break;
                } else {
                    value.push(byte);
                }
            }
            if inside {
                return Err(WireError::Truncated);
            }
            let value = String::from_utf8(value).map_err(|_| WireError::NotUtf8)?;
            values.push((quoted || value != self.null).then_some(value));
            if !more {
                return Ok(values);
            }
        }
    }

    /// Appends one value as the server would have written it.
    fn join(&self, value: Option<&str>, out: &mut Vec<u8>) {
        let Some(value) = value else {
            out.extend_from_slice(self.null.as_bytes());
            return;
        };
        if !self.csv {
            for byte in value.bytes() {
                match byte {
                    b'\\' => out.extend_from_slice(b"\\\\"),
                    b'\n' => out.extend_from_slice(b"\\n"),
                    b'\r' => out.extend_from_slice(b"\\r"),
                    b'\t' => out.extend_from_slice(b"\\t"),
                    0x08 => out.extend_from_slice(b"\\b"),
                    0x0b => out.extend_from_slice(b"\\v"),
                    0x0c => out.extend_from_slice(b"\\f"),
                    byte if byte == self.delimiter => out.extend_from_slice(&[b'\\', byte]),
                    byte => out.push(byte),
                }
            }
            return;
        }
        let special = |byte: u8| {
            byte == self.delimiter || byte == self.quote || matches!(byte, b'\n' | b'\r')
        };
        if value != self.null && value != "\\." && !value.bytes().any(special) {
            out.extend_from_slice(value.as_bytes());
            return;
        }
        out.push(self.quote);
        for byte in value.bytes() {
            if byte == self.quote || byte == self.escape {
                out.push(self.escape);
            }
            out.push(byte);
        }
        out.push(self.quote);
    }
}

/// Splits at delimiters that no backslash protects.
fn split_escaped(row: &[u8], delimiter: u8) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(byte) = row.get(at) {
        if *byte == b'\\' {
            at += 1;
        } else if *byte == delimiter {
            fields.push(row.get(start..at).unwrap_or_default());
            start = at + 1;
        }
        at += 1;
    }
    fields.push(row.get(start..).unwrap_or_default());
    fields
}

/// Undoes the backslashes that the server writes.
fn unescape(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('v') => out.push('\u{b}'),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Format {
        format(&[]).expect("the default")
    }

    fn csv() -> Format {
        Format {
            csv: true,
            delimiter: b',',
            null: String::new(),
            ..text()
        }
    }

    fn again(format: &Format, row: &str) -> (Vec<Option<String>>, String) {
        let values = format.split(row).expect("splits");
        let mut out = Vec::new();
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                out.push(format.delimiter);
            }
            format.join(value.as_deref(), &mut out);
        }
        (values, String::from_utf8(out).expect("text"))
    }

    #[test]
    fn rows_are_split_and_written_as_the_server_does() {
        let cases = [
            (
                text(),
                "1\t\\N\ta\\tb\\\\n\t",
                vec![Some("1"), None, Some("a\tb\\n"), Some("")],
            ),
            (
                csv(),
                "1,,\"\",\"a,\"\"b\"\"\nc\"",
                vec![Some("1"), None, Some(""), Some("a,\"b\"\nc")],
            ),
        ];
        for (format, row, expected) in cases {
            let (values, written) = again(&format, row);
            let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
            assert_eq!(values, expected);
            assert_eq!(written, row);
        }
        assert!(csv().split("\"open").is_err());
    }

    #[test]
    fn options_are_read_from_the_statement() {
        let options = |sql: &str| {
            let parsed = pg_query::parse(sql, pg_query::ParserOptions::default()).expect("parses");
            let node = parsed.protobuf.stmts[0].stmt.clone().and_then(|s| s.node);
            let Some(NodeEnum::CopyStmt(copy)) = node else {
                panic!("no COPY")
            };
            format(&copy.options)
        };
        assert_eq!(options("COPY t TO STDOUT"), Ok(text()));
        let csv_with = Format {
            delimiter: b';',
            header: true,
            ..csv()
        };
        assert_eq!(
            options("COPY t TO STDOUT (FORMAT csv, DELIMITER ';', HEADER)"),
            Ok(csv_with.clone())
        );
        assert_eq!(
            options("COPY t TO STDOUT DELIMITER ';' CSV HEADER"),
            Ok(csv_with)
        );
        assert_eq!(
            options("COPY t TO STDOUT BINARY"),
            Err(UnmaskableCopy::Binary)
        );
        assert_eq!(
            options("COPY t TO STDOUT (FORMAT binary)"),
            Err(UnmaskableCopy::Binary)
        );
        assert_eq!(
            options("COPY t TO STDOUT (ENCODING 'LATIN1')"),
            Err(UnmaskableCopy::Unknown)
        );
    }
}
