//! What masking of a text that comes in pieces promises.

mod support;

use countersign_inspect::detect::{Detectors, ENTITIES};
use countersign_inspect::mask::stream::{OVERLONG_ENTITY, Utf8Front};
use countersign_inspect::mask::{PseudonymKey, TextMasker};
use countersign_model::MaskStyle;
use support::{PIECES, Random};

/// Values that a detector hides, and words that go with them.
const VALUES: &[&str] = &[
    "jane.doe@example.com",
    "4111 1111 1111 1111",
    "4012-8888-8888-1881",
    "+44 20 7946 0958",
    "(415) 555-0132 ext. 12",
    "536-22-1234",
    "203.0.113.7",
    "2001:db8:1::7",
    "00:1b:44:11:3a:b7",
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "AB 12 34 56 C",
    "postgres://app:s3cr3tPw9@db.internal/main",
    "password: \"correct horse 9 staple\"",
    "the password for staging is Hunter22x",
    "export API_KEY=0f3k2m9qxa8b7c6d5e4f3a2b1c0d9e8f",
    "born on 12 March 1980",
    "né le 12/03/1980",
    "born March 12, 1980",
    "nació el 12 de marzo de 1980",
    "ssn 536221234",
    "account number 12345678",
    "NHS number 943 476 5919",
    "jane%40example.com",
    "{\"email\":\"jane@example.com\",\"ssn\":\"536-22-1234\"}",
    "<jane@example.com>",
    "Authorization: Bearer 0f3k2m9qxa8b7c6d5e4f3a2b1c0d9e8f",
    "mysql -p'a b c 9' -h db",
    "電話は+44 20 7946 0958です",
    "邮箱：jane@example.com，谢谢",
    "BTC 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "iban='FR14 2004 1010 0505 0001 3M02 606'",
    "(NL91 ABNA 0417 1643 00)",
    "iban=MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    "codice fiscale='RSS MRA 85T10 A562S'",
    "(AB 12 34 56 C)",
    "born:March 12, 1980",
];

const WORDS: &[&str] = &[
    "the",
    "a",
    "of",
    "market",
    "opened",
    "when",
    "first",
    "baker",
    "came",
    "and",
    "closed",
    "in",
    "2024",
    "it",
    "was",
    "bright,",
    "cold",
    "day.",
    "You",
    "can",
    "use",
    "`cargo",
    "build`",
    "to",
    "don't",
    "12",
    "items",
    "(about",
    "3%)",
    "für",
    "Straße",
    "日本語のテキスト",
    "well-known:",
    "\"quoted",
    "text\"",
    "R&D",
    "e.g.",
    "token",
    "tokens",
    "\n\n",
    "\n-",
    "1.",
    "x = y + 2;",
    "{",
    "}",
    "foo(bar)",
    "https://example.com/a/b?c=d",
];

/// A paragraph with some values in it.
fn prose(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..20 + random.below(60) {
        let from = if random.below(14) == 0 { VALUES } else { WORDS };
        text.push_str(random.pick::<&str>(from));
        text.push(' ');
    }
    text
}

fn masker(style: MaskStyle) -> TextMasker {
    let all: Vec<_> = ENTITIES
        .iter()
        .map(|name| ((*name).to_owned(), style))
        .collect();
    TextMasker::new(&all, &PseudonymKey::from_bytes([42; 32]))
}

fn whole(masker: &TextMasker, text: &str) -> String {
    masker.mask_segmented(text, &mut |_| {})
}

/// Masks a text that comes as bytes, cut anywhere.
fn chunked(masker: &TextMasker, text: &str, random: &mut Random, most: usize) -> String {
    let mut front = Utf8Front::default();
    let mut stream = masker.stream();
    let mut out = String::new();
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at((1 + random.below(most)).min(rest.len()));
        let mut piece = String::new();
        front.push(chunk, &mut piece).expect("UTF-8");
        stream.push(&piece, &mut out);
        rest = behind;
    }
    front.finish().expect("whole characters");
    stream.finish(&mut out);
    out
}

fn mixture(random: &mut Random) -> String {
    (0..random.below(24))
        .map(|_| *random.pick(PIECES))
        .collect()
}

#[test]
fn any_chunking_gives_what_the_whole_gives() {
    let styles = [
        MaskStyle::Redact,
        MaskStyle::Partial(4),
        MaskStyle::Pseudonym,
        MaskStyle::Null,
    ];
    let maskers = styles.map(masker);
    let mut random = Random::new(1);
    let mut chunkings = 0;
    while chunkings < 40_000 {
        let masker = random.pick(&maskers);
        let text = mixture(&mut random);
        let expected = whole(masker, &text);
        for most in [1, 3, 8, 40] {
            let got = chunked(masker, &text, &mut random, most);
            assert_eq!(got, expected, "{text:?} by {most}");
            chunkings += 1;
        }
    }
}

