//! Passwords in the user part of a URL.

use super::bytes::{run, slice};
use super::entity::Entity;
use super::pass::Pass;
use super::plausible::is_placeholder;

/// Longest authority that is read.
const MAX_AUTHORITY: usize = 512;

/// Claims the password in the authority that starts at `start`, behind `://`.
pub(super) fn find(pass: &mut Pass, start: usize) {
    let text = pass.text;
    let end = run(text, start, MAX_AUTHORITY, |byte| {
        byte > b' '
            && !matches!(
                byte,
                b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\'
            )
    });
    let authority = slice(text, start, end);
    let Some(at_sign) = memchr::memrchr(b'@', authority) else {
        return;
    };
    let userinfo = slice(authority, 0, at_sign);
    let Some(colon) = memchr::memchr(b':', userinfo) else {
        return;
    };
    let password = slice(userinfo, colon + 1, at_sign);
    if password.is_empty() || is_placeholder(password) {
        return;
    }
    pass.claim(Entity::UrlPassword, start + colon + 1, start + at_sign, 0.9);
}
