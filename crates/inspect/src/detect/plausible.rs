//! Whether a value that is assigned to something secret is a secret itself.

use super::assigned::Tie;
use super::bytes::{entropy, is_word};
use super::context::label_end;

/// 40 characters of base64; 40 hexadecimal digits are something else.
pub(super) fn is_aws_secret(value: &[u8]) -> bool {
    value.len() == 40
        && !value.iter().all(u8::is_ascii_hexdigit)
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+'))
        && entropy(value) > 3.5
}

/// 64 or 32 bytes in base64.
pub(super) fn is_azure_key(value: &[u8]) -> bool {
    let body = |length: usize, padding: &[u8]| {
        value.len() == length
            && value.ends_with(padding)
            && value
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'='))
    };
    body(88, b"==") || body(44, b"=")
}

/// Whether a machine may have made it: long, varied, and no path, address or identifier of code.
pub(super) fn is_secret(value: &[u8]) -> bool {
    let characters = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./+=~:".contains(byte);
    let count = |class: fn(&u8) -> bool| value.iter().filter(|byte| class(byte)).count();
    let digits = count(u8::is_ascii_digit);
    let slashes = count(|byte| *byte == b'/');
    let path = value.first() == Some(&b'/') || (slashes > 0 && digits < 4);
    let url = memchr::memmem::find(value, b"://").is_some();
    // Letters alone are a secret where capitals are strewn as no name would have them.
    let upper = count(u8::is_ascii_uppercase);
    let strewn = value.len() >= 20
        && value.iter().all(u8::is_ascii_alphanumeric)
        && (value.len() / 4..=value.len() * 3 / 4).contains(&upper);
    value.len() >= 16
        && value.iter().all(characters)
        && (digits >= 2 || strewn)
        && count(u8::is_ascii_alphabetic) > 0
        && !path
        && !url
        && count(|byte| *byte == b'.') <= 3
        && entropy(value) > 3.0
}

/// Whether someone may sign in with it.
pub(super) fn is_password(value: &[u8], tie: Tie) -> bool {
    let any = |class: fn(&u8) -> bool| value.iter().any(class);
    let digit = any(u8::is_ascii_digit);
    let letter = any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    let symbol = any(|byte| {
        byte.is_ascii_punctuation()
            && !matches!(
                byte,
                b'_' | b'.' | b'-' | b'/' | b':' | b'[' | b']' | b'(' | b'*'
            )
    });
    let spaces = value.iter().filter(|byte| **byte == b' ').count();
    let path = matches!(value.first(), Some(b'/' | b'~' | b'.'))
        || memchr::memmem::find(value, b"://").is_some();
    let relative = tie != Tie::Quoted && value.contains(&b'/') && value.contains(&b'.');
    let path = path || relative;
    let humps = value
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()))
        .count();
    // `input("…")`, `config.get('x')`, `a.b.c`
    let code = memchr::memmem::find(value, b"(").is_some() && tie != Tie::Quoted;
    match tie {
        Tie::Quoted => value.len() >= 4 && (spaces == 0 || (digit && spaces < 6)) && !path,
        Tie::Assigned => {
            value.len() >= 6
                && (digit || symbol || humps > 0)
                && !path
                && !code
                && !is_lookup(value)
        }
        Tie::Prose => {
            let chosen = digit && (letter || symbol);
            let made = value.len() >= 8 && (humps >= 2 || (humps == 1 && symbol));
            value.len() >= 6 && (chosen || made) && !path && !code
        }
    }
}

/// `user.password`, `req.body.password2`: a path of names, not a value.
fn is_lookup(value: &[u8]) -> bool {
    let name = |part: &[u8]| {
        part.first()
            .is_some_and(|byte| byte.is_ascii_lowercase() || *byte == b'_')
            && part
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || *byte == b'_' || byte.is_ascii_uppercase())
    };
    value.contains(&b'.') && value.split(|byte| *byte == b'.').all(name)
}

/// Words that stand where a secret would.
const PLACEHOLDERS: &[&str] = &[
    "null",
    "none",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "text",
    "required",
    "optional",
    "password",
    "passwd",
    "passwort",
    "contraseña",
    "secret",
    "token",
    "redacted",
    "hidden",
    "masked",
    "placeholder",
    "empty",
    "unset",
    "default",
    "pass",
    "user",
    "field",
    "value",
    "varchar",
    "char",
    "hash",
    "hashed",
    "bool",
    "boolean",
    "number",
    "object",
    "input",
    "prompt",
    "changeit",
];

/// Whether a value stands for a secret instead of being one: a variable, a template, a mask, a word.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let starts = |prefix: &[u8]| value.starts_with(prefix);
    let variable = match value {
        [b'$', rest @ ..] => {
            starts(b"${")
                || starts(b"$(")
                || rest
                    .iter()
                    .all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
        }
        [b'%', rest @ .., b'%'] => rest.iter().all(|byte| is_word(*byte)),
        _ => false,
    };
    let template = starts(b"{{")
        || starts(b"<")
        || starts(b"%(")
        || starts(b"%s")
        || starts(b"**")
        || starts(b"${")
        || starts(b"{")
        || starts(b"#{");
    let lower = value.to_ascii_lowercase();
    let contains = |part: &[u8]| memchr::memmem::find(&lower, part).is_some();
    let code = contains(b"environ")
        || contains(b"process.env")
        || contains(b"getenv")
        || contains(b"env[")
        || contains(b"env.")
        || contains(b"secrets.")
        || contains(b"vault:");
    let advice = lower.starts_with(b"your")
        || lower.starts_with(b"my_")
        || lower.starts_with(b"my-")
        || contains(b"example")
        || contains(b"xxxx")
        || contains(b"...")
        || contains(b"placeholder")
        || contains(b"changeme")
        || contains(b"change_me")
        || contains(b"replace")
        || contains(b"insert_");
    let word = PLACEHOLDERS.iter().any(|known| lower == known.as_bytes());
    let same = value.windows(2).all(|pair| pair.first() == pair.last());
    let label = value.first() == Some(&b'[') && label_end(value, 1) > 1;
    value.is_empty() || variable || template || code || advice || word || same || label
}
