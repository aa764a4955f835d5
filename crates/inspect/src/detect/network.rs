//! IP and MAC addresses.

use std::net::Ipv6Addr;

use super::bytes::{at, before, is_word, run, run_back, slice};
use super::entity::Entity;
use super::pass::Pass;

/// Claims the IPv4, IPv6 or MAC address whose first word with a digit starts at `start`.
pub(super) fn find(pass: &mut Pass, start: usize, word_end: usize) -> Option<usize> {
    match at(pass.text, word_end) {
        b'.' => ipv4(pass, start).or_else(|| cisco_mac(pass, start)),
        b':' | b'-' => mac(pass, start).or_else(|| ipv6(pass, start)),
        _ if before(pass.text, start) == b':' => ipv6(pass, start),
        _ => None,
    }
}

/// Claims an address at a separator behind hexadecimal letters, such as `fe:ed:…` or `fe::`.
pub(super) fn find_without_digits(pass: &mut Pass, index: usize) {
    let text = pass.text;
    let start = run_back(text, index, 5, |byte| byte.is_ascii_hexdigit());
    let letters = !slice(text, start, index).iter().any(u8::is_ascii_digit);
    let goes_on = at(text, index + 1).is_ascii_hexdigit() || at(text, index + 1) == b':';
    if letters && index - start <= 4 && goes_on && mac(pass, start).is_none() {
        ipv6(pass, start);
    }
}

fn ipv4(pass: &mut Pass, start: usize) -> Option<usize> {
    if !pass.wants(Entity::IpAddress) {
        return None;
    }
    let text = pass.text;
    let mut octets = [0u32; 4];
    let mut index = start;
    for (position, octet) in octets.iter_mut().enumerate() {
        if position > 0 {
            (at(text, index) == b'.').then_some(())?;
            index += 1;
        }
        let end = run(text, index, 4, |byte| byte.is_ascii_digit());
        let digits = slice(text, index, end);
        let leading_zero = digits.len() > 1 && digits.first() == Some(&b'0');
        if digits.is_empty() || digits.len() > 3 || leading_zero {
            return None;
        }
        *octet = digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        (*octet <= 255).then_some(())?;
        index = end;
    }
    let next = at(text, index);
    let goes_on = is_word(next)
        || (matches!(next, b'.' | b'-') && at(text, index + 1).is_ascii_alphanumeric() && {
            next == b'-' || at(text, index + 1).is_ascii_digit()
        });
    let unspecific =
        octets == [0; 4] || (octets.first() == Some(&255) && octets.get(1) == Some(&255));
    if goes_on || unspecific || !may_start(text, start) || is_version(text, start) {
        return None;
    }
    pass.claim(Entity::IpAddress, start, index, 0.95);
    Some(index)
}

/// Whether an address may start here: `ip-1.2.3.4.jar` and `lib==1.2.3.4` hold none.
fn may_start(text: &[u8], start: usize) -> bool {
    let earlier = before(text, start.saturating_sub(1));
    match before(text, start) {
        b'.' | b'-' | b'_' => !earlier.is_ascii_alphanumeric(),
        b'=' => !matches!(earlier, b'=' | b'~' | b'>' | b'<' | b'!'),
        b'~' | b'^' => false,
        prior => !prior.is_ascii_alphanumeric(),
    }
}

/// Words before a dotted number that is no address.
const VERSION_WORDS: &[&str] = &[
    "version",
    "versions",
    "ver",
    "v",
    "release",
    "rev",
    "revision",
    "build",
    "firmware",
    "driver",
    "update",
    "upgrade",
    "upgraded",
    "sdk",
    "section",
    "chapter",
    "clause",
    "figure",
    "table",
    "paragraph",
    "abschnitt",
    "kapitel",
    "versión",
    "versione",
    "versão",
    "versie",
    "wersja",
    "wersji",
    "versio",
    "versionen",
    "sección",
    "sezione",
    "seção",
    "oid",
    "schema",
    "kernel",
];

