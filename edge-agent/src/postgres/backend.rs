//! Messages of a server: those the edge makes itself, and those it has to read.

use bytes::{BufMut, BytesMut};

use super::wire::{Reader, WireError, message, put_string};

/// An error or notice of the edge's own, in the protocol's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) severity: &'static str,
    /// SQLSTATE.
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
    /// Where in the text, as a count of characters from 1.
    pub(super) position: Option<usize>,
}

impl Report {
    pub(super) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new("ERROR", code, message)
    }

    pub(super) fn fatal(code: &'static str, message: impl Into<String>) -> Self {
        Self::new("FATAL", code, message)
    }

    pub(super) fn notice(message: impl Into<String>) -> Self {
        Self::new("NOTICE", "00000", message)
    }

    fn new(severity: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
        }
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Appends it as ErrorResponse or NoticeResponse.
    pub(super) fn write(&self, out: &mut BytesMut) {
        let tag = if self.severity == "NOTICE" {
            b'N'
        } else {
            b'E'
        };
        message(out, tag, |out| {
            let mut field = |name: u8, text: &str| {
                out.put_u8(name);
                put_string(out, text);
            };
            field(b'S', self.severity);
            field(b'V', self.severity);
            field(b'C', self.code);
            field(b'M', &self.message);
            if let Some(detail) = &self.detail {
                field(b'D', detail);
            }
            if let Some(hint) = &self.hint {
                field(b'H', hint);
            }
            if let Some(position) = self.position {
                field(b'P', &position.to_string());
            }
            out.put_u8(0);
        });
    }
}

/// The transaction status in a ReadyForQuery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TxStatus {
    Idle,
    InTransaction,
    Failed,
}

impl TxStatus {
    pub(super) fn parse(body: &[u8]) -> Result<Self, WireError> {
        match body {
            b"I" => Ok(Self::Idle),
            b"T" => Ok(Self::InTransaction),
            b"E" => Ok(Self::Failed),
            _ => Err(WireError::InvalidValue),
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Idle => b'I',
            Self::InTransaction => b'T',
            Self::Failed => b'E',
        }
    }
}

pub(super) fn write_ready(out: &mut BytesMut, status: TxStatus) {
    message(out, b'Z', |out| out.put_u8(status.byte()));
}

pub(super) fn write_parameter_status(out: &mut BytesMut, name: &str, value: &str) {
    message(out, b'S', |out| {
        put_string(out, name);
        put_string(out, value);
    });
}

pub(super) fn write_key_data(out: &mut BytesMut, key: CancelKey) {
    message(out, b'K', |out| {
        out.put_u32(key.process);
        out.put_u32(key.secret);
    });
}

/// AuthenticationOk, or a request whose code says what is wanted.
pub(super) fn write_authentication(out: &mut BytesMut, code: u32) {
    message(out, b'R', |out| out.put_u32(code));
}

/// Says that the client gets protocol 3.0 without the options it named.
pub(super) fn write_negotiate(out: &mut BytesMut, unknown: &[String]) {
    message(out, b'v', |out| {
        out.put_u32(3 << 16);
        out.put_u32(u32::try_from(unknown.len()).unwrap_or(u32::MAX));
        for name in unknown {
            put_string(out, name);
        }
    });
}

/// What a CancelRequest names a session by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CancelKey {
    pub(super) process: u32,
    pub(super) secret: u32,
}

impl CancelKey {
    pub(super) fn read(body: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(body);
        let key = Self {
            process: reader.u32()?,
            secret: reader.u32()?,
        };
        reader.finish()?;
        Ok(key)
    }
}

/// A server's ErrorResponse or NoticeResponse, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields<'a>(pub(super) Vec<(u8, &'a str)>);

impl<'a> Fields<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(body);
        let mut fields = Vec::with_capacity(8);
        loop {
            match reader.u8()? {
                0 => break,
                name => fields.push((name, reader.string()?)),
            }
        }
        reader.finish()?;
        Ok(Self(fields))
    }

    pub(super) fn get(&self, name: u8) -> Option<&'a str> {
        let found = self.0.iter().find(|(field, _)| *field == name);
        found.map(|(_, text)| *text)
    }

    pub(super) fn sqlstate(&self) -> &'a str {
        self.get(b'C').unwrap_or("XX000")
    }
}

/// One column of a RowDescription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnDescription<'a> {
    pub(super) label: &'a str,
    /// The table it comes from unchanged; 0 for an expression.
    pub(super) table: u32,
    /// Its number in that table; 0 for an expression.
    pub(super) attribute: i16,
    pub(super) type_oid: u32,
    pub(super) binary: bool,
}

/// Parses a RowDescription.
pub(super) fn row_description(body: &[u8]) -> Result<Vec<ColumnDescription<'_>>, WireError> {
    let mut reader = Reader::new(body);
    let count = usize::from(reader.u16()?);
    let mut columns = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        let label = reader.string()?;
        let table = reader.u32()?;
        let attribute = reader.i16()?;
        let type_oid = reader.u32()?;
        reader.bytes(6)?;
        let binary = reader.u16()? == 1;
        columns.push(ColumnDescription {
            label,
            table,
            attribute,
            type_oid,
            binary,
        });
    }
    reader.finish()?;
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_back() {
        let mut out = BytesMut::new();
        Report::error("42501", "no").hint("ask").write(&mut out);
        assert_eq!(out[0], b'E');
        let fields = Fields::parse(&out[5..]).expect("parses");
        assert_eq!(fields.sqlstate(), "42501");
        assert_eq!(fields.get(b'H'), Some("ask"));
        assert_eq!(fields.get(b'D'), None);
    }

    #[test]
    fn a_row_description_is_read_whole() {
        let body = b"\0\x01email\0\0\0\x40\x01\0\x03\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
        let columns = row_description(body).expect("parses");
        assert_eq!(columns.len(), 1);
        assert_eq!(
            (columns[0].table, columns[0].attribute, columns[0].type_oid),
            (0x4001, 3, 25)
        );
        assert!(row_description(&body[..body.len() - 1]).is_err());
    }
}
