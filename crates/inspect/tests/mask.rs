//! What masking promises.

use std::borrow::Cow;

use countersign_inspect::detect::{Detectors, ENTITIES};
use countersign_inspect::mask::{COLUMN, PseudonymKey, TextMasker, mask_value};
use countersign_model::MaskStyle;
use proptest::prelude::*;

fn key() -> PseudonymKey {
    PseudonymKey::from_bytes([42; 32])
}

fn masker(entities: &[(&str, MaskStyle)]) -> TextMasker {
    let entities: Vec<_> = entities
        .iter()
        .map(|(name, style)| ((*name).to_owned(), *style))
        .collect();
    TextMasker::new(&entities, &key())
}

fn masked(masker: &TextMasker, text: &str) -> Option<String> {
    masker.mask(text, &mut |_| {}).map(Cow::into_owned)
}

#[test]
fn each_style_in_a_text() {
    let text = "Jane <jane@example.com> paid with 4111 1111 1111 1111.";
    let cases = [
        (
            MaskStyle::Redact,
            Some("Jane <[EMAIL_ADDRESS]> paid with [CREDIT_CARD]."),
            (),
        ),
        (
            MaskStyle::Partial(4),
            Some("Jane <****@******e.com> paid with **** **** **** 1111."),
            (),
        ),
        (MaskStyle::Null, None, ()),
    ];
    for (style, expected, ()) in cases {
        let masker = masker(&[("EMAIL_ADDRESS", style), ("CREDIT_CARD", style)]);
        assert_eq!(masked(&masker, text).as_deref(), expected, "{style:?}");
    }
    let pseudonyms = masker(&[("EMAIL_ADDRESS", MaskStyle::Pseudonym)]);
    let other = masked(&pseudonyms, "JANE%40example.com");
    let out = masked(&pseudonyms, text).unwrap_or_default();
    // However it is written, it is the same person.
    assert!(out.contains(&other.unwrap_or_default()), "{out}");
    assert!(out.contains("4111 1111 1111 1111"));
}

#[test]
fn what_holds_nothing_is_borrowed() {
    let masker = masker(&[("EMAIL_ADDRESS", MaskStyle::Null)]);
    assert!(matches!(
        masker.mask("nothing here", &mut |_| {}),
        Some(Cow::Borrowed("nothing here"))
    ));
}

#[test]
fn every_hidden_value_is_counted() {
    let masker = masker(&[
        ("EMAIL_ADDRESS", MaskStyle::Redact),
        ("US_SSN", MaskStyle::Redact),
    ]);
    let mut counted = Vec::new();
    let text = "a@example.com, b@example.com, 536-22-1234";
    let out = masker.mask(text, &mut |entity| counted.push(entity));
    assert_eq!(
        out.as_deref(),
        Some("[EMAIL_ADDRESS], [EMAIL_ADDRESS], [US_SSN]")
    );
    assert_eq!(counted, ["EMAIL_ADDRESS", "EMAIL_ADDRESS", "US_SSN"]);
}

#[test]
fn where_findings_overlap_the_stricter_style_wins() {
    // A password that is an e-mail address is both.
    let text = "password=jane99@acme.org";
    for (email, password, expected) in [
        (
            MaskStyle::Partial(4),
            MaskStyle::Redact,
            Some("password=[EMAIL_ADDRESS]"),
        ),
        (
            MaskStyle::Redact,
            MaskStyle::Partial(4),
            Some("password=[EMAIL_ADDRESS]"),
        ),
        (MaskStyle::Partial(4), MaskStyle::Null, None),
    ] {
        let masker = masker(&[("EMAIL_ADDRESS", email), ("PASSWORD", password)]);
        assert_eq!(masked(&masker, text).as_deref(), expected);
    }
}

#[test]
fn two_styles_for_one_entity_give_the_stricter() {
    let masker = masker(&[
        ("US_SSN", MaskStyle::Partial(4)),
        ("US_SSN", MaskStyle::Partial(2)),
    ]);
    assert_eq!(
        masked(&masker, "536-22-1234").as_deref(),
        Some("***-**-**34")
    );
}

#[test]
fn a_column_is_masked_whatever_it_holds() {
    let of = |style, value| mask_value(style, COLUMN, value, &key());
    assert_eq!(of(MaskStyle::Redact, "x").as_deref(), Some("[MASKED]"));
    assert_eq!(of(MaskStyle::Null, "x"), None);
    assert_eq!(
        of(MaskStyle::Partial(4), "secret").as_deref(),
        Some("***ret")
    );
    let pseudonym = of(MaskStyle::Pseudonym, "x").unwrap_or_default();
    assert!(pseudonym.starts_with("MASKED_"), "{pseudonym}");
    assert_eq!(
        of(MaskStyle::Pseudonym, &pseudonym),
        Some(pseudonym.clone())
    );
}

