//! Secrets without a shape of their own, found by what they are assigned to: `password = …`,
//! `API_KEY: …`, `--token …`, `the password is …`.

use super::bytes::{at, before, is_word, run, run_back, slice};
use super::context::label_end;
use super::entity::Entity as E;
use super::pass::Pass;
use super::plausible::{is_aws_secret, is_azure_key, is_password, is_placeholder, is_secret};
use super::tokens;

/// What a keyword announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    /// Something that a person may have chosen.
    Password,
    /// Like [`Self::Password`], but a word that needs boundaries (`pass`, `pwd`).
    ShortPassword,
    /// Something that a machine made.
    Secret,
    /// `Bearer`, `Basic`: the value follows a space.
    Scheme,
    /// `-p` of MySQL's tools, `-u` of curl.
    Flag,
}

/// Keywords in lower case; found in any case.
pub(super) const KEYWORDS: &[(&str, Keyword)] = &[
    ("password", Keyword::Password),
    ("passwd", Keyword::Password),
    ("passphrase", Keyword::Password),
    ("passcode", Keyword::Password),
    ("passwort", Keyword::Password),
    ("kennwort", Keyword::Password),
    ("mot de passe", Keyword::Password),
    ("mot_de_passe", Keyword::Password),
    ("contraseña", Keyword::Password),
    ("contrasena", Keyword::Password),
    ("senha", Keyword::ShortPassword),
    ("wachtwoord", Keyword::Password),
    ("hasło", Keyword::ShortPassword),
    ("haslo", Keyword::ShortPassword),
    ("lösenord", Keyword::Password),
    ("losenord", Keyword::Password),
    ("salasana", Keyword::Password),
    ("identified by", Keyword::Password),
    ("pwd", Keyword::ShortPassword),
    ("pass", Keyword::ShortPassword),
    ("sshpass -p", Keyword::Flag),
    (" -p'", Keyword::Flag),
    (" -p\"", Keyword::Flag),
    (" -u ", Keyword::Flag),
    ("secret", Keyword::Secret),
    ("token", Keyword::Secret),
    ("api_key", Keyword::Secret),
    ("apikey", Keyword::Secret),
    ("api-key", Keyword::Secret),
    ("api key", Keyword::Secret),
    ("access_key", Keyword::Secret),
    ("accesskey", Keyword::Secret),
    ("access-key", Keyword::Secret),
    ("account_key", Keyword::Secret),
    ("accountkey", Keyword::Secret),
    ("encryption_key", Keyword::Secret),
    ("encryptionkey", Keyword::Secret),
    ("signing_key", Keyword::Secret),
    ("signingkey", Keyword::Secret),
    ("private_key", Keyword::Secret),
    ("privatekey", Keyword::Secret),
    ("auth_key", Keyword::Secret),
    ("authkey", Keyword::Secret),
    ("master_key", Keyword::Secret),
    ("masterkey", Keyword::Secret),
    ("storage_key", Keyword::Secret),
    ("credential", Keyword::Secret),
    ("bearer ", Keyword::Scheme),
    ("basic ", Keyword::Scheme),
];

/// Longest value that is read.
const MAX_VALUE: usize = 256;

/// How a value is tied to its keyword; the looser, the more it must look like a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    Quoted,
    Assigned,
    Prose,
}

/// Claims the value that belongs to the keyword from `start` to `end`.
pub(super) fn find(pass: &mut Pass, keyword: Keyword, start: usize, end: usize) {
    let text = pass.text;
    let (tie, from, to) = match keyword {
        Keyword::Flag => match flag(text, start, end) {
            Some(found) => found,
            None => return,
        },
        Keyword::Scheme if is_word(before(text, start)) => return,
        Keyword::Scheme => (Tie::Prose, end, unquoted_end(text, end)),
        _ => {
            let short = keyword == Keyword::ShortPassword;
            let humped =
                at(text, start).is_ascii_uppercase() && before(text, start).is_ascii_lowercase();
            if short && before(text, start).is_ascii_alphanumeric() && !humped {
                return;
            }
            let Some(key) = key_end(text, keyword, end) else {
                return;
            };
            match value(text, keyword, start, key) {
                Some(found) => found,
                None => return,
            }
        }
    };
    let key = key_name(text, start, from);
    claim(pass, keyword, &key, tie, from, to);
}

