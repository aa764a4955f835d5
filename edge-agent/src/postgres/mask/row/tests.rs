use countersign_inspect::mask::PseudonymKey;
use countersign_model::{Mask, MaskSelector};

use super::*;
use crate::postgres::mask::Maskings;

/// A kind of type, whether it is in binary form, a value, and what becomes of it.
type Case<'a> = (Kind, bool, &'a [u8], Option<&'a [u8]>);
/// The same with a name in front.
type Named<'a> = (&'a str, Kind, bool, &'a [u8], Option<&'a [u8]>);

fn masking(entities: &[&str], columns: &[(&str, &str)]) -> Arc<Masking> {
    let entities = entities
        .iter()
        .map(|name| MaskSelector::Entity((*name).to_owned()));
    let columns = columns.iter().map(|(table, name)| MaskSelector::Column {
        table: (*table).to_owned(),
        name: (*name).to_owned(),
    });
    let masks: Vec<Mask> = entities
        .chain(columns)
        .map(|selector| Mask {
            selector,
            style: MaskStyle::Redact,
        })
        .collect();
    let maskings = Maskings::new(PseudonymKey::from_bytes([7; 32]));
    maskings.get(&masks, false).expect("known entities")
}

fn column(label: &str, kind: Kind, binary: bool, by_origin: Option<MaskStyle>) -> ColumnPlan {
    ColumnPlan {
        label: Arc::from(label),
        kind,
        binary,
        by_origin,
    }
}

fn body(values: &[Option<&[u8]>]) -> BytesMut {
    let mut body = BytesMut::new();
    body.put_u16(u16::try_from(values.len()).expect("few"));
    for value in values {
        put_value(&mut body, *value);
    }
    body
}

/// One masked value, and how many were counted.
fn mask_one(plan: ColumnPlan, masking: &Arc<Masking>, value: &[u8]) -> (Option<Vec<u8>>, u64) {
    let plan = RowPlan::new(Arc::clone(masking), vec![plan]);
    let mut out = BytesMut::new();
    let mut tally = Tally::default();
    plan.mask_row(
        &body(&[Some(value)]),
        &mut out,
        &mut tally,
        &mut Filtering::default(),
    )
    .expect("a row");
    assert_eq!(out[0], b'D');
    let mut reader = Reader::new(&out[5..]);
    assert_eq!(reader.u16(), Ok(1));
    let masked = reader.value().expect("a value").map(<[u8]>::to_vec);
    reader.finish().expect("whole");
    let counts = tally.finish().0.iter().map(|count| count.count).sum();
    (masked, counts)
}

