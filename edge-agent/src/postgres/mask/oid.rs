//! Types by their object identifiers, which are the same in every PostgreSQL.

/// What the edge knows of a type: where in its values words can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) enum Kind {
    /// Cannot hold anything that a detector would look for.
    Plain,
    /// Text, the same in both formats.
    Text,
    /// JSON text.
    Json,
    /// JSON text behind a version byte in binary form.
    Jsonb,
    /// An array whose elements are `Text`.
    TextArray,
    /// A whole number that may be a card's, and cannot be replaced by words.
    Int8,
    /// Likewise, in PostgreSQL's decimal form.
    Numeric,
    /// A network address, which cannot be replaced by words.
    Inet,
    /// Bytes, which may be text.
    Bytea,
    /// Values of some column, of whichever type: in statistics.
    AnyArray,
    /// Anything else: words in text form, unknown in binary form.
    Opaque,
}

pub(in crate::postgres) const BOOL: u32 = 16;
pub(in crate::postgres) const BYTEA: u32 = 17;
pub(in crate::postgres) const INT8: u32 = 20;
pub(in crate::postgres) const INT2: u32 = 21;
pub(in crate::postgres) const INT4: u32 = 23;

pub(in crate::postgres) const OID: u32 = 26;
pub(in crate::postgres) const FLOAT4: u32 = 700;
pub(in crate::postgres) const FLOAT8: u32 = 701;
pub(in crate::postgres) const NUMERIC: u32 = 1700;
pub(in crate::postgres) const UUID: u32 = 2950;
pub(in crate::postgres) const JSONB: u32 = 3802;

/// The first identifier that a database gives out itself: what it means only its catalog tells.
const FIRST_OF_DATABASE: u32 = 16_384;

/// Whether a type is text in both formats.
pub(in crate::postgres) const fn is_text(oid: u32) -> bool {
    // name, text, xml, unknown, bpchar, varchar, refcursor, cstring
    matches!(oid, 19 | 25 | 142 | 705 | 1042 | 1043 | 1790 | 2275)
}

/// The kind of a built-in type; `None` where only the catalog knows.
pub(in crate::postgres) const fn kind(oid: u32) -> Option<Kind> {
    Some(match oid {
        _ if is_text(oid) => Kind::Text,
        114 => Kind::Json,
        JSONB => Kind::Jsonb,
        // text, varchar, bpchar, name, json, xml arrays
        143 | 199 | 1003 | 1009 | 1014 | 1015 => Kind::TextArray,
        INT8 => Kind::Int8,
        NUMERIC => Kind::Numeric,
        // inet, cidr
        650 | 869 => Kind::Inet,
        BYTEA => Kind::Bytea,
        2277 => Kind::AnyArray,
        // Numbers, "char", transaction ids, geometry, money, MAC addresses, bits, uuid, void, LSN.
        BOOL
        | 18
        | INT2
        | INT4
        | OID
        | 27
        | 28
        | 29
        | 600..=604
        | 628
        | FLOAT4
        | FLOAT8
        | 718
        | 774
        | 790
        | 829
        | 1560
        | 1562
        | UUID
        | 2278
        | 3220
        | 5069 => Kind::Plain,
        // Dates and times.
        1082 | 1083 | 1114 | 1184 | 1186 | 1266 => Kind::Plain,
        // Names of catalog objects.
        24 | 2202..=2206 | 3734 | 3769 | 4089 | 4096 | 4191 => Kind::Plain,
        // Arrays and ranges of the above.
        1000 | 1002 | 1005 | 1007 | 1021 | 1022 | 1028 | 1115 | 1182 | 1183 | 1185 | 1187
        | 1270 | 2951 | 3904 | 3908 | 3910 | 3912 => Kind::Plain,
        _ if oid < FIRST_OF_DATABASE => Kind::Opaque,
        _ => return None,
    })
}