/// The password behind a flag of a command that is known to take one.
fn flag(text: &[u8], start: usize, end: usize) -> Option<(Tie, usize, usize)> {
    let command = slice(text, start.saturating_sub(64), end);
    let of = |name: &[u8]| memchr::memmem::find(command, name).is_some();
    match before(text, end) {
        b'p' if of(b"sshpass") => {
            let from = run(text, end, 1, |byte| byte == b' ');
            Some(tied(text, from))
        }
        quote @ (b'\'' | b'"') if of(b"mysql") || of(b"maria") => {
            Some((Tie::Quoted, end, quoted_end(text, end, quote)?))
        }
        b' ' if of(b"curl") => {
            let (tie, from, to) = tied(text, end);
            let colon = memchr::memchr(b':', slice(text, from, to))?;
            Some((tie, from + colon + 1, to))
        }
        _ => None,
    }
}

/// Claims a whole text whose name ends with a keyword, such as the value of a column `api_key`.
pub(super) fn named(pass: &mut Pass, name: &str) {
    let Some(keyword) = tokens::keyword_at_end(name) else {
        return;
    };
    let key = name.to_ascii_lowercase();
    claim(
        pass,
        keyword,
        key.as_bytes(),
        Tie::Quoted,
        0,
        pass.text.len(),
    );
}

/// Where the key ends whose keyword ends at `end`; `None` where it says something about a secret
/// (`password_reset_at`, `tokens`, `secret_name`) instead of naming one.
pub(super) fn key_end(text: &[u8], keyword: Keyword, end: usize) -> Option<usize> {
    let key = run(text, end, 32, |byte| is_word(byte) || byte == b'-');
    let suffix: Vec<u8> = slice(text, end, key)
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    let names = match keyword {
        Keyword::Secret => matches!(
            suffix.as_slice(),
            b"" | b"key" | b"accesskey" | b"value" | b"token" | b"primary" | b"secondary"
        ),
        // `lösenordet`, `salasanani`: definite and possessive forms.
        _ => matches!(suffix.as_slice(), b"" | b"value" | b"et" | b"ni" | b"si"),
    };
    let numbered = !suffix.is_empty() && suffix.len() <= 2 && suffix.iter().all(u8::is_ascii_digit);
    (names || numbered).then_some(key)
}

/// The key before a value, in lower case and without separators: what stands before the keyword tells
/// an Azure key from others.
fn key_name(text: &[u8], start: usize, value: usize) -> Vec<u8> {
    let from = run_back(text, start, 32, |byte| {
        is_word(byte) || matches!(byte, b'-' | b'.')
    });
    slice(text, from, value.min(start + 48))
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect()
}

/// The value that belongs to a key that ends at `key`: how it is tied, start and end.
fn value(text: &[u8], keyword: Keyword, start: usize, key: usize) -> Option<(Tie, usize, usize)> {
    // `"password": …`, `env["PASSWORD"] = …`, and escaped `\"password\": …`.
    let closed = run(text, key, 4, |byte| {
        matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b')')
    });
    let spaced = run(text, closed, 8, |byte| byte == b' ' || byte == b'\t');
    let sign = run(text, spaced, 2, |byte| matches!(byte, b':' | b'=' | b'>'));
    if sign > spaced && at(text, sign) != b'=' {
        let from = run(text, sign, 8, |byte| byte == b' ' || byte == b'\t');
        return Some(tied(text, from));
    }
    let password = matches!(keyword, Keyword::Password | Keyword::ShortPassword);
    if closed > key || spaced == key {
        return None;
    }
    if password && matches!(at(text, spaced), b'\'' | b'"') {
        let (tie, from, to) = tied(text, spaced);
        return (tie == Tie::Quoted).then_some((tie, from, to));
    }
    // `--password hunter2`, `-H 'Authorization: token …'`
    let flag_start = run_back(text, start, 32, |byte| is_word(byte) || byte == b'-');
    let flag = slice(text, flag_start, flag_start + 2) == b"--";
    let header =
        slice(text, start.saturating_sub(15), start).eq_ignore_ascii_case(b"authorization: ");
    // A line of `.netrc`.
    let earlier = slice(text, start.saturating_sub(96), start);
    let netrc = memchr::memmem::find(earlier, b"machine ").is_some()
        && memchr::memmem::find(earlier, b"login ").is_some();
    if flag || header || netrc {
        return Some(tied(text, spaced));
    }
    prose(text, key).map(|from| (Tie::Prose, from, prose_end(text, from)))
}