#[test]
fn long_texts_are_the_same_in_any_chunking() {
    let masker = masker(MaskStyle::Redact);
    let mut random = Random::new(2);
    for _ in 0..40 {
        let unit = mixture(&mut random);
        let text = unit.repeat(1 + 50_000 / unit.len().max(1));
        let expected = whole(&masker, &text);
        for most in [7, 300, 30_000] {
            assert!(
                chunked(&masker, &text, &mut random, most) == expected,
                "{unit:?} by {most}"
            );
        }
    }
}

#[test]
fn each_kind_of_value_is_hidden_as_in_the_whole_text() {
    let masker = masker(MaskStyle::Redact);
    let mut random = Random::new(3);
    let (mut hidden, mut same, mut texts) = (0, 0, 0);
    for _ in 0..4_000 {
        let text = prose(&mut random);
        let expected = masker
            .mask(&text, &mut |_| {})
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default();
        let got = whole(&masker, &text);
        texts += 1;
        same += usize::from(got == expected);
        for finding in Detectors::all().scan(&text) {
            let value = &text[finding.start..finding.end];
            if value.len() < 4 || expected.contains(value) {
                continue;
            }
            hidden += 1;
            assert!(
                !leaks(value, &expected, &got),
                "{} leaks: {text:?} became {got:?}, not {expected:?}",
                finding.entity
            );
        }
    }
    assert!(
        hidden > 5_000 && same * 100 > texts * 98,
        "{hidden} {same}/{texts}"
    );
}

/// Bytes of a value in a row that are a leak.
const PART: usize = 6;

/// Whether a part of a value stands in a masked text, and not in one that is known to be well masked.
fn leaks(value: &str, expected: &str, got: &str) -> bool {
    let parts = value.as_bytes().windows(PART.min(value.len()));
    let texts = parts.filter_map(|part| std::str::from_utf8(part).ok());
    texts
        .into_iter()
        .any(|part| got.contains(part) && !expected.contains(part))
}

#[test]
fn little_is_held_back_from_ordinary_text() {
    let masker = masker(MaskStyle::Redact);
    let mut random = Random::new(4);
    let mut held = Vec::new();
    for _ in 0..2_000 {
        let text = prose(&mut random);
        let mut stream = masker.stream();
        let mut out = String::new();
        for character in text.chars() {
            stream.push(character.encode_utf8(&mut [0; 4]), &mut out);
            held.push(stream.held());
        }
    }
    held.sort_unstable();
    let at = |percent: usize| held[held.len() * percent / 1000];
    assert!(at(500) < 16 && at(990) < 128, "{} {}", at(500), at(990));
}

#[test]
fn cuts_are_where_nothing_reaches_over() {
    let masker = masker(MaskStyle::Redact);
    let cases = [
        ("AB 12 34 56 C", "[UK_NINO]"),
        ("card 4111 1111 1111 1111 ok", "card [CREDIT_CARD] ok"),
        ("at DE89 3704 0044 0532 0130 00.", "at [IBAN_CODE]."),
        ("born 12 de marzo de 1980 in", "born [DATE_OF_BIRTH] in"),
        (
            "password: \"four dull words 9\" x",
            "password: \"[PASSWORD]\" x",
        ),
        (
            "the password for staging is hunter22, ok",
            "the password for staging is [PASSWORD], ok",
        ),
        (
            "call +44 20 7946 0958, ext. 12 now",
            "call [PHONE_NUMBER] now",
        ),
        ("日本jane@example.com語", "日本[EMAIL_ADDRESS]語"),
        (
            "{\"a\":\"jane@example.com\",\"b\":2}",
            "{\"a\":\"[EMAIL_ADDRESS]\",\"b\":2}",
        ),
        (
            "postgres://a:p,}]9x@h/db",
            "postgres://a:[URL_PASSWORD]@h/db",
        ),
        ("nothing here at all", "nothing here at all"),
        ("", ""),
    ];
    let mut random = Random::new(5);
    for (text, expected) in cases {
        assert_eq!(chunked(&masker, text, &mut random, 2), expected, "{text}");
    }
}

#[test]
fn a_private_key_is_held_to_its_end() {
    let masker = masker(MaskStyle::Redact);
    let body = "MIIEpAIBAAKCAQEA7bq/+0aZ\n".repeat(60);
    let key = format!(
        "here:\n-----BEGIN RSA {} KEY-----\nProc-Type: 4,ENCRYPTED\n\n{body}-----END RSA {} KEY-----\nbye",
        "PRIVATE", "PRIVATE"
    );
    let mut random = Random::new(6);
    let got = chunked(&masker, &key, &mut random, 9);
    assert_eq!(got, "here:\n[PRIVATE_KEY]\nbye");
}

