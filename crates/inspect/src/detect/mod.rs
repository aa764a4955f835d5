//! Finds personal data and secrets in text.
//!
//! Every detector is anchored: a cheap pass over the bytes finds digits, `@` signs and the known
//! starts of tokens, and only there is anything verified, by shape, checksum, boundaries and, where a
//! shape alone says too little, by words nearby in ten languages. Text that carries encodings (URL,
//! JSON, HTML, typographic look-alikes) is read a second time decoded; offsets always refer to the
//! text as given. Work is linear in the length of the text, whatever it holds.

mod assigned;
mod bytes;
mod candidate;
mod card;
mod checksum;
mod context;
mod crypto;
mod date;
mod decode;
mod email;
mod entity;
mod iban;
mod identifiers;
mod national;
mod network;
mod number;
mod pass;
mod phone;
mod plausible;
mod shape;
mod tokens;
mod url;

pub(crate) use candidate::Candidate;
pub(crate) use entity::{Entity, EntitySet};

use std::collections::BTreeMap;

use countersign_model::Finding;

pub use entity::ENTITIES;

/// A choice of detectors. Cheap to build and to copy; the automata behind it are shared.
#[derive(Debug, Clone, Copy)]
pub struct Detectors {
    entities: EntitySet,
}

impl Detectors {
    /// Every entity of [`ENTITIES`].
    #[must_use]
    pub fn all() -> Self {
        Self {
            entities: EntitySet::ALL,
        }
    }

    /// Only these entities, by name. A name that is not in [`ENTITIES`] finds nothing; see
    /// [`is_entity`].
    #[must_use]
    pub fn only(names: &[impl AsRef<str>]) -> Self {
        let mut entities = EntitySet::NONE;
        for name in names {
            if let Some(entity) = Entity::named(name.as_ref()) {
                entities.insert(entity);
            }
        }
        Self { entities }
    }

    /// The findings in a text: sorted, and none overlaps another. Offsets are bytes of `text`.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Finding> {
        self.scan_named("", text)
    }

    /// Like [`Self::scan`], for a value whose name is known, such as that of its column: the name is
    /// read as if it stood before the value.
    #[must_use]
    pub fn scan_named(&self, name: &str, text: &str) -> Vec<Finding> {
        candidate::resolve(self.candidates(name, text))
            .into_iter()
            .map(|found| Finding {
                start: found.start,
                end: found.end,
                entity: found.entity.name(),
                score: found.score,
            })
            .collect()
    }

    /// These and those.
    pub(crate) fn and(self, others: Self) -> Self {
        Self {
            entities: self.entities.and(others.entities),
        }
    }

    /// Everything that any detector claims; stretches may overlap.
    pub(crate) fn candidates(&self, name: &str, text: &str) -> Vec<Candidate> {
        if self.entities.is_empty() {
            return Vec::new();
        }
        pass::scan(self.entities, name, text)
    }
}

/// How often each of these entities is seen in a text, by name, and every entity where `entities` is
/// empty: what a policy asks of the detectors, wherever it is judged.
#[must_use]
pub fn counts(text: &str, entities: &[String]) -> Vec<(String, u32)> {
    let detectors = match entities {
        [] => Detectors::all(),
        some => Detectors::only(some),
    };
    let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
    for finding in detectors.scan(text) {
        let count = counts.entry(finding.entity).or_default();
        *count = count.saturating_add(1);
    }
    let named = counts.into_iter();
    named
        .map(|(entity, count)| (entity.to_owned(), count))
        .collect()
}

/// Whether detectors know an entity of that name.
#[must_use]
pub fn is_entity(name: &str) -> bool {
    Entity::named(name).is_some()
}

/// A value with its encodings undone, so that equal values are equal however they were written.
pub(crate) fn plain(value: &str) -> std::borrow::Cow<'_, str> {
    decode::plain(value)
}

/// The words that announce a secret, in lower case.
pub(crate) fn secret_keywords() -> impl Iterator<Item = &'static str> {
    assigned::KEYWORDS.iter().map(|(word, _)| *word)
}

/// Whether a word begins as an IBAN does: a country that has one, and two digits.
pub(crate) fn starts_account(word: &str) -> bool {
    iban::starts(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_counted() {
        let text = "a@example.com, b@example.com and 4111 1111 1111 1111";
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            counts(text, &names)
        };
        let email = ("EMAIL_ADDRESS".to_owned(), 2);
        let card = ("CREDIT_CARD".to_owned(), 1);
        assert_eq!(of(&["EMAIL_ADDRESS"]), std::slice::from_ref(&email));
        let all = of(&[]);
        assert!(all.contains(&email) && all.contains(&card), "{all:?}");
        assert_eq!(of(&["NOTHING_OF_THE_KIND"]), []);
    }
}