/// A value that follows a sign of assignment, with or without quotes.
fn tied(text: &[u8], from: usize) -> (Tie, usize, usize) {
    let escaped = usize::from(at(text, from) == b'\\');
    let quote = at(text, from + escaped);
    if matches!(quote, b'"' | b'\'' | b'`') {
        let inner = from + escaped + 1;
        if let Some(close) = quoted_end(text, inner, quote) {
            return (Tie::Quoted, inner, close);
        }
        return (Tie::Assigned, inner, unquoted_end(text, inner));
    }
    (Tie::Assigned, from, unquoted_end(text, from))
}

fn quoted_end(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let window = slice(text, from, from + MAX_VALUE);
    let close = from + memchr::memchr2(quote, b'\n', window)?;
    (at(text, close) == quote).then_some(())?;
    Some(if before(text, close) == b'\\' {
        close - 1
    } else {
        close
    })
}

fn unquoted_end(text: &[u8], from: usize) -> usize {
    let mut end = from;
    while end < from + MAX_VALUE {
        let byte = at(text, end);
        let ends = byte <= b' '
            || matches!(
                byte,
                b'"' | b'\'' | b'`' | b'<' | b'>' | b',' | b';' | b'|' | b')' | b'}' | b']' | b'\\'
            );
        // `a=1&b=2` is two values; a password may hold an ampersand.
        if ends || (byte == b'&' && is_parameter(text, end + 1)) {
            break;
        }
        end += 1;
    }
    if before(text, end) == b'.' && end > from {
        end - 1
    } else {
        end
    }
}

/// Whether `name=` starts here.
fn is_parameter(text: &[u8], start: usize) -> bool {
    let end = run(text, start, 32, is_word);
    end > start && at(text, end) == b'='
}

/// Words that tie a value to a keyword in a sentence.
const COPULAS: &[&str] = &[
    " is ", " is: ", " was ", " to ", " ist ", " lautet ", " est ", " es ", " è ", " é ", " jest ",
    " to: ", " är ", " on ", " = ", ": ",
];

/// Where the value starts that a sentence gives: `the password for staging is …`.
fn prose(text: &[u8], key: usize) -> Option<usize> {
    let window = slice(text, key, key + 48);
    let clause = window
        .iter()
        .position(|byte| matches!(byte, b',' | b';' | b'\n' | b'"' | b'?' | b'!'))
        .map_or(window, |end| slice(window, 0, end));
    let (index, copula) = COPULAS
        .iter()
        .filter_map(|copula| Some((memchr::memmem::find(clause, copula.as_bytes())?, copula)))
        .min_by_key(|(index, _)| *index)?;
    let from = key + index + copula.len();
    let bold = if slice(text, from, from + 2) == b"**" {
        2
    } else {
        0
    };
    Some(run(text, from + bold, 1, |byte| {
        matches!(byte, b'\'' | b'"' | b'`')
    }))
}

fn prose_end(text: &[u8], from: usize) -> usize {
    let mut end = unquoted_end(text, from);
    // What ends the sentence is no part of it, nor what sets the value off.
    let bold = slice(text, from.saturating_sub(2), from) == b"**";
    let ends =
        |byte| matches!(byte, b'.' | b',' | b':' | b'?' | b'"' | b'\'') || (bold && byte == b'*');
    while end > from && ends(before(text, end)) {
        end -= 1;
    }
    end
}

fn claim(pass: &mut Pass, keyword: Keyword, key: &[u8], tie: Tie, from: usize, to: usize) {
    let value = slice(pass.text, from, to);
    if value.len() >= MAX_VALUE || is_placeholder(value) || label_end(pass.text, from) >= to {
        return;
    }
    match keyword {
        Keyword::Password | Keyword::ShortPassword | Keyword::Flag => {
            if is_password(value, tie) {
                let score = if tie == Tie::Prose { 0.7 } else { 0.8 };
                pass.claim(E::Password, from, to, score);
            }
        }
        Keyword::Secret | Keyword::Scheme => {
            let has = |part: &[u8]| memchr::memmem::find(key, part).is_some();
            if is_aws_secret(value) && (has(b"aws") || has(b"secretaccesskey") || has(b"secretkey"))
            {
                pass.claim(E::AwsSecretKey, from, to, 0.95);
            } else if is_azure_key(value)
                && (has(b"accountkey") || has(b"accesskey") || has(b"azure") || has(b"storagekey"))
            {
                pass.claim(E::AzureKey, from, to, 0.95);
            } else if !has(b"page")
                && !has(b"cursor")
                && !has(b"continuation")
                && !has(b"csrf")
                && is_secret(value)
            {
                pass.claim(E::GenericSecret, from, to, 0.75);
            }
        }
    }
}
