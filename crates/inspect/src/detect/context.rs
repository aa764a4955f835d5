//! Words near a value that say what it is, in English, German, French, Spanish, Italian, Portuguese,
//! Dutch, Polish, Swedish and Finnish.
//!
//! Only the [`WINDOW`] bytes before a value count, and in `key: value` structures only the key does.
//! Of several groups the nearest one wins, so a routing number is no account number and an order
//! number no phone number.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::bytes::{at, before, is_word, run, slice};
use super::entity::ENTITIES;

/// Bytes before a value that are read for context.
pub(super) const WINDOW: usize = 64;

macro_rules! groups {
    ($($group:ident: [$($word:literal),* $(,)?],)*) => {
        /// What a word points to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Group { $($group,)* }

        const GROUPS: usize = [$(Group::$group,)*].len();

        const WORDS: &[(Group, &[&str])] = &[$((Group::$group, &[$($word,)*]),)*];
    };
}

groups! {
    Phone: [
        "phone", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "call", "called", "calls",
        "calling", "caller", "reach", "reached", "contact", "contacto", "contatto", "contato", "kontakt", "whatsapp", "sms", "text me", "dial",
        "telefon", "telefonnummer", "handy", "handynummer", "mobil", "anruf", "anrufen", "erreichen",
        "erreichbar", "rufnummer", "ruckruf", "téléphone", "portable", "joindre", "appeler",
        "appelez", "appelé", "teléfono", "telefono", "móvil", "movil", "celular", "llamar", "llame",
        "llámame", "cellulare", "chiamare", "chiami", "chiama", "telefone", "telemóvel", "ligar",
        "ligue", "telefoon", "telefoonnummer", "mobiel", "bellen", "bel", "bereikbaar", "bereiken",
        "komórka", "komórkowy", "zadzwoń", "dzwonić", "telefonu", "ring", "ringa", "mobilnummer",
        "puhelin", "puhelinnumero", "soita", "soittaa", "msisdn",
    ],
    Card: [
        "card", "credit", "debit", "visa", "mastercard", "amex", "cardholder", "cc", "kreditkarte",
        "karte", "kartennummer", "carte", "tarjeta", "carta", "cartão", "cartao", "kaart",
        "creditcard", "karta", "karty", "kort", "kortnummer", "kortti", "luottokortti",
    ],
    Iban: ["iban"],
    Ssn: ["ssn", "social security", "soc sec", "social sec", "socialsecurity", "ss number"],
    Itin: ["itin", "taxpayer"],
    Routing: ["routing", "aba", "rtn", "transit number"],
    Npi: ["npi", "national provider"],
    Passport: [
        "passport", "reisepass", "passnummer", "passeport", "pasaporte", "passaporto", "passaporte",
        "paspoort", "paszport", "passi",
    ],
    BankAccount: [
        "account", "acct", "bank acct", "bankaccount", "konto", "kontonummer", "compte", "cuenta",
        "conto", "conta", "rekening", "rekeningnummer", "rachunek", "rachunku", "tili", "tilinumero",
    ],
    Nhs: ["nhs", "national health", "patient"],
    Nino: ["nino", "national insurance", "ni number"],
    DeTax: [
        "steuer id", "steueridentifikationsnummer", "steuerid", "idnr", "steuernummer", "tin",
        "identifikationsnummer", "steuerliche",
    ],
    Nir: ["nir", "sécurité sociale", "securite sociale", "insee", "numéro de sécu", "carte vitale"],
    Nif: ["dni", "nif", "nie", "documento nacional"],
    Fiscal: ["codice fiscale", "fiscal code", "cod fisc"],
    Pesel: ["pesel"],
    Hetu: ["hetu", "henkilötunnus", "henkilotunnus", "personbeteckning"],
    Personnummer: ["personnummer", "personnr", "personal identity"],
    Bsn: ["bsn", "burgerservicenummer", "sofinummer", "sofi nummer", "sofi"],
    Aadhaar: ["aadhaar", "aadhar", "adhaar", "uidai", "uid"],
    Pan: ["pan", "permanent account number"],
    Tfn: ["tfn", "tax file"],
    Abn: ["abn", "business number"],
    Sin: ["sin", "social insurance"],
    Cpf: ["cpf", "cadastro de pessoas"],
    Cnpj: ["cnpj"],
    Nric: ["nric", "fin"],
    Rrn: ["rrn", "resident registration", "주민등록번호"],
    Crypto: ["btc", "bitcoin", "wallet", "eth", "ethereum", "ltc", "litecoin", "crypto"],
    Birth: [
        "dob", "d o b", "birth", "birthday", "birthdate", "born", "geboren", "geburtsdatum",
        "geburtstag", "geb", "naissance", "né le", "née le", "né", "née", "nacimiento", "nacido",
        "nacida", "nací", "nació", "fecha nac", "nascita", "nato", "nata", "nascimento", "nascido",
        "nascida", "nasceu", "geboorte", "geboortedatum", "urodzenia", "urodzony", "urodzona",
        "urodził", "ur", "född", "födelsedatum", "född den", "syntymäaika", "syntynyt", "synt",
    ],
    Other: [
        "order", "orders", "invoice", "ticket", "tracking", "track", "build", "commit", "sku", "isbn", "ean",
        "gtin", "upc", "asin", "version", "release", "request", "req", "reference", "ref", "case", "serial", "part",
        "zip", "postcode", "quantity", "qty", "amount", "total", "price", "sum", "count", "offset",
        "line", "row", "port", "pid", "span", "trace", "job", "batch", "timestamp", "epoch",
        "bestellung", "bestellnummer", "rechnung", "rechnungsnummer", "auftrag", "sendung",
        "commande", "facture", "colis", "suivi", "pedido", "factura", "envío", "ordine", "fattura",
        "spedizione", "encomenda", "fatura", "bestelling", "factuur", "zamówienie", "zamówienia",
        "faktura", "faktury", "beställning", "ordernummer", "tilaus", "tilausnumero", "lasku",
        "version", "artikel", "article", "artículo", "produkt", "product", "between", "limit",
        "transaction", "shipment", "parcel", "revision", "bytes", "size", "duration", "ms",
    ],
}