#[test]
fn masking_keeps_a_document_whole() {
    let masker = masker(&[
        ("EMAIL_ADDRESS", MaskStyle::Partial(4)),
        ("PASSWORD", MaskStyle::Redact),
    ]);
    let text = r#"{"note":"hello\njane\u0040example.com","password":"a\"b'c99"}"#;
    let out = masked(&masker, text).unwrap_or_default();
    let read: serde_json::Value =
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"));
    assert_eq!(read["note"], "hello\n****@******e.com");
}

fn style() -> impl Strategy<Value = MaskStyle> {
    prop_oneof![
        any::<u8>().prop_map(MaskStyle::Partial),
        Just(MaskStyle::Pseudonym),
        Just(MaskStyle::Redact),
        Just(MaskStyle::Null),
    ]
}

fn entity() -> impl Strategy<Value = String> {
    prop::sample::select(ENTITIES).prop_map(str::to_owned)
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "4111 1111 1111 1111",
        "4012888888881881",
        "jane@example.com",
        "jane%40example.com",
        "+44 20 7946 0958",
        "(415) 555-0132",
        "536-22-1234",
        "ssn 536221234",
        "ssn ",
        "536221234",
        "phone ",
        "account number ",
        "021000021",
        "routing ",
        "password=Tiger1234!",
        "password is ",
        "postgres://a:s3cr3t@h/db",
        "203.0.113.7",
        "2001:db8:1::7",
        "00:1b:44:11:3a:b7",
        "DE89 3704 0044 0532 0130 00",
        "born 1980-03-12",
        "AB 12 34 56 C",
        "api_key=0123456789abcdef0123456789abcdef",
        "[US_SSN]",
        "******",
        "EMAIL_ADDRESS_7F3K2M9QXA",
        "86095742719",
        "44051401359",
        "943 476 5919",
        " ",
        ",",
        "\n",
        "é",
        "\u{a0}",
        "'",
        "\"",
        "-",
        "1",
        "a",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_masked_is_left_and_masking_again_changes_nothing(
        entities in prop::collection::vec((entity(), style()), 1..6),
        text in pieces(),
    ) {
        let masker = TextMasker::new(&entities, &key());
        if let Some(once) = masker.mask(&text, &mut |_| {}) {
            let names: Vec<&str> = entities.iter().map(|(name, _)| name.as_str()).collect();
            let left = Detectors::only(&names).scan(&once);
            prop_assert!(left.is_empty(), "{left:?} in {once}");
            let twice = masker.mask(&once, &mut |_| {});
            prop_assert!(matches!(twice, Some(Cow::Borrowed(_))), "{once} became {twice:?}");
        }
    }

    #[test]
    fn all_entities_at_once(style in style(), text in pieces()) {
        let entities: Vec<_> = ENTITIES.iter().map(|name| ((*name).to_owned(), style)).collect();
        let masker = TextMasker::new(&entities, &key());
        if let Some(once) = masker.mask(&text, &mut |_| {}) {
            prop_assert!(Detectors::all().scan(&once).is_empty(), "{once}");
        } else {
            prop_assert!(style == MaskStyle::Null);
        }
    }

    #[test]
    fn what_is_not_found_stays_byte_for_byte(before in "[a-z é\n]{0,40}", behind in "[a-z é\n]{0,40}") {
        let masker = masker(&[("EMAIL_ADDRESS", MaskStyle::Redact)]);
        let out = masked(&masker, &format!("{before} jane@example.com {behind}"));
        prop_assert_eq!(out, Some(format!("{before} [EMAIL_ADDRESS] {behind}")));
    }

    #[test]
    fn never_more_than_half_is_shown(value in "[a-zA-Z0-9 .@-]{1,40}", keep in any::<u8>(), entity in entity()) {
        let shown = mask_value(MaskStyle::Partial(keep), &entity, &value, &key()).unwrap_or_default();
        let letters = |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric()).count();
        prop_assert!(letters(&shown) <= letters(&value) / 2, "{value} {shown}");
        let again = mask_value(MaskStyle::Partial(keep), &entity, &shown, &key());
        prop_assert_eq!(again, Some(shown));
    }

    #[test]
    fn any_value_can_be_masked(style in style(), entity in entity(), value in any::<String>()) {
        let once = mask_value(style, &entity, &value, &key());
        prop_assert_eq!(once.is_none(), style == MaskStyle::Null);
        if let Some(once) = once {
            prop_assert_eq!(mask_value(style, &entity, &once, &key()), Some(once.clone()));
        }
    }
}
