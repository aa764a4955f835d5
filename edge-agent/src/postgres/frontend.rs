//! Messages of a client: parsed strictly, and written again from what was parsed. The upstream gets
//! only what this module writes.

use bytes::{BufMut, BytesMut};

use super::wire::{Reader, WireError, message, put_string};

/// What a Describe or Close is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    Statement,
    Portal,
}

impl Object {
    const fn byte(self) -> u8 {
        match self {
            Self::Statement => b'S',
            Self::Portal => b'P',
        }
    }
}

/// A message of a client after sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frontend<'a> {
    Query(&'a str),
    Parse(Parse<'a>),
    Bind(Bind<'a>),
    Describe(Object, &'a str),
    Execute {
        portal: &'a str,
        max_rows: i32,
    },
    Close(Object, &'a str),
    Flush,
    Sync,
    Terminate,
    CopyData(&'a [u8]),
    CopyDone,
    CopyFail(&'a str),
    /// Refused, so that what it asks for is not kept.
    FunctionCall,
}

/// A statement to prepare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parse<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    /// Declared parameter types, four bytes each.
    pub(super) types: &'a [u8],
}

/// Format codes, two bytes each, every one 0 (text) or 1 (binary).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Formats<'a>(&'a [u8]);

impl<'a> Formats<'a> {
    pub(super) const fn len(self) -> usize {
        self.0.len() / 2
    }

    /// Whether the value at `index` is binary: one code stands for all values, none for text.
    pub(super) fn is_binary(self, index: usize) -> bool {
        let at = if self.len() == 1 { 0 } else { index };
        self.0.get(at * 2 + 1).is_some_and(|code| *code == 1)
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        let count = usize::from(reader.u16()?);
        let codes = reader.bytes(count * 2)?;
        if codes
            .chunks_exact(2)
            .any(|code| !matches!(code, [0, 0 | 1]))
        {
            return Err(WireError::InvalidValue);
        }
        Ok(Self(codes))
    }

    fn write(self, out: &mut BytesMut) {
        out.put_u16(u16::try_from(self.len()).unwrap_or(u16::MAX));
        out.put_slice(self.0);
    }
}

/// Parameter values of a Bind, each with its length in front, proven to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Values<'a> {
    count: u16,
    bytes: &'a [u8],
}

impl<'a> Values<'a> {
    pub(super) const fn len(self) -> usize {
        self.count as usize
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Option<&'a [u8]>> {
        let mut reader = Reader::new(self.bytes);
        (0..self.count).map_while(move |_| reader.value().ok())
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        let count = reader.u16()?;
        let start = reader.rest();
        for _ in 0..count {
            reader.value()?;
        }
        let length = start.len() - reader.rest().len();
        let bytes = start.get(..length).ok_or(WireError::Truncated)?;
        Ok(Self { count, bytes })
    }
}

/// Values for a prepared statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bind<'a> {
    pub(super) portal: &'a str,
    pub(super) statement: &'a str,
    pub(super) formats: Formats<'a>,
    pub(super) values: Values<'a>,
    pub(super) result_formats: Formats<'a>,
}

impl<'a> Frontend<'a> {
    /// Parses a body that is exactly one message's.
    ///
    /// # Errors
    /// When it is not what its type byte says, to the last byte.
    pub(super) fn parse(tag: u8, body: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(body);
        let parsed = match tag {
            b'Q' => Self::Query(reader.string()?),
            b'P' => {
                let (name, text) = (reader.string()?, reader.string()?);
                let count = usize::from(reader.u16()?);
                let types = reader.bytes(count * 4)?;
                Self::Parse(Parse { name, text, types })
            }
            b'B' => Self::Bind(read_bind(&mut reader)?),
            b'D' => {
                let (object, name) = read_object(&mut reader)?;
                Self::Describe(object, name)
            }
            b'C' => {
                let (object, name) = read_object(&mut reader)?;
                Self::Close(object, name)
            }
            b'E' => Self::Execute {
                portal: reader.string()?,
                max_rows: reader.i32()?,
            },
            b'H' => Self::Flush,
            b'S' => Self::Sync,
            b'X' => Self::Terminate,
            b'd' => return Ok(Self::CopyData(body)),
            b'c' => Self::CopyDone,
            b'f' => Self::CopyFail(reader.string()?),
            b'F' => {
                read_function_call(&mut reader)?;
                Self::FunctionCall
            }
            _ => return Err(WireError::InvalidValue),
        };
        reader.finish()?;
        Ok(parsed)
    }
}

/// Whether a message may begin with this byte.
pub(super) const fn is_known(tag: u8) -> bool {
    matches!(
        tag,
        b'Q' | b'P' | b'B' | b'D' | b'C' | b'E' | b'H' | b'S' | b'X' | b'd' | b'c' | b'f' | b'F'
    )
}

fn read_object<'a>(reader: &mut Reader<'a>) -> Result<(Object, &'a str), WireError> {
    let object = match reader.u8()? {
        b'S' => Object::Statement,
        b'P' => Object::Portal,
        _ => return Err(WireError::InvalidValue),
    };
    Ok((object, reader.string()?))
}

/// The function, the formats and values of its arguments, and the format of its result.
fn read_function_call(reader: &mut Reader<'_>) -> Result<(), WireError> {
    reader.u32()?;
    Formats::read(reader)?;
    Values::read(reader)?;
    match reader.u16()? {
        0 | 1 => Ok(()),
        _ => Err(WireError::InvalidValue),
    }
}

fn read_bind<'a>(reader: &mut Reader<'a>) -> Result<Bind<'a>, WireError> {
    let bind = Bind {
        portal: reader.string()?,
        statement: reader.string()?,
        formats: Formats::read(reader)?,
        values: Values::read(reader)?,
        result_formats: Formats::read(reader)?,
    };
    if bind.formats.len() > 1 && bind.formats.len() != bind.values.len() {
        return Err(WireError::InvalidValue);
    }
    Ok(bind)
}

