//! Identifiers that states and banks give: what each looks like, and how sure its shape makes.

use std::sync::LazyLock;

use super::bytes::{at, is_word, number_may_end, number_may_start, slice};
use super::context::Group;
use super::entity::{Entity, Entity as E};
use super::identifiers as check;
use super::pass::Pass;
use super::shape::{self, Shaped};

/// How much a shape says by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Needs {
    /// Claimed wherever it stands, with this score.
    Nothing(f32),
    /// Claimed unless other words say that it is something else.
    NoDoubt(f32),
    /// Claimed only where words say what it is.
    Words,
}

use Needs::{NoDoubt, Nothing, Words};

struct Kind {
    entity: Entity,
    group: Group,
    shapes: &'static [(&'static str, Needs)],
    valid: fn(&[u8]) -> bool,
}

/// Score of a shape that the words before it confirm.
const CONFIRMED: f32 = 1.0;
/// Score of a shape that has only the words to go by.
const BY_WORDS: f32 = 0.7;

const KINDS: &[Kind] = &[
    Kind {
        entity: E::UsSsn,
        group: Group::Ssn,
        shapes: &[
            ("999-99-9999", Nothing(0.85)),
            ("999 99 9999", NoDoubt(0.6)),
            ("999.99.9999", Words),
            ("999999999", Words),
        ],
        valid: check::us_ssn,
    },
    Kind {
        entity: E::UsItin,
        group: Group::Itin,
        shapes: &[
            ("999-99-9999", Nothing(0.85)),
            ("999 99 9999", NoDoubt(0.6)),
            ("999999999", Words),
        ],
        valid: check::us_itin,
    },
    Kind {
        entity: E::UsAbaRouting,
        group: Group::Routing,
        shapes: &[("999999999", Words), ("9999-9999-9", Words)],
        valid: check::us_aba,
    },
    Kind {
        entity: E::UsNpi,
        group: Group::Npi,
        shapes: &[("9999999999", Words)],
        valid: check::us_npi,
    },
    Kind {
        entity: E::UsPassport,
        group: Group::Passport,
        shapes: &[("A99999999", Words), ("999999999", Words)],
        valid: check::any,
    },
    Kind {
        entity: E::UkNhs,
        group: Group::Nhs,
        shapes: &[
            ("999 999 9999", NoDoubt(0.65)),
            ("999-999-9999", Words),
            ("9999999999", Words),
        ],
        valid: check::uk_nhs,
    },
    Kind {
        entity: E::UkNino,
        group: Group::Nino,
        shapes: &[
            ("AA999999A", Nothing(0.9)),
            ("AA 99 99 99 A", Nothing(0.95)),
            ("AA 999999 A", Nothing(0.9)),
            ("AA-99-99-99-A", Nothing(0.9)),
        ],
        valid: check::uk_nino,
    },
    Kind {
        entity: E::DeTaxId,
        group: Group::DeTax,
        shapes: &[
            ("99 999 999 999", NoDoubt(0.8)),
            ("99999999999", NoDoubt(0.6)),
            ("99/999/999/999", Words),
        ],
        valid: check::de_tax_id,
    },
    Kind {
        entity: E::FrNir,
        group: Group::Nir,
        shapes: &[
            ("9 99 99 9X 999 999 99", Nothing(0.95)),
            ("9 99 99 9X 999 999", Words),
            ("999999X99999999", NoDoubt(0.8)),
            ("999999X999999 99", NoDoubt(0.8)),
        ],
        valid: check::fr_nir,
    },
    Kind {
        entity: E::EsNif,
        group: Group::Nif,
        shapes: &[
            ("99999999A", NoDoubt(0.8)),
            ("99999999-A", NoDoubt(0.8)),
            ("99999999 A", Words),
            ("99.999.999-A", Nothing(0.9)),
            ("99.999.999A", Nothing(0.9)),
        ],
        valid: check::es_nif,
    },
    Kind {
        entity: E::EsNie,
        group: Group::Nif,
        shapes: &[
            ("A9999999A", NoDoubt(0.8)),
            ("A-9999999-A", Nothing(0.85)),
            ("A9999999-A", Nothing(0.85)),
        ],
        valid: check::es_nie,
    },
    Kind {
        entity: E::ItFiscalCode,
        group: Group::Fiscal,
        shapes: &[
            ("AAAAAAXXAXXAXXXA", Nothing(0.95)),
            ("AAA AAA XXAXX AXXXA", Nothing(0.95)),
        ],
        valid: check::it_fiscal_code,
    },
    Kind {
        entity: E::PlPesel,
        group: Group::Pesel,
        shapes: &[("99999999999", NoDoubt(0.55))],
        valid: check::pl_pesel,
    },
    Kind {
        entity: E::FiHetu,
        group: Group::Hetu,
        shapes: &[
            ("999999-999X", Nothing(0.85)),
            ("999999+999X", Nothing(0.85)),
            ("999999A999X", Nothing(0.85)),
        ],
        valid: check::fi_hetu,
    },
    Kind {
        entity: E::SePersonnummer,
        group: Group::Personnummer,
        shapes: &[
            ("999999-9999", NoDoubt(0.75)),
            ("99999999-9999", Nothing(0.85)),
            ("999999+9999", NoDoubt(0.75)),
            ("9999999999", Words),
            ("999999999999", Words),
        ],
        valid: check::se_personnummer,
    },
    Kind {
        entity: E::NlBsn,
        group: Group::Bsn,
        shapes: &[
            ("999999999", Words),
            ("9999.99.999", Words),
            ("999 999 999", Words),
        ],
        valid: check::nl_bsn,
    },
    Kind {
        entity: E::InAadhaar,
        group: Group::Aadhaar,
        shapes: &[
            ("9999 9999 9999", NoDoubt(0.7)),
            ("9999-9999-9999", NoDoubt(0.7)),
            ("999999999999", Words),
        ],
        valid: check::in_aadhaar,
    },
    Kind {
        entity: E::InPan,
        group: Group::Pan,
        shapes: &[("AAAAA9999A", NoDoubt(0.85))],
        valid: check::in_pan,
    },
    Kind {
        entity: E::AuTfn,
        group: Group::Tfn,
        shapes: &[
            ("999 999 999", Words),
            ("999-999-999", Words),
            ("999999999", Words),
        ],
        valid: check::au_tfn,
    },
    Kind {
        entity: E::AuAbn,
        group: Group::Abn,
        shapes: &[("99 999 999 999", NoDoubt(0.75)), ("99999999999", Words)],
        valid: check::au_abn,
    },
    Kind {
        entity: E::CaSin,
        group: Group::Sin,
        shapes: &[
            ("999-999-999", NoDoubt(0.75)),
            ("999 999 999", NoDoubt(0.5)),
            ("999999999", Words),
        ],
        valid: check::ca_sin,
    },
    Kind {
        entity: E::BrCpf,
        group: Group::Cpf,
        shapes: &[
            ("999.999.999-99", Nothing(0.95)),
            ("99999999999", NoDoubt(0.58)),
        ],
        valid: check::br_cpf,
    },
    Kind {
        entity: E::BrCnpj,
        group: Group::Cnpj,
        shapes: &[
            ("99.999.999/9999-99", Nothing(0.95)),
            ("99999999999999", Words),
        ],
        valid: check::br_cnpj,
    },
    Kind {
        entity: E::SgNric,
        group: Group::Nric,
        shapes: &[("A9999999A", NoDoubt(0.85))],
        valid: check::sg_nric,
    },
    Kind {
        entity: E::KrRrn,
        group: Group::Rrn,
        shapes: &[("999999-9999999", Nothing(0.9)), ("9999999999999", Words)],
        valid: check::kr_rrn,
    },
];