#[test]
fn words_are_masked_where_a_type_can_hold_them() {
    let masking = masking(&["EMAIL_ADDRESS", "CREDIT_CARD"], &[]);
    let mail = b"jane.roe@example.com";
    let json = br#"{"mail":"jane.roe@example.com","n":1}"#;
    let jsonb = [&b"\x01"[..], json].concat();
    let card = 4_111_111_111_111_111_i64.to_be_bytes();
    let array = [
        &b"\0\0\0\x01\0\0\0\0\0\0\0\x19\0\0\0\x01\0\0\0\x01\0\0\0\x14"[..],
        &mail[..],
    ]
    .concat();
    let cases: &[Named<'_>] = &[
        ("text", Kind::Text, false, mail, Some(b"[EMAIL_ADDRESS]")),
        (
            "binary text",
            Kind::Text,
            true,
            mail,
            Some(b"[EMAIL_ADDRESS]"),
        ),
        (
            "json",
            Kind::Json,
            false,
            json,
            Some(br#"{"mail":"[EMAIL_ADDRESS]","n":1}"#),
        ),
        (
            "jsonb",
            Kind::Jsonb,
            true,
            &jsonb,
            Some(b"\x01{\"mail\":\"[EMAIL_ADDRESS]\",\"n\":1}"),
        ),
        ("a card in an int8", Kind::Int8, true, &card, None),
        (
            "a card in text form",
            Kind::Int8,
            false,
            b"4111111111111111",
            None,
        ),
        ("bytes that are text", Kind::Bytea, true, mail, None),
        (
            "bytes in hex",
            Kind::Bytea,
            false,
            b"\\x6a616e652e726f65406578616d706c652e636f6d",
            None,
        ),
        (
            "an array in text form",
            Kind::TextArray,
            false,
            b"{a,jane.roe@example.com}",
            Some(b"{a,[EMAIL_ADDRESS]}"),
        ),
        (
            "an array",
            Kind::TextArray,
            true,
            &array,
            Some(b"\0\0\0\x01\0\0\0\0\0\0\0\x19\0\0\0\x01\0\0\0\x01\0\0\0\x0f[EMAIL_ADDRESS]"),
        ),
        (
            "a record in text form",
            Kind::Opaque,
            false,
            b"(1,jane.roe@example.com)",
            Some(b"(1,[EMAIL_ADDRESS])"),
        ),
        (
            "an unknown binary type",
            Kind::Opaque,
            true,
            b"\x01\x02",
            None,
        ),
    ];
    for (name, kind, binary, value, expected) in cases {
        let (masked, counted) = mask_one(column("c", *kind, *binary, None), &masking, value);
        assert_eq!(masked.as_deref(), *expected, "{name}");
        assert_eq!(counted, 1, "{name}");
    }
}

#[test]
fn harmless_values_stay_as_they_are() {
    let masking = masking(&["EMAIL_ADDRESS"], &[]);
    let cases: &[(Kind, bool, &[u8])] = &[
        (Kind::Text, false, b"hello"),
        (Kind::Jsonb, true, b"\x01{}"),
        (Kind::Int8, true, &[0, 0, 0, 0, 0, 0, 0, 7]),
        (Kind::Plain, true, &[0xff]),
        (Kind::Bytea, true, &[0xff, 0xfe]),
    ];
    for (kind, binary, value) in cases {
        let (masked, counted) = mask_one(column("c", *kind, *binary, None), &masking, value);
        assert_eq!(masked.as_deref(), Some(*value));
        assert_eq!(counted, 0);
    }
}

#[test]
fn a_masked_column_is_hidden_whatever_it_holds() {
    let masking = masking(&[], &[("t", "c")]);
    let cases: &[Case<'_>] = &[
        (Kind::Text, true, b"anything", Some(b"[MASKED]")),
        (Kind::Json, false, b"{}", Some(b"\"[MASKED]\"")),
        (Kind::Jsonb, true, b"\x01{}", Some(b"\x01\"[MASKED]\"")),
        (Kind::Plain, true, &[0, 0, 0, 1], None),
        (Kind::Int8, false, b"7", None),
        (Kind::Text, true, &[0xff], None),
    ];
    for (kind, binary, value, expected) in cases {
        let plan = column("c", *kind, *binary, Some(MaskStyle::Redact));
        let (masked, counted) = mask_one(plan, &masking, value);
        assert_eq!(masked.as_deref(), *expected, "{kind:?}");
        assert_eq!(counted, 1);
    }
}

#[test]
fn rows_pass_when_no_column_can_change() {
    let entities = masking(&["EMAIL_ADDRESS"], &[]);
    let columns = masking(&[], &[("t", "c")]);
    let plan = |masking: &Arc<Masking>, kind, binary, by_origin| {
        RowPlan::new(
            Arc::clone(masking),
            vec![column("c", kind, binary, by_origin)],
        )
        .passes()
    };
    assert!(plan(&entities, Kind::Plain, true, None));
    assert!(!plan(&entities, Kind::Text, false, None));
    assert!(plan(&columns, Kind::Text, false, None));
    assert!(!plan(&columns, Kind::Text, false, Some(MaskStyle::Redact)));
    assert!(!plan(&columns, Kind::AnyArray, false, None));
    assert!(!plan(&columns, Kind::Opaque, true, None));
}

#[test]
fn a_row_of_another_width_is_an_error() {
    let masking = masking(&["EMAIL_ADDRESS"], &[]);
    let plan = RowPlan::new(masking, vec![column("c", Kind::Text, false, None)]);
    let mut out = BytesMut::new();
    let two = body(&[None, None]);
    assert!(
        plan.mask_row(
            &two,
            &mut out,
            &mut Tally::default(),
            &mut Filtering::default()
        )
        .is_err()
    );
}

#[test]
fn what_is_let_through_is_seen() {
    let masking = masking(&["CREDIT_CARD"], &[]);
    let plan = RowPlan::new(masking, vec![column("c", Kind::Text, false, None)]);
    let mut tally = Tally::default();
    let mut out = BytesMut::new();
    for _ in 0..30 {
        let row = body(&[Some(b"jane.roe@example.com 4111 1111 1111 1111")]);
        plan.mask_row(&row, &mut out, &mut tally, &mut Filtering::default())
            .expect("a row");
    }
    let (masked, seen) = tally.finish();
    assert_eq!(masked.iter().map(|count| count.count).sum::<u64>(), 30);
    let seen: Vec<(&str, u64)> = seen.iter().map(|s| (s.entity.as_str(), s.count)).collect();
    assert_eq!(seen, [("EMAIL_ADDRESS", 20)], "a sample");
}
