//! The native detectors as policies ask them.

use std::collections::BTreeMap;

use countersign_inspect::detect;
use countersign_policy_engine::Detectors;

/// The native detectors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detecting;

impl Detectors for Detecting {
    fn scan(&self, text: &str, entities: &[String]) -> Vec<(String, u32)> {
        let detectors = if entities.is_empty() {
            detect::Detectors::all()
        } else {
            detect::Detectors::only(entities)
        };
        let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
        for finding in detectors.scan(text) {
            let count = counts.entry(finding.entity).or_default();
            *count = count.saturating_add(1);
        }
        let counts = counts.into_iter();
        counts
            .map(|(entity, count)| (entity.to_owned(), count))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_counted() {
        let text = "a@example.com, b@example.com and 4111 1111 1111 1111";
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            Detecting.scan(text, &names)
        };
        let email = ("EMAIL_ADDRESS".to_owned(), 2);
        let card = ("CREDIT_CARD".to_owned(), 1);
        assert_eq!(of(&["EMAIL_ADDRESS"]), std::slice::from_ref(&email));
        let all = of(&[]);
        assert!(all.contains(&email) && all.contains(&card), "{all:?}");
        assert_eq!(of(&["NOTHING_OF_THE_KIND"]), []);
    }
}