/// One way to write an identifier.
struct Written {
    kind: &'static Kind,
    shape: &'static str,
    needs: Needs,
    /// What stands before the first group with a digit, where reading begins.
    lead: usize,
}

/// Longest first group of any shape.
const MAX_GROUP: usize = 20;

/// Shapes by the length of their first group with a digit: most words fit none.
static BY_GROUP: LazyLock<[Vec<Written>; MAX_GROUP]> = LazyLock::new(|| {
    let mut table = [const { Vec::new() }; MAX_GROUP];
    for kind in KINDS {
        for (shape, needs) in kind.shapes {
            let lead = letters_before(shape);
            let group = shape
                .bytes()
                .skip(lead)
                .take_while(u8::is_ascii_alphanumeric)
                .count();
            if let Some(shapes) = table.get_mut(group) {
                shapes.push(Written {
                    kind,
                    shape,
                    needs: *needs,
                    lead,
                });
            }
        }
    }
    table
});

/// Claims every identifier whose first group with a digit goes from `start` to `word_end`; gives the
/// furthest end.
pub(super) fn find(pass: &mut Pass, start: usize, word_end: usize) -> Option<usize> {
    let shapes = BY_GROUP.get(word_end - start).map(Vec::as_slice);
    let mut end = None;
    for written in shapes.unwrap_or_default() {
        if pass.wants(written.kind.entity) {
            end = end.max(find_written(pass, written, start));
        }
    }
    end.max(bank_account(pass, start, word_end))
}