struct Lexicon {
    automaton: AhoCorasick,
    groups: Vec<Group>,
}

static LEXICON: LazyLock<Option<Lexicon>> = LazyLock::new(|| {
    let mut patterns = Vec::new();
    let mut groups = Vec::new();
    for (group, words) in WORDS {
        for word in *words {
            patterns.push(padded(word));
            groups.push(*group);
        }
    }
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build(patterns)
        .ok()?;
    Some(Lexicon { automaton, groups })
});

/// A word with the spaces that it needs around it: a long one may be part of a compound, a middling
/// one may have an ending, a short one stands alone.
fn padded(word: &str) -> String {
    match word.chars().count() {
        9.. => word.to_owned(),
        6..=8 => format!(" {word}"),
        _ => format!(" {word} "),
    }
}

const ABSENT: u8 = u8::MAX;

/// How near each group is before one position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    distance: [u8; GROUPS],
}

impl Near {
    const EMPTY: Self = Self {
        distance: [ABSENT; GROUPS],
    };

    /// Reads the window before `start`. `name` counts as standing before the text.
    pub(super) fn before(text: &[u8], start: usize, name: &str) -> Self {
        let mut folded = Folded::default();
        let from = window_start(text, start);
        if from == 0 && !name.is_empty() {
            let tail = slice(
                name.as_bytes(),
                name.len().saturating_sub(WINDOW),
                name.len(),
            );
            folded.fold(tail, 0, tail.len());
            folded.space();
        }
        folded.fold(text, from, start);
        folded.space();
        if folded.bytes.len() < 4 {
            return Self::EMPTY;
        }
        let Some(lexicon) = LEXICON.as_ref() else {
            return Self::EMPTY;
        };
        let mut near = Self::EMPTY;
        let total = folded.bytes.len();
        for found in lexicon.automaton.find_overlapping_iter(&folded.bytes) {
            let Some(group) = lexicon.groups.get(found.pattern().as_usize()) else {
                continue;
            };
            // Ends are measured without the padding.
            let padding = usize::from(before(&folded.bytes, found.end()) == b' ');
            let distance = (total - found.end() + padding).min(usize::from(ABSENT) - 1) as u8;
            if let Some(known) = near.distance.get_mut(*group as usize) {
                *known = distance.min(*known);
            }
        }
        near
    }