#[test]
fn what_is_too_long_is_hidden_whole() {
    let masker = masker(MaskStyle::Redact);
    let mut random = Random::new(7);
    for unit in [
        "1", "@", "a", "aB3+", "a@a.", "%34", "é", "1,2:", "-", "p4ss:",
    ] {
        let long = unit.repeat(200_000 / unit.len());
        let text = format!("before {long} behind");
        let mut stream = masker.stream();
        let mut out = String::new();
        let mut most = 0;
        for piece in text.as_bytes().chunks(1000) {
            let Ok(piece) = std::str::from_utf8(piece) else {
                continue;
            };
            stream.push(piece, &mut out);
            most = most.max(stream.held());
        }
        let counts = stream.finish(&mut out);
        assert!(most < 32 * 1024, "{unit} held {most}");
        if counts.contains_key(OVERLONG_ENTITY) {
            assert_eq!(out, "before [MASKED] behind", "{unit}");
        }
        let whole = whole(&masker, &text);
        assert_eq!(chunked(&masker, &text, &mut random, 5000), whole);
    }
}

/// What makes detectors and seams look again.
const HOSTILE: &[&str] = &[
    "1",
    "@",
    "1 ",
    "12 34 ",
    "a@",
    "a@a.b ",
    "password ",
    "password='",
    "-----BEGIN ",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END ",
    "://",
    "://a:b@ ",
    "DE89 ",
    "DE89 AAAA ",
    "abc ",
    "12 de ",
    "de ",
    "%34 ",
    "\\u0034",
    "日",
    "日1",
    "，",
    "\n",
    "1\n",
    "\"",
    "'",
    ",",
    "1,",
    "token: ",
    "token='a b",
    "eyJ.",
    "4111 1111 ",
    "4111 1111 1111 1111 ",
    "jane@example.com ",
    "+44 20 7946 0958 ",
    "& '",
    "1   ",
    "a1 ",
    "[US_SSN] 1 ",
    "ssn 536221234 ",
];

/// What the detectors read for a text.
fn work(masker: &TextMasker, text: &str) -> u64 {
    let mut stream = masker.stream();
    let mut out = String::new();
    stream.push(text, &mut out);
    let before = stream.work();
    stream.finish(&mut out);
    before
}

#[test]
fn hostile_texts_cost_no_more_than_their_length() {
    // What a byte may cost: each is read a few times, with the bytes before it.
    const MOST: u64 = 256;
    let masker = masker(MaskStyle::Redact);
    let mut random = Random::new(8);
    let mixed = (0..60).map(|_| {
        let parts = 1 + random.below(5);
        let parts = (0..parts).map(|_| {
            let from = *random.pick(&[HOSTILE, PIECES]);
            *random.pick::<&str>(from)
        });
        parts.collect::<String>()
    });
    let mixed: Vec<String> = mixed.collect();
    for unit in HOSTILE
        .iter()
        .copied()
        .chain(mixed.iter().map(String::as_str))
    {
        let cost = |length: usize| {
            let text = unit.repeat(1 + length / unit.len());
            (work(&masker, &text), text.len() as u64)
        };
        let ((little, short), (much, long)) = (cost(1 << 13), cost(1 << 16));
        assert!(much <= MOST * long, "{unit:?}: {much} for {long}");
        // Eight times the text is at most eight times the work, and one segment more.
        let grown = much.saturating_sub(little);
        assert!(grown <= MOST * (long - short), "{unit:?}: {little}, {much}");
        assert!(
            much <= 10 * little + (1 << 21),
            "{unit:?}: {little}, {much}"
        );
    }
}

#[test]
fn hostile_texts_take_no_more_time_than_their_length() {
    let masker = masker(MaskStyle::Redact);
    for unit in HOSTILE {
        let text = unit.repeat((1 << 18) / unit.len());
        let started = std::time::Instant::now();
        let out = whole(&masker, &text);
        let elapsed = started.elapsed();
        assert!(
            elapsed.as_secs() < 20,
            "{unit:?} took {elapsed:?}, {}",
            out.len()
        );
    }
}

#[test]
fn what_was_hidden_is_counted() {
    let masker = masker(MaskStyle::Null);
    let mut counted = Vec::new();
    let out = masker.mask_segmented("a@example.com or b@example.com", &mut |entity| {
        counted.push(entity);
    });
    assert_eq!(out, " or ");
    assert_eq!(counted, ["EMAIL_ADDRESS", "EMAIL_ADDRESS"]);
}
