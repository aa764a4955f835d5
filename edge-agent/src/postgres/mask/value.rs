//! Binary values as text, where words or numbers could be in them.

use crate::postgres::wire::{Reader, WireError};

/// A `numeric` in text form; `None` for what is no finite number or is malformed.
pub(in crate::postgres) fn numeric_text(bytes: &[u8]) -> Option<String> {
    read_numeric(bytes).ok().flatten()
}

fn read_numeric(bytes: &[u8]) -> Result<Option<String>, WireError> {
    const POSITIVE: u16 = 0;
    const NEGATIVE: u16 = 0x4000;
    let mut reader = Reader::new(bytes);
    let digits = reader.u16()?;
    let weight = reader.i16()?;
    let sign = reader.u16()?;
    let scale = usize::from(reader.u16()?);
    let groups = (0..digits)
        .map(|_| reader.u16())
        .collect::<Result<Vec<_>, _>>()?;
    reader.finish()?;
    if !matches!(sign, POSITIVE | NEGATIVE) || groups.iter().any(|group| *group > 9_999) {
        return Ok(None);
    }
    let group = |at: i32| {
        let index = usize::try_from(i32::from(weight) - at).ok();
        index
            .and_then(|index| groups.get(index))
            .copied()
            .unwrap_or(0)
    };
    let mut text = String::new();
    for at in (0..=i32::from(weight).max(0)).rev() {
        text.push_str(&format!("{:04}", group(at)));
    }
    let whole = text.trim_start_matches('0');
    let mut text = if whole.is_empty() { "0" } else { whole }.to_owned();
    if scale > 0 {
        let mut fraction = String::new();
        let mut at = -1;
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(at)));
            at -= 1;
        }
        fraction.truncate(scale);
        text = format!("{text}.{fraction}");
    }
    if sign == NEGATIVE {
        text.insert(0, '-');
    }
    Ok(Some(text))
}

/// An `inet` or `cidr` in text form, without the length of its network.
pub(super) fn inet_text(bytes: &[u8]) -> Option<String> {
    let (&[_family, _bits, _is_cidr, length], address) = bytes.split_first_chunk::<4>()?;
    if address.len() != usize::from(length) {
        return None;
    }
    if let Ok(v4) = <[u8; 4]>::try_from(address) {
        return Some(std::net::Ipv4Addr::from(v4).to_string());
    }
    let v6 = <[u8; 16]>::try_from(address).ok()?;
    Some(std::net::Ipv6Addr::from(v6).to_string())
}

/// A `bytea` in text form, decoded: hex, or with escapes.
pub(super) fn bytea_bytes(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        return hex::decode(digits).ok();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                after
            }
            (
                b'\\',
                [
                    a @ b'0'..=b'3',
                    b @ b'0'..=b'7',
                    c @ b'0'..=b'7',
                    after @ ..,
                ],
            ) => {
                bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                after
            }
            (b'\\', _) => return None,
            (byte, after) => {
                bytes.push(byte);
                after
            }
        };
    }
    Some(bytes)
}

/// One dimension or more of an array in binary form.
#[derive(Debug)]
pub(super) struct Array<'a> {
    /// Everything in front of the elements.
    pub(super) head: &'a [u8],
    pub(super) elements: Vec<Option<&'a [u8]>>,
}

impl<'a> Array<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        let dimensions = reader.u32()?;
        reader.bytes(8)?;
        if dimensions > 6 {
            return Err(WireError::InvalidValue);
        }
        let mut count: usize = usize::from(dimensions > 0);
        for _ in 0..dimensions {
            let length = usize::try_from(reader.i32()?).map_err(|_| WireError::InvalidValue)?;
            count = count.checked_mul(length).ok_or(WireError::InvalidValue)?;
            reader.bytes(4)?;
        }
        let head_length = bytes.len() - reader.rest().len();
        let mut elements = Vec::new();
        for _ in 0..count {
            elements.push(reader.value()?);
        }
        reader.finish()?;
        Ok(Self {
            head: bytes.get(..head_length).unwrap_or_default(),
            elements,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerics_read_as_the_server_prints_them() {
        let number = |weight: i16, sign: u16, scale: u16, groups: &[u16]| {
            let mut bytes = Vec::new();
            bytes.extend(u16::try_from(groups.len()).expect("few").to_be_bytes());
            bytes.extend(weight.to_be_bytes());
            bytes.extend(sign.to_be_bytes());
            bytes.extend(scale.to_be_bytes());
            for group in groups {
                bytes.extend(group.to_be_bytes());
            }
            numeric_text(&bytes)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            number(3, 0, 0, &[4111, 1111, 1111, 1111]),
            text("4111111111111111")
        );
        assert_eq!(number(1, 0, 0, &[1]), text("10000"));
        assert_eq!(number(0, 0x4000, 2, &[12, 3400]), text("-12.34"));
        assert_eq!(number(-1, 0, 3, &[50]), text("0.005"));
        assert_eq!(number(0, 0, 0, &[]), text("0"));
        assert_eq!(number(0, 0xc000, 0, &[]), None);
        assert_eq!(numeric_text(&[0, 9]), None);
    }

    #[test]
    fn addresses_and_bytes_are_decoded() {
        assert_eq!(
            inet_text(&[2, 32, 0, 4, 192, 0, 2, 1]).as_deref(),
            Some("192.0.2.1")
        );
        assert_eq!(inet_text(&[2, 32, 0, 4, 192]), None);
        assert_eq!(bytea_bytes("\\x6162"), Some(b"ab".to_vec()));
        assert_eq!(bytea_bytes("a\\\\\\142"), Some(b"a\\b".to_vec()));
        assert_eq!(bytea_bytes("\\9"), None);
    }

    #[test]
    fn arrays_are_read_whole() {
        let bytes = b"\0\0\0\x01\0\0\0\0\0\0\0\x19\0\0\0\x02\0\0\0\x01\0\0\0\x01a\xff\xff\xff\xff";
        let array = Array::read(bytes).expect("parses");
        assert_eq!(array.head.len(), 20);
        assert_eq!(array.elements, [Some(&b"a"[..]), None]);
        assert!(Array::read(&bytes[..22]).is_err());
        assert!(Array::read(b"\x7f\xff\xff\xff\0\0\0\0\0\0\0\x19").is_err());
    }
}