pub(super) fn write_query(out: &mut BytesMut, text: &str) {
    message(out, b'Q', |out| put_string(out, text));
}

pub(super) fn write_parse(out: &mut BytesMut, name: &str, text: &str, types: &[u8]) {
    message(out, b'P', |out| {
        put_string(out, name);
        put_string(out, text);
        out.put_u16(u16::try_from(types.len() / 4).unwrap_or(u16::MAX));
        out.put_slice(types);
    });
}

pub(super) fn write_bind(out: &mut BytesMut, bind: &Bind<'_>) {
    message(out, b'B', |out| {
        put_string(out, bind.portal);
        put_string(out, bind.statement);
        bind.formats.write(out);
        out.put_u16(bind.values.count);
        out.put_slice(bind.values.bytes);
        bind.result_formats.write(out);
    });
}

pub(super) fn write_describe(out: &mut BytesMut, object: Object, name: &str) {
    message(out, b'D', |out| {
        out.put_u8(object.byte());
        put_string(out, name);
    });
}

pub(super) fn write_close(out: &mut BytesMut, object: Object, name: &str) {
    message(out, b'C', |out| {
        out.put_u8(object.byte());
        put_string(out, name);
    });
}

pub(super) fn write_execute(out: &mut BytesMut, portal: &str, max_rows: i32) {
    message(out, b'E', |out| {
        put_string(out, portal);
        out.put_i32(max_rows);
    });
}

pub(super) fn write_copy_data(out: &mut BytesMut, data: &[u8]) {
    message(out, b'd', |out| out.put_slice(data));
}

pub(super) fn write_copy_fail(out: &mut BytesMut, reason: &str) {
    message(out, b'f', |out| put_string(out, reason));
}

