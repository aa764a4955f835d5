//! Masks every configured entity in a text.

use std::borrow::Cow;

use countersign_model::MaskStyle;

use super::{PseudonymKey, mask_value, stricter};
use crate::detect::{self, Candidate, Detectors, Entity};

/// Times that a masked text is masked again at most. One pass is nearly always all; another is needed
/// where a mask changed what stands around a value, such as the distance to a word that gives it away.
const MAX_PASSES: usize = 8;

/// What hides a text that still holds findings after [`MAX_PASSES`].
const GIVEN_UP: &str = "[MASKED]";

/// Masks text by what detectors see in it.
#[derive(Debug, Clone)]
pub struct TextMasker {
    detectors: Detectors,
    styles: Vec<(Entity, MaskStyle)>,
    key: PseudonymKey,
}

impl TextMasker {
    /// Masks these entities, each in its style; of two styles for one entity the stricter. A name that
    /// [`detect::is_entity`] does not know masks nothing, so callers refuse it first.
    #[must_use]
    pub fn new(entities: &[(String, MaskStyle)], key: &PseudonymKey) -> Self {
        let mut styles: Vec<(Entity, MaskStyle)> = Vec::new();
        for (name, style) in entities {
            let Some(entity) = Entity::named(name) else {
                continue;
            };
            match styles.iter_mut().find(|(known, _)| *known == entity) {
                Some((_, known)) => *known = stricter(*known, *style),
                None => styles.push((entity, *style)),
            }
        }
        let names: Vec<&str> = styles.iter().map(|(entity, _)| entity.name()).collect();
        Self {
            detectors: Detectors::only(&names),
            styles,
            key: key.clone(),
        }
    }

    /// Masks a text and counts each entity that was hidden. `None` where something was found whose
    /// style is [`MaskStyle::Null`]: then the whole value becomes NULL. Borrowed where nothing was
    /// found.
    ///
    /// No masked entity can be found in the result, and everything outside of what was found stays as
    /// it is. Where findings overlap all of them are hidden, in the strictest of their styles.
    pub fn mask<'a>(
        &self,
        text: &'a str,
        count: &mut dyn FnMut(&'static str),
    ) -> Option<Cow<'a, str>> {
        self.mask_named("", text, count)
    }

    /// Like [`Self::mask`], for a value whose name is known, such as that of its column: `ssn` before
    /// nine digits says what they are.
    pub fn mask_named<'a>(
        &self,
        name: &str,
        text: &'a str,
        count: &mut dyn FnMut(&'static str),
    ) -> Option<Cow<'a, str>> {
        let mut masked = Cow::Borrowed(text);
        for _ in 0..MAX_PASSES {
            let found = clusters(self.detectors.candidates(name, &masked));
            if found.is_empty() {
                return Some(masked);
            }
            let next = self.replace(&masked, &found, count)?;
            masked = Cow::Owned(next);
        }
        if clusters(self.detectors.candidates(name, &masked)).is_empty() {
            return Some(masked);
        }
        Some(Cow::Owned(GIVEN_UP.to_owned()))
    }

    fn replace(
        &self,
        text: &str,
        found: &[Vec<Candidate>],
        count: &mut dyn FnMut(&'static str),
    ) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for cluster in found {
            let best = cluster.iter().min_by(|a, b| a.better(b))?;
            let style = cluster
                .iter()
                .filter_map(|claim| self.style_of(claim.entity))
                .reduce(stricter)?;
            let start = cluster.iter().map(|claim| claim.start).min()?;
            let end = cluster.iter().map(|claim| claim.end).max()?;
            let entity = best.entity.name();
            count(entity);
            let value = detect::plain(text.get(start..end).unwrap_or_default());
            let hidden = mask_value(style, entity, &value, &self.key)?;
            out.push_str(text.get(copied..start).unwrap_or_default());
            out.push_str(&hidden);
            copied = end;
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        Some(out)
    }

    fn style_of(&self, entity: Entity) -> Option<MaskStyle> {
        let (_, style) = self.styles.iter().find(|(known, _)| *known == entity)?;
        Some(*style)
    }
}

/// Groups claims that overlap, in the order of the text.
fn clusters(mut claims: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    claims.sort_by_key(|claim| claim.start);
    let mut clusters: Vec<Vec<Candidate>> = Vec::new();
    let mut end = 0;
    for claim in claims {
        match clusters.last_mut() {
            Some(cluster) if claim.start < end => cluster.push(claim),
            _ => clusters.push(vec![claim]),
        }
        end = end.max(claim.end);
    }
    clusters
}
