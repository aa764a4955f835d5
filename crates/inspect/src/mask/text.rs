//! Masks every configured entity in a text.

use std::borrow::Cow;

use countersign_model::MaskStyle;

use super::stream::StreamMasker;
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
            let next = self.replace(&masked, &found, &mut |style, entity, value| {
                count(entity);
                mask_value(style, entity, &detect::plain(value), &self.key)
            })?;
            masked = Cow::Owned(next);
        }
        if clusters(self.detectors.candidates(name, &masked)).is_empty() {
            return Some(masked);
        }
        Some(Cow::Owned(GIVEN_UP.to_owned()))
    }

    /// A masker for a text that comes in pieces.
    #[must_use]
    pub fn stream(&self) -> StreamMasker {
        StreamMasker::new(self.clone())
    }

    /// Masks a text as [`Self::stream`] does, in one piece. What is masked as [`MaskStyle::Null`] is
    /// left out.
    #[must_use]
    pub fn mask_segmented(&self, text: &str, count: &mut dyn FnMut(&'static str)) -> String {
        let mut out = String::with_capacity(text.len());
        let mut stream = self.stream();
        stream.push(text, &mut out);
        for (entity, times) in stream.finish(&mut out) {
            (0..times).for_each(|_| count(entity));
        }
        out
    }

    /// Masks everything in a text; what is masked as [`MaskStyle::Null`] is left out. `None` where
    /// nothing was found.
    pub(crate) fn hide(&self, text: &str, count: &mut dyn FnMut(&'static str)) -> Option<String> {
        self.passes("", text, &mut |style, entity, value| {
            count(entity);
            let hidden = mask_value(style, entity, &detect::plain(value), &self.key);
            Some(hidden.unwrap_or_default())
        })
    }

    /// Puts a pseudonym in place of everything that is masked, whatever its style, and tells `keep` each
    /// with the value it stands for. `None` where nothing was found.
    pub(crate) fn tokenise(
        &self,
        name: &str,
        text: &str,
        keep: &mut dyn FnMut(&'static str, &str, &str),
    ) -> Option<String> {
        self.passes(name, text, &mut |_, entity, value| {
            let plain = detect::plain(value);
            let token = mask_value(MaskStyle::Pseudonym, entity, &plain, &self.key)?;
            keep(entity, &token, value);
            Some(token)
        })
    }

    /// Replaces what is found until nothing is. `None` where nothing was.
    fn passes(
        &self,
        name: &str,
        text: &str,
        hide: &mut dyn FnMut(MaskStyle, &'static str, &str) -> Option<String>,
    ) -> Option<String> {
        let mut hidden = None;
        for _ in 0..MAX_PASSES {
            let text = hidden.as_deref().unwrap_or(text);
            let found = clusters(self.detectors.candidates(name, text));
            if found.is_empty() {
                return hidden;
            }
            let next = self.replace(text, &found, hide);
            hidden = Some(next.unwrap_or_else(|| GIVEN_UP.to_owned()));
        }
        Some(GIVEN_UP.to_owned())
    }

    /// What this finds, and that.
    pub(crate) fn detectors_with(&self, other: Option<&Self>) -> Detectors {
        other.map_or(self.detectors, |other| self.detectors.and(other.detectors))
    }

    /// Whether nothing is masked.
    pub(super) fn is_idle(&self) -> bool {
        self.styles.is_empty()
    }

    /// Everything that is claimed in a text.
    pub(super) fn claims(&self, text: &str) -> Vec<Candidate> {
        self.detectors.candidates("", text)
    }

    /// Masks the part of a text that follows `context`, which is read and not changed. Once it is found
    /// in the text as it came, and then behind what was released, until nothing is found. Gives how many
    /// bytes the detectors read for that, too.
    pub(super) fn mask_segment(
        &self,
        context: &str,
        released: &str,
        segment: &str,
        count: &mut dyn FnMut(&'static str),
    ) -> (String, usize) {
        let mut masked = segment.to_owned();
        let mut read = 0;
        for pass in 0..=MAX_PASSES {
            let before = if pass == 0 { context } else { released };
            let text = [before, &masked].concat();
            read += text.len();
            let claims = within(self.claims(&text), before.len());
            // What was hidden before it may have changed what the segment means.
            if claims.is_empty() && (pass > 0 || context == released) {
                return (masked, read);
            }
            let hidden = self.replace(&masked, &clusters(claims), &mut |style, entity, value| {
                count(entity);
                let value = detect::plain(value);
                Some(mask_value(style, entity, &value, &self.key).unwrap_or_default())
            });
            masked = hidden.unwrap_or_default();
        }
        (GIVEN_UP.to_owned(), read)
    }

    fn replace(
        &self,
        text: &str,
        found: &[Vec<Candidate>],
        hide: &mut dyn FnMut(MaskStyle, &'static str, &str) -> Option<String>,
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
            let value = text.get(start..end).unwrap_or_default();
            let hidden = hide(style, best.entity.name(), value)?;
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

/// What is claimed behind the first `from` bytes, in offsets from there.
pub(super) fn within(mut claims: Vec<Candidate>, from: usize) -> Vec<Candidate> {
    claims.retain(|claim| claim.end > from);
    for claim in &mut claims {
        claim.start = claim.start.saturating_sub(from);
        claim.end -= from;
    }
    claims
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