    /// Whether a group is near, and none is nearer.
    pub(super) fn says(&self, group: Group) -> bool {
        let own = self.distance_of(group);
        own != ABSENT && self.distance.iter().all(|other| *other >= own)
    }

    /// Whether a group is near at all.
    pub(super) fn mentions(&self, group: Group) -> bool {
        self.distance_of(group) != ABSENT
    }

    fn distance_of(&self, group: Group) -> u8 {
        self.distance.get(group as usize).copied().unwrap_or(ABSENT)
    }
}

/// Where the context of a value at `start` begins.
fn window_start(text: &[u8], start: usize) -> usize {
    let mut from = start.saturating_sub(WINDOW);
    // Half a word says nothing.
    if from > 0 && is_word(before(text, from)) {
        from = run(text, from, WINDOW, is_word);
    }
    let quotes = |byte: u8| matches!(byte, b' ' | b'"' | b'\'' | b'`' | b'\\' | b'[' | b'(');
    let value = super::bytes::run_back(text, start, 8, quotes);
    let keyed = matches!(before(text, value), b':' | b'=');
    let window = slice(
        text,
        from,
        if keyed {
            value.saturating_sub(1)
        } else {
            start
        },
    );
    let cut = window
        .iter()
        .enumerate()
        .rev()
        .find(|(index, byte)| match byte {
            b'\t' | b'|' => true,
            b',' => keyed || (at(window, index + 1) != b' ' && index + 1 < window.len()),
            b'{' | b'}' | b';' | b'&' | b'\n' | b'?' | b'<' | b'>' => keyed,
            _ => false,
        });
    cut.map_or(from, |(index, _)| from + index + 1).min(start)
}

/// Text in lower case, with words parted by single spaces; `camelCase` and `snake_case` are parted
/// too. What a mask left behind is no context.
#[derive(Default)]
struct Folded {
    bytes: Vec<u8>,
}

impl Folded {
    fn space(&mut self) {
        if self.bytes.last() != Some(&b' ') {
            self.bytes.push(b' ');
        }
    }

    fn fold(&mut self, text: &[u8], from: usize, to: usize) {
        self.space();
        let mut index = from;
        let mut lower = false;
        while index < to {
            let byte = at(text, index);
            if byte.is_ascii_uppercase() {
                let end = label_end(text, index);
                if end > index {
                    self.space();
                    index = end;
                    continue;
                }
                if lower {
                    self.space();
                }
            }
            lower = byte.is_ascii_lowercase();
            if byte.is_ascii_alphanumeric() {
                self.bytes.push(byte.to_ascii_lowercase());
            } else if byte < 0x80 {
                self.space();
            } else {
                // Upper case of Latin-1: U+00C0 to U+00DE.
                let upper = self.bytes.last() == Some(&0xc3) && (0x80..=0x9e).contains(&byte);
                self.bytes.push(if upper { byte + 0x20 } else { byte });
            }
            index += 1;
        }
    }
}

/// The end of a mask's label (`[US_SSN]`, `US_SSN_7F3K2M9Q`) that starts at `start`, else `start`.
pub(super) fn label_end(text: &[u8], start: usize) -> usize {
    if is_word(before(text, start)) {
        return start;
    }
    let end = run(text, start, WINDOW, is_word);
    let word = slice(text, start, end);
    let bracketed = before(text, start) == b'[' && at(text, end) == b']';
    let is_label = ENTITIES.iter().chain(&["MASKED", "COLUMN"]).any(|name| {
        word.strip_prefix(name.as_bytes()).is_some_and(|rest| {
            (rest.is_empty() && bracketed)
                || (rest.len() >= 9
                    && rest.first() == Some(&b'_')
                    && rest
                        .iter()
                        .skip(1)
                        .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()))
        })
    });
    if is_label { end } else { start }
}
