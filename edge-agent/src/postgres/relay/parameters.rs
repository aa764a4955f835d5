//! Bound values as facts: text where the value has one, hex where the edge does not know its type.

use std::sync::Arc;

use countersign_model::Parameter;

use super::names::Statement;
use crate::postgres::{
    frontend::Bind,
    mask::{oid, value},
};

/// A value in text form that is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter in text form is not UTF-8")]
pub(super) struct NotText;

/// The values of a Bind.
pub(super) fn read(bind: &Bind<'_>, statement: &Statement) -> Result<Arc<[Parameter]>, NotText> {
    bind.values
        .iter()
        .enumerate()
        .map(|(index, bytes)| {
            let Some(bytes) = bytes else {
                return Ok(Parameter::Null);
            };
            if bind.formats.is_binary(index) {
                return Ok(binary(bytes, statement.parameter_type(index)));
            }
            match std::str::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => Ok(Parameter::Text(text.to_owned())),
                _ => Err(NotText),
            }
        })
        .collect()
}

fn binary(bytes: &[u8], type_oid: u32) -> Parameter {
    decode(bytes, type_oid).map_or_else(|| Parameter::Binary(hex::encode(bytes)), Parameter::Text)
}

fn decode(bytes: &[u8], type_oid: u32) -> Option<String> {
    let text = match type_oid {
        oid::BOOL => match bytes {
            [0] => "false".to_owned(),
            [1] => "true".to_owned(),
            _ => return None,
        },
        oid::INT2 => i16::from_be_bytes(bytes.try_into().ok()?).to_string(),
        oid::INT4 => i32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        oid::OID => u32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        oid::INT8 => i64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        oid::FLOAT4 => f32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        oid::FLOAT8 => f64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        oid::NUMERIC => value::numeric_text(bytes)?,
        oid::UUID => {
            let hex = hex::encode(<[u8; 16]>::try_from(bytes).ok()?);
            let parts = [
                hex.get(..8)?,
                hex.get(8..12)?,
                hex.get(12..16)?,
                hex.get(16..20)?,
                hex.get(20..)?,
            ];
            parts.join("-")
        }
        oid::JSONB => {
            let (version, text) = bytes.split_first()?;
            (*version == 1).then_some(())?;
            std::str::from_utf8(text).ok()?.to_owned()
        }
        _ if oid::is_text(type_oid) => std::str::from_utf8(bytes).ok()?.to_owned(),
        _ => return None,
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_types_become_text_and_others_hex() {
        let cases: &[(u32, &[u8], &str)] = &[
            (oid::INT4, &[0, 0, 0, 7], "7"),
            (oid::INT8, &(-2_i64).to_be_bytes(), "-2"),
            (oid::BOOL, &[1], "true"),
            (25, b"ada", "ada"),
            (oid::JSONB, b"\x01{}", "{}"),
            (
                oid::UUID,
                &[0x55; 16],
                "55555555-5555-5555-5555-555555555555",
            ),
        ];
        for (type_oid, bytes, text) in cases {
            assert_eq!(
                binary(bytes, *type_oid),
                Parameter::Text((*text).to_owned())
            );
        }
        assert_eq!(
            binary(&[1, 2], oid::INT4),
            Parameter::Binary("0102".to_owned())
        );
        assert_eq!(binary(&[0xab], 600), Parameter::Binary("ab".to_owned()));
    }
}