/// A message without a body: Sync, Flush, Terminate, CopyDone.
pub(super) fn write_bare(out: &mut BytesMut, tag: u8) {
    message(out, tag, |_| ());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut out = BytesMut::new();
        match Frontend::parse(tag, body).expect("parses") {
            Frontend::Query(text) => write_query(&mut out, text),
            Frontend::Parse(parse) => write_parse(&mut out, parse.name, parse.text, parse.types),
            Frontend::Bind(bind) => write_bind(&mut out, &bind),
            Frontend::Describe(object, name) => write_describe(&mut out, object, name),
            Frontend::Close(object, name) => write_close(&mut out, object, name),
            Frontend::Execute { portal, max_rows } => write_execute(&mut out, portal, max_rows),
            Frontend::CopyData(data) => write_copy_data(&mut out, data),
            Frontend::CopyFail(reason) => write_copy_fail(&mut out, reason),
            _ => write_bare(&mut out, tag),
        }
        out.to_vec()
    }

    #[test]
    fn what_is_written_is_what_was_parsed() {
        let bodies: &[(u8, &[u8])] = &[
            (b'Q', b"SELECT 1\0"),
            (b'P', b"s1\0SELECT $1\0\0\x01\0\0\0\x17"),
            (
                b'B',
                b"\0s1\0\0\x01\0\x01\0\x02\0\0\0\x02ab\xff\xff\xff\xff\0\x01\0\x01",
            ),
            (b'D', b"Ss1\0"),
            (b'C', b"P\0"),
            (b'E', b"\0\0\0\0\x05"),
            (b'S', b""),
            (b'd', b"\x00raw\xff"),
            (b'f', b"no\0"),
        ];
        for (tag, body) in bodies {
            let mut expected = vec![*tag];
            expected.extend(u32::try_from(body.len() + 4).expect("small").to_be_bytes());
            expected.extend_from_slice(body);
            assert_eq!(rewrite(*tag, body), expected, "{}", *tag as char);
        }
    }

    #[test]
    fn bodies_are_consumed_whole() {
        let cases: &[(&str, u8, &[u8], WireError)] = &[
            (
                "a frame hidden in a query",
                b'Q',
                b"SELECT 1\0Q\0\0\0\x0fDROP TABLE t\0",
                WireError::Trailing,
            ),
            (
                "a truncated Parse",
                b'P',
                b"s\0SELECT 1\0\0\x02\0\0",
                WireError::Truncated,
            ),
            ("a Parse without a text", b'P', b"s\0", WireError::Truncated),
            (
                "a query without its NUL",
                b'Q',
                b"SELECT 1",
                WireError::Truncated,
            ),
            (
                "invalid UTF-8",
                b'Q',
                b"SELECT '\xc3\x28'\0",
                WireError::NotUtf8,
            ),
            ("bytes behind a Sync", b'S', b"x", WireError::Trailing),
            (
                "a Describe of nothing",
                b'D',
                b"Xs\0",
                WireError::InvalidValue,
            ),
            (
                "an unknown format",
                b'B',
                b"\0\0\0\x01\0\x02\0\0\0\0",
                WireError::InvalidValue,
            ),
            (
                "two formats for three values",
                b'B',
                b"\0\0\0\x02\0\0\0\0\0\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
                WireError::InvalidValue,
            ),
            (
                "a value longer than its message",
                b'B',
                b"\0\0\0\0\0\x01\x7f\xff\xff\xff\0\0",
                WireError::Truncated,
            ),
            (
                "a function call that ends early",
                b'F',
                b"\0\0\0\x01\0\0\0\0",
                WireError::Truncated,
            ),
            (
                "a startup message's first byte",
                0,
                b"\x03\0\0user\0",
                WireError::InvalidValue,
            ),
        ];
        for (name, tag, body, error) in cases {
            assert_eq!(Frontend::parse(*tag, body), Err(*error), "{name}");
        }
    }

    #[test]
    fn one_format_stands_for_all_values() {
        let Ok(Frontend::Bind(bind)) =
            Frontend::parse(b'B', b"\0\0\0\x01\0\x01\0\x02\0\0\0\x01a\0\0\0\x01b\0\0")
        else {
            panic!("no bind")
        };
        assert!(bind.formats.is_binary(0) && bind.formats.is_binary(1));
        assert!(!bind.result_formats.is_binary(0));
        assert_eq!(bind.values.iter().flatten().count(), 2);
    }
}