fn is_version(text: &[u8], start: usize) -> bool {
    let prior = before(text, start);
    if prior == b'/' {
        // `Chrome/120.0.6099.71`; but not `host/10.1.2.3` or `//10.1.2.3`.
        let name = run_back(text, start - 1, 32, |byte| byte.is_ascii_alphanumeric());
        return at(text, name).is_ascii_uppercase();
    }
    let gap = run_back(text, start, 4, |byte| {
        matches!(byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'(')
    });
    let word_start = run_back(text, gap, 16, |byte| {
        byte.is_ascii_alphabetic() || byte >= 0x80
    });
    let word = slice(text, word_start, gap);
    gap < start
        && VERSION_WORDS
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

fn ipv6(pass: &mut Pass, word: usize) -> Option<usize> {
    if !pass.wants(Entity::IpAddress) {
        return None;
    }
    let text = pass.text;
    // An address may begin with `::` or with groups that were passed over.
    let part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let start = run_back(text, word, 40, |byte| {
        byte.is_ascii_hexdigit() || byte == b':'
    });
    let mut end = run(text, word, 46, part);
    if is_word(before(text, start)) || is_word(at(text, end)) {
        return None;
    }
    while end > start
        && matches!(before(text, end), b'.' | b':')
        && !ends_in_double_colon(text, end)
    {
        end -= 1;
    }
    // A key's colon before the address: `ip:2001:db8::1` is cut at its word above, `":2001…` here.
    let start = if at(text, start) == b':' && at(text, start + 1) != b':' {
        start + 1
    } else {
        start
    };
    let mut written = std::str::from_utf8(slice(text, start, end)).ok()?;
    // Eight groups and a port.
    if let Some((address, port)) = written.rsplit_once(':')
        && written.bytes().filter(|byte| *byte == b':').count() == 8
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        end = start + address.len();
        written = address;
    }
    let address: Ipv6Addr = written.parse().ok()?;
    let groups = written.split(':').filter(|group| !group.is_empty()).count();
    let digits = written.bytes().any(|byte| byte.is_ascii_digit());
    let telling =
        groups >= 3 || address.is_loopback() || address.segments().first() > Some(&0x1fff);
    if !digits || !telling || written.len() < 3 {
        return None;
    }
    pass.claim(Entity::IpAddress, start, end, 0.95);
    Some(end)
}

fn ends_in_double_colon(text: &[u8], end: usize) -> bool {
    slice(text, end.saturating_sub(2), end) == b"::"
}

fn mac(pass: &mut Pass, start: usize) -> Option<usize> {
    if !pass.wants(Entity::MacAddress) {
        return None;
    }
    let text = pass.text;
    let separator = at(text, start + 2);
    let window = slice(text, start, start + 17);
    let fits = window.len() == 17
        && window
            .iter()
            .enumerate()
            .all(|(index, byte)| match index % 3 {
                2 => *byte == separator,
                _ => byte.is_ascii_hexdigit(),
            });
    claim_mac(
        pass,
        start,
        start + 17,
        fits && matches!(separator, b':' | b'-'),
    )
}

/// `0123.4567.89ab`
fn cisco_mac(pass: &mut Pass, start: usize) -> Option<usize> {
    let window = slice(pass.text, start, start + 14);
    let fits = window.len() == 14
        && window
            .iter()
            .enumerate()
            .all(|(index, byte)| match index % 5 {
                4 => *byte == b'.',
                _ => byte.is_ascii_hexdigit(),
            })
        && window.iter().any(u8::is_ascii_alphabetic);
    claim_mac(pass, start, start + 14, fits)
}

/// Claims it unless it is part of something longer, such as a key's fingerprint, or blank.
fn claim_mac(pass: &mut Pass, start: usize, end: usize, fits: bool) -> Option<usize> {
    let text = pass.text;
    let hex = |byte: u8| byte.is_ascii_hexdigit();
    let prior = before(text, start);
    let joined_before = matches!(prior, b':' | b'-' | b'.') && {
        let earlier = before(text, start - 1);
        let two = hex(earlier) && hex(before(text, start.saturating_sub(2)));
        two && !is_word(before(text, start.saturating_sub(3)))
    };
    let next = at(text, end);
    let joined_behind = matches!(next, b':' | b'-' | b'.') && hex(at(text, end + 1));
    let blank = slice(text, start, end)
        .iter()
        .all(|byte| !hex(*byte) || *byte == b'0');
    if !fits || is_word(prior) || is_word(next) || joined_before || joined_behind || blank {
        return None;
    }
    pass.claim(Entity::MacAddress, start, end, 0.95);
    Some(end)
}