fn find_written(pass: &mut Pass, written: &Written, start: usize) -> Option<usize> {
    let kind = written.kind;
    let start = start.checked_sub(written.lead)?;
    let shaped = shape::read(pass.text, start, written.shape)?;
    let bounded =
        number_may_start(pass.text, start) && ends_well(pass.text, &shaped, written.shape);
    if !bounded || !(kind.valid)(shaped.compact()) {
        return None;
    }
    let confirmed = pass.near(start).says(kind.group);
    let score = match written.needs {
        Words if confirmed => BY_WORDS,
        _ if confirmed => CONFIRMED,
        Nothing(score) if shaped.upper => score,
        NoDoubt(score) if shaped.upper && !doubtful(pass, start) => score,
        _ => return None,
    };
    pass.claim(kind.entity, start, shaped.end, score);
    Some(shaped.end)
}

/// How much of a shape stands before its first group with a digit, where reading begins.
fn letters_before(written: &str) -> usize {
    let first = written.find(['9', 'X']).unwrap_or(0);
    let head = written.get(..first).unwrap_or_default();
    head.rfind([' ', '-']).map_or(0, |separator| separator + 1)
}

/// Whether the words before say that the number is something else.
fn doubtful(pass: &mut Pass, start: usize) -> bool {
    let near = pass.near(start);
    [
        Group::Other,
        Group::Phone,
        Group::BankAccount,
        Group::Routing,
    ]
    .into_iter()
    .any(|group| near.says(group))
}

fn ends_well(text: &[u8], shaped: &Shaped, written: &str) -> bool {
    let digits_follow =
        |separator| at(text, shaped.end) == separator && at(text, shaped.end + 1).is_ascii_digit();
    let slash = digits_follow(b'/');
    let goes_on = written.contains(' ') && digits_follow(b' ');
    !is_word(at(text, shaped.end)) && number_may_end(text, shaped.end) && !slash && !goes_on
}

/// A bank account's number has neither shape nor check: only words tell.
fn bank_account(pass: &mut Pass, start: usize, end: usize) -> Option<usize> {
    let text = pass.text;
    let fits = (6..=17).contains(&(end - start))
        && slice(text, start, end).iter().all(u8::is_ascii_digit)
        && number_may_start(text, start)
        && number_may_end(text, end);
    if !pass.wants(E::UsBankAccount) || !fits || !pass.near(start).says(Group::BankAccount) {
        return None;
    }
    pass.claim(E::UsBankAccount, start, end, 0.65);
    Some(end)
}
