//! Vectors that tell texts apart and mean nothing.

use serde_json::{Value, json};

use super::{Refused, known_model, script::tokens};
use crate::HttpAnswer;

const DIMENSIONS: u8 = 8;

pub(super) fn answer(body: &Value) -> Result<HttpAnswer, Refused> {
    let model = known_model(body)?;
    let inputs = match body.get("input") {
        Some(Value::String(text)) => vec![text.as_str()],
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
        _ => return Err(Refused::new(400, "`input` is no text")),
    };
    let coded = body.get("encoding_format").is_some_and(|it| it == "base64");
    let entry = |(index, text): (usize, &&str)| {
        let vector = vector(text);
        let embedding = if coded {
            base64(&vector)
        } else {
            json!(vector)
        };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    };
    let data: Vec<Value> = inputs.iter().enumerate().map(entry).collect();
    let count: usize = inputs.iter().map(|text| tokens(text)).sum();
    let usage = json!({ "prompt_tokens": count, "total_tokens": count });
    let body = json!({ "object": "list", "data": data, "model": model, "usage": usage });
    Ok(HttpAnswer::json(200, &body))
}

fn vector(text: &str) -> Vec<f32> {
    let at = |place: u8| {
        let mix = |sum: u8, byte: u8| sum.rotate_left(3) ^ byte.wrapping_add(place);
        f32::from(text.bytes().fold(place, mix)) / 256.0
    };
    (0..DIMENSIONS).map(at).collect()
}

/// The numbers' bytes, as the SDKs ask for them.
fn base64(vector: &[f32]) -> Value {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4_usize {
            let six = (bits >> (18 - 6 * place)) & 63;
            let letter = usize::try_from(six).ok().and_then(|six| ALPHABET.get(six));
            let filler = place > three.len();
            text.push(match letter {
                Some(letter) if !filler => char::from(*letter),
                _ => '=',
            });
        }
    }
    Value::String(text)
}
