//! E-mail addresses, from their `@` outwards.

use super::bytes::{at, before, run, run_back, slice};
use super::entity::Entity;
use super::pass::Pass;

/// Limits of RFC 5321.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 255;

/// Longest user name that is looked through for the `://` of a URL.
const MAX_USERINFO: usize = 128;

/// Last labels that are the extension of a file, not a domain: `icon@2x.png`.
const EXTENSIONS: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "bmp", "css", "scss", "js", "mjs",
    "ts", "tsx", "jsx", "json", "html", "htm", "xml", "yaml", "yml", "toml", "lock", "txt", "csv",
    "pdf", "tgz", "gz", "tar", "whl", "jar", "exe", "dll", "deb", "rpm",
];

/// Claims the address around the `@` at `index`.
pub(super) fn find(pass: &mut Pass, index: usize) {
    if !pass.wants(Entity::EmailAddress) {
        return;
    }
    let text = pass.text;
    let Some(start) = local_start(text, index) else {
        return;
    };
    let Some(end) = domain_end(text, index + 1) else {
        return;
    };
    if is_userinfo(text, start) || is_clone_url(text, start, index, end) {
        return;
    }
    pass.claim(Entity::EmailAddress, start, end, 1.0);
}

/// Where the local part that ends before the `@` starts. Of RFC 5322's characters those are left out
/// that mostly come from what stands around an address: `=`, `/`, `?`, `&`, `%` and the like.
fn local_start(text: &[u8], end: usize) -> Option<usize> {
    let mut start = run_back(text, end, MAX_LOCAL + 1, is_local);
    if end - start > MAX_LOCAL {
        return None;
    }
    // What is left of an escape before the address: `%3D`, `\n`, `\u003c`.
    start += match before(text, start) {
        b'%' => 2,
        b'\\' if at(text, start) == b'u' => 5,
        b'\\' if matches!(at(text, start), b'n' | b't' | b'r' | b'b' | b'f') => 1,
        _ => 0,
    };
    start = latin_start(text, start.min(end));
    while start < end && matches!(at(text, start), b'.' | b'-' | b'\'' | b'+' | b'~') {
        start += 1;
    }
    let local = slice(text, start, end);
    let fits = !local.is_empty()
        && local.last() != Some(&b'.')
        && !local.windows(2).any(|pair| pair == b"..");
    fits.then_some(start)
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'\'' | b'~')
        || byte >= 0x80
}

/// Of a local part only Latin letters count beyond ASCII: text in other scripts is often not parted
/// from an address by a space.
fn latin_start(text: &[u8], start: usize) -> usize {
    let mut index = start;
    let mut from = start;
    while at(text, index) >= 0x80 || is_local(at(text, index)) {
        let byte = at(text, index);
        if byte < 0x80 {
            index += 1;
            continue;
        }
        let latin = matches!(byte, 0xc3..=0xc9) && matches!(at(text, index + 1), 0x80..=0xbf);
        index += if latin { 2 } else { 1 };
        if !latin {
            from = index;
        }
    }
    from
}

/// The end of the domain that starts at `start`: at least two labels, the last one a name.
fn domain_end(text: &[u8], start: usize) -> Option<usize> {
    let limit = start + MAX_DOMAIN;
    let mut labels = 0;
    let mut index = start;
    let mut end = None;
    while index < limit {
        let label_end = run(text, index, 64, is_label);
        let label = slice(text, index, label_end);
        if label.is_empty() || label.len() > 63 || label.first() == Some(&b'-') {
            break;
        }
        if labels > 0 {
            let name = run(text, index, 64, is_name);
            let name_end = if label.starts_with(b"xn--") {
                label_end
            } else {
                name
            };
            let bounded = !at(text, name_end).is_ascii_digit();
            if (2..=24).contains(&(name_end - index)) && bounded {
                end = Some(name_end);
            }
        }
        labels += 1;
        if label.last() == Some(&b'-') || at(text, label_end) != b'.' {
            break;
        }
        index = label_end + 1;
    }
    let end = end?;
    (!is_file(slice(text, start, end))).then_some(end)
}

fn is_label(byte: u8) -> bool {
    is_name(byte) || byte.is_ascii_digit() || byte == b'-'
}

/// Letters of ASCII, and the bytes of Latin letters beyond it.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, 0xc3..=0xc9 | 0x80..=0xbf)
}

fn is_file(domain: &[u8]) -> bool {
    let extension = domain
        .rsplit(|byte| *byte == b'.')
        .next()
        .unwrap_or_default();
    EXTENSIONS
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether what stands before the `@` is the user part of a URL (`ssh://git@…`, `https://u:p@…`).
fn is_userinfo(text: &[u8], start: usize) -> bool {
    let user = run_back(text, start, MAX_USERINFO, |byte| {
        byte > b' ' && !matches!(byte, b'/' | b'?' | b'"' | b'\'' | b'<' | b'>' | b',' | b'#')
    });
    let scheme = slice(text, user.saturating_sub(3), user);
    let mail = slice(text, user.saturating_sub(10), user.saturating_sub(3));
    scheme == b"://" && !mail.ends_with(b"mailto")
}

/// Whether this is `git@host:path`, which is nobody's address.
fn is_clone_url(text: &[u8], start: usize, at_sign: usize, end: usize) -> bool {
    slice(text, start, at_sign) == b"git" && at(text, end) == b':' && at(text, end + 1) > b' '
}
