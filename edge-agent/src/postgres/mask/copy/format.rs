//! The text formats of COPY: which one a statement asks for, and its rows taken apart and put
//! together as the server does.

use pg_query::{NodeEnum, protobuf::Node};

use super::UnmaskableCopy;
use crate::postgres::wire::WireError;

/// How one row is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Format {
    csv: bool,
    pub(super) delimiter: u8,
    quote: u8,
    escape: u8,
    null: String,
    pub(super) header: bool,
}

impl Format {
    /// The format that a statement's options ask for.
    pub(super) fn read(options: &[Node]) -> Result<Self, UnmaskableCopy> {
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
        Ok(Self {
            csv,
            delimiter: byte("delimiter", if csv { b',' } else { b'\t' })?,
            quote,
            escape: byte("escape", quote)?,
            null: text("null").unwrap_or_else(|| if csv { "" } else { "\\N" }.to_owned()),
            header: matches!(header.to_ascii_lowercase().as_str(), "true" | "on" | "1"),
        })
    }

    /// The values of one row; `None` for NULL.
    pub(super) fn split(&self, row: &str) -> Result<Vec<Option<String>>, WireError> {
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
    pub(super) fn join(&self, value: Option<&str>, out: &mut Vec<u8>) {
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
        Format::read(&[]).expect("the default")
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
            let parsed = pg_query::parse(sql, 0).expect("parses");
            let node = parsed.protobuf.stmts[0].stmt.clone().and_then(|s| s.node);
            let Some(NodeEnum::CopyStmt(copy)) = node else {
                panic!("no COPY")
            };
            Format::read(&copy.options)
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
