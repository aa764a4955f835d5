//! Secrets with a known beginning, and the one automaton that finds all beginnings.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::assigned::{self, Keyword};
use super::bytes::{at, before, entropy, is_word, run, run_back, slice};
use super::entity::{Entity, Entity as E};
use super::pass::Pass;
use super::url;

/// Longest token that is read; a JWT with many claims is the longest.
const MAX_TOKEN: usize = 16 * 1024;

type Class = fn(u8) -> bool;

const fn base62(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

const fn base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

const fn dotted(byte: u8) -> bool {
    base64url(byte) || byte == b'.'
}

const fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

const fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

const fn path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'/'
}

/// A token: how it begins (exactly so), what follows, and how much.
struct Token {
    prefix: &'static str,
    entity: Entity,
    class: Class,
    min: usize,
    max: usize,
}

const fn token(
    prefix: &'static str,
    entity: Entity,
    class: Class,
    min: usize,
    max: usize,
) -> Token {
    Token {
        prefix,
        entity,
        class,
        min,
        max,
    }
}

const TOKENS: &[Token] = &[
    token("AKIA", E::AwsAccessKeyId, upper, 16, 16),
    token("ASIA", E::AwsAccessKeyId, upper, 16, 16),
    token("ghp_", E::GithubToken, base62, 36, 255),
    token("gho_", E::GithubToken, base62, 36, 255),
    token("ghu_", E::GithubToken, base62, 36, 255),
    token("ghs_", E::GithubToken, base62, 36, 255),
    token("ghr_", E::GithubToken, base62, 36, 255),
    token("github_pat_", E::GithubToken, base64url, 40, 255),
    token("glpat-", E::GitlabToken, dotted, 20, 320),
    token("gldt-", E::GitlabToken, dotted, 20, 320),
    token("glrt-", E::GitlabToken, dotted, 20, 320),
    token("glptt-", E::GitlabToken, dotted, 20, 320),
    token("glcbt-", E::GitlabToken, dotted, 20, 320),
    token("glsoat-", E::GitlabToken, dotted, 20, 320),
    token("xoxa-", E::SlackToken, base64url, 20, 512),
    token("xoxb-", E::SlackToken, base64url, 20, 512),
    token("xoxc-", E::SlackToken, base64url, 20, 512),
    token("xoxd-", E::SlackToken, base64url, 20, 512),
    token("xoxe-", E::SlackToken, base64url, 20, 512),
    token("xoxo-", E::SlackToken, base64url, 20, 512),
    token("xoxp-", E::SlackToken, base64url, 20, 512),
    token("xoxr-", E::SlackToken, base64url, 20, 512),
    token("xoxs-", E::SlackToken, base64url, 20, 512),
    token("xapp-", E::SlackToken, base64url, 20, 512),
    token(
        "https://hooks.slack.com/services/",
        E::SlackWebhook,
        path,
        30,
        100,
    ),
    token(
        "https://hooks.slack.com/workflows/",
        E::SlackWebhook,
        path,
        30,
        120,
    ),
    token("sk_live_", E::StripeKey, base62, 16, 255),
    token("sk_test_", E::StripeKey, base62, 16, 255),
    token("rk_live_", E::StripeKey, base62, 16, 255),
    token("rk_test_", E::StripeKey, base62, 16, 255),
    token("whsec_", E::StripeKey, base62, 24, 255),
    token("AIza", E::GoogleApiKey, base64url, 35, 35),
    token("sk-ant-", E::AnthropicKey, base64url, 40, 255),
    token("sk-", E::OpenaiKey, base64url, 40, 300),
    token("npm_", E::NpmToken, base62, 36, 36),
    token("hf_", E::HfToken, base62, 30, 40),
    token("api_org_", E::HfToken, base62, 30, 40),
    token("SG.", E::SendgridKey, dotted, 60, 80),
    token("dop_v1_", E::DoToken, hex, 64, 64),
    token("doo_v1_", E::DoToken, hex, 64, 64),
    token("dor_v1_", E::DoToken, hex, 64, 64),
    token("shpat_", E::ShopifyToken, hex, 32, 32),
    token("shpca_", E::ShopifyToken, hex, 32, 32),
    token("shppa_", E::ShopifyToken, hex, 32, 32),
    token("shpss_", E::ShopifyToken, hex, 32, 32),
    token("dapi", E::DatabricksToken, hex, 32, 32),
    token("pypi-AgE", E::PypiToken, base64url, 50, 1024),
    token("eyJ", E::Jwt, dotted, 20, MAX_TOKEN),
];

