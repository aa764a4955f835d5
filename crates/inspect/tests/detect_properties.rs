//! What holds for every text: no panic, sound offsets, linear time.

use std::time::{Duration, Instant};

use countersign_inspect::detect::{Detectors, ENTITIES};
use proptest::prelude::*;

/// Text from pieces that detectors react to, so that random text reaches deep.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "4111 1111 1111 1111",
        "jane@example.com",
        "%40",
        "\\u0040",
        "&#64;",
        "&#x",
        "%",
        "\\u",
        "\\u00",
        "+44 20 7946 0958",
        "536-22-1234",
        "password",
        "password=",
        " is ",
        "secret",
        "token:",
        "://",
        "@",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END",
        "eyJ",
        ".",
        "-",
        ":",
        "2001:db8::1",
        "203.0.113.7",
        "00:1b:44:11:3a:b7",
        "DE89370400440532013000",
        "é",
        "日",
        "\u{a0}",
        "\u{200b}",
        "\u{2011}",
        "＠",
        "１",
        "\u{feff}",
        "12.03.1980",
        "born ",
        "March 12, 1980",
        "AB 12 34 56 C",
        "(0191) 496 0123",
        "x12",
        "[US_SSN]",
        "[EMAIL_ADDRESS",
        "'",
        "\"",
        "\\",
        "\n",
        "\t",
        " ",
        "0",
        "9",
        "sk-ant-",
        ":AA",
        "curl -u ",
        "mysql -p'",
        "machine a login b password ",
        "bearer ",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn check(text: &str, name: &str) -> Result<(), TestCaseError> {
    let findings = Detectors::all().scan_named(name, text);
    let mut end = 0;
    for finding in &findings {
        prop_assert!(
            finding.start >= end && finding.start < finding.end,
            "{findings:?}"
        );
        prop_assert!(
            text.get(finding.start..finding.end).is_some(),
            "{finding:?} in {text:?}"
        );
        prop_assert!(finding.score > 0.0 && finding.score <= 1.0);
        end = finding.end;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_text_is_read(text in any::<String>(), name in any::<String>()) {
        check(&text, &name)?;
    }

    #[test]
    fn any_mixture_is_read(text in pieces(), name in pieces()) {
        check(&text, &name)?;
    }

    #[test]
    fn what_many_detectors_do_not_see_none_of_them_sees(text in pieces(), many in prop::collection::vec(0..ENTITIES.len(), 1..6)) {
        let many: Vec<&str> = many.into_iter().map(|index| ENTITIES[index]).collect();
        if Detectors::only(&many).scan(&text).is_empty() {
            for entity in many {
                let found = Detectors::only(&[entity]).scan(&text);
                prop_assert!(found.is_empty(), "{entity}: {found:?} in {text:?}");
            }
        }
    }

    #[test]
    fn a_value_is_found_in_any_prose(before in "[a-z ,.]{0,80}", behind in "[a-z ,]{0,80}") {
        let text = format!("{before} jane@example.com {behind}");
        let found = Detectors::only(&["EMAIL_ADDRESS"]).scan(&text);
        prop_assert!(found.iter().any(|finding| &text[finding.start..finding.end] == "jane@example.com"));
    }

    #[test]
    fn encoding_hides_nothing(local in "[a-z]{1,12}", domain in "[a-z]{1,12}") {
        for at in ["@", "%40", "\\u0040", "&#64;", "&#x40;", "&commat;", "%2540", "＠"] {
            let value = format!("{local}{at}{domain}.org");
            let text = format!("to {value} now");
            let found = Detectors::only(&["EMAIL_ADDRESS"]).scan(&text);
            prop_assert!(found.len() == 1 && text[found[0].start..found[0].end] == value, "{text} {found:?}");
        }
    }
}

/// Reads `size` bytes of one repeated unit; a quadratic detector would need minutes or hours.
fn read_quickly(unit: &str, size: usize) {
    let text = unit.repeat(size / unit.len());
    let started = Instant::now();
    let findings = Detectors::all().scan(&text).len();
    let elapsed = started.elapsed();
    assert!(
        elapsed < Duration::from_secs(20),
        "{unit:?}: {elapsed:?}, {findings} findings"
    );
}

#[test]
fn a_mebibyte_of_one_byte_is_read_quickly() {
    for unit in ["1", "@", ".", "-", ":", "a", "%", "\\", "&", "+", "é"] {
        read_quickly(unit, 1 << 20);
    }
}

#[test]
fn hostile_repetitions_are_read_quickly() {
    let units = [
        "1 ",
        "1.",
        "1-",
        "1:",
        "a:",
        "::",
        "a@",
        "a@a.",
        "%25",
        "&#",
        "eyJ",
        "eyJ.",
        "eyJ-",
        "pypi-AgE-",
        "xoxb-",
        "glpat-.",
        "4111 ",
        "password=",
        "password ",
        "password is ",
        "token: ",
        "://",
        "://a:",
        "://a:b@",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "(",
        "+1",
        "+1 ",
        "(0",
        "0x",
        "DE89 ",
        "DE89",
        "ssn 1",
        "phone 12 34 ",
        "\u{a0}",
        "12 March ",
        "[US_SSN]",
        "mysql -p'",
        "secret",
        "1,",
        "1/",
        "aa:bb:",
        "aa-bb-",
        "hf_",
        "sk-",
        "SG.",
        ":AA",
        "A1",
        "machine login password ",
    ];
    for unit in units {
        read_quickly(unit, 1 << 16);
    }
}