/// What a beginning leads to.
enum Anchor {
    Token(&'static Token),
    Keyword(Keyword),
    Telegram,
    PrivateKey,
    Url,
}

struct Anchors {
    automaton: AhoCorasick,
    leads_to: Vec<Anchor>,
}

static ANCHORS: LazyLock<Option<Anchors>> = LazyLock::new(|| {
    let mut patterns: Vec<&str> = Vec::new();
    let mut leads_to = Vec::new();
    let mut add = |pattern, anchor| {
        patterns.push(pattern);
        leads_to.push(anchor);
    };
    for token in TOKENS {
        add(token.prefix, Anchor::Token(token));
    }
    for (word, keyword) in assigned::KEYWORDS {
        add(word, Anchor::Keyword(*keyword));
    }
    add(":AA", Anchor::Telegram);
    add("-----BEGIN ", Anchor::PrivateKey);
    add("://", Anchor::Url);
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(patterns)
        .ok()?;
    Some(Anchors {
        automaton,
        leads_to,
    })
});

/// Claims every secret in the text.
pub(super) fn find(pass: &mut Pass) {
    let Some(anchors) = ANCHORS.as_ref() else {
        return;
    };
    let text = pass.text;
    for found in anchors.automaton.find_iter(text) {
        let (start, end) = (found.start(), found.end());
        match anchors.leads_to.get(found.pattern().as_usize()) {
            Some(Anchor::Token(token)) => token_at(pass, token, start),
            Some(Anchor::Keyword(keyword)) => assigned::find(pass, *keyword, start, end),
            Some(Anchor::Telegram) => telegram(pass, start),
            Some(Anchor::PrivateKey) => private_key(pass, start, end),
            Some(Anchor::Url) => url::find(pass, end),
            None => {}
        }
    }
}

/// Which keyword ends a name such as that of a column.
pub(super) fn keyword_at_end(name: &str) -> Option<Keyword> {
    let anchors = ANCHORS.as_ref()?;
    anchors
        .automaton
        .find_iter(name)
        .filter_map(
            |found| match anchors.leads_to.get(found.pattern().as_usize()) {
                Some(Anchor::Keyword(keyword))
                    if assigned::key_end(name.as_bytes(), *keyword, found.end())
                        == Some(name.len()) =>
                {
                    Some(*keyword)
                }
                _ => None,
            },
        )
        .next()
}

fn token_at(pass: &mut Pass, token: &'static Token, start: usize) {
    let text = pass.text;
    let body = start + token.prefix.len();
    if slice(text, start, body) != token.prefix.as_bytes() || is_word(before(text, start)) {
        if token.entity == E::SlackWebhook {
            url::find(pass, start + "https://".len());
        }
        return;
    }
    let mut end = match token.entity {
        E::Jwt if before(text, start) == b'-' => return,
        E::Jwt => jwt_end(text, body),
        // No further than tells that it is too long.
        _ => run(text, body, token.max + 1, token.class),
    };
    // A sentence may end behind the token.
    while end > body && matches!(before(text, end), b'.' | b'/') {
        end -= 1;
    }
    let length = end - body;
    if length < token.min || length > token.max || is_word(at(text, end)) {
        return;
    }
    let value = slice(text, body, end);
    let (entity, score) = match token.entity {
        E::OpenaiKey if memchr::memmem::find(value, b"T3BlbkFJ").is_none() => {
            (E::GenericSecret, 0.75)
        }
        E::SendgridKey if value.get(22) != Some(&b'.') => return,
        E::Jwt if !is_jwt(value) => return,
        entity => (entity, 1.0),
    };
    let varied = token.entity == E::SlackWebhook || entropy(value) > 2.5;
    if varied && (entity != E::GenericSecret || value.iter().any(u8::is_ascii_digit)) {
        pass.claim(entity, start, end, score);
    }
}

/// Segments of a JWE; a JWT has three.
const MAX_SEGMENTS: usize = 5;

/// The end of the segments of a JWT. Only so many are read, so that text full of beginnings is not
/// read from each of them to its end.
fn jwt_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    for _ in 0..MAX_SEGMENTS {
        end = run(text, end, MAX_TOKEN, base64url);
        if at(text, end) != b'.' {
            break;
        }
        end += 1;
    }
    end
}

/// Header and claims are JSON objects, so both begin with `{"`; a signature may be missing.
fn is_jwt(rest: &[u8]) -> bool {
    let mut parts = rest.split(|byte| *byte == b'.');
    let header = parts.next().unwrap_or_default();
    let claims = parts.next().unwrap_or_default();
    let encrypted = parts.clone().count() == 3;
    header.len() >= 10 && (claims.starts_with(b"eyJ") || encrypted) && parts.count() <= 3
}

/// `123456789:AA…`: from the colon, the bot's number before and 35 characters behind.
fn telegram(pass: &mut Pass, colon: usize) {
    let text = pass.text;
    let start = run_back(text, colon, 11, |byte| byte.is_ascii_digit());
    let end = run(text, colon + 1, 36, base64url);
    // In the URL of the bot's API `bot` stands right before.
    let bounded =
        !is_word(before(text, start)) || slice(text, start.saturating_sub(4), start) == b"/bot";
    let number = (8..=10).contains(&(colon - start)) && bounded;
    let exact = slice(text, colon + 1, colon + 3) == b"AA" && end - colon == 36;
    if number && exact && !base64url(at(text, end)) {
        pass.claim(E::TelegramToken, start, end, 1.0);
    }
}

/// From `-----BEGIN … PRIVATE KEY-----` to its end, or as far as the key goes where it was cut off.
fn private_key(pass: &mut Pass, start: usize, end: usize) {
    let text = pass.text;
    let label = run(text, end, 40, |byte| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
    });
    let name = slice(text, end, label);
    if !(name.ends_with(b"PRIVATE KEY") || name.ends_with(b"PRIVATE KEY BLOCK"))
        || slice(text, label, label + 5) != b"-----"
    {
        return;
    }
    let body = label + 5;
    let rest = slice(text, body, body + MAX_TOKEN);
    let footer = memchr::memmem::find(rest, b"-----");
    let closed = footer.filter(|index| slice(rest, index + 5, index + 9) == b"END ");
    let close = closed.and_then(|index| {
        let from = body + index + 9;
        let dashes = run(text, from, 48, |byte| byte != b'-' && byte != b'\n');
        (slice(text, dashes, dashes + 5) == b"-----").then_some(dashes + 5)
    });
    let close = close.unwrap_or_else(|| {
        run(text, body, footer.unwrap_or(MAX_TOKEN), |byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r' | b'\\')
        })
    });
    if close > body + 16 {
        pass.claim(E::PrivateKey, start, close, 1.0);
    }
}
