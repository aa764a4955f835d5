//! What may be a finding, and which of two that overlap is the better one.

use super::entity::Entity;

/// A stretch that one detector claims.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) entity: Entity,
    pub(crate) score: f32,
}

impl Candidate {
    /// Better first: surer, then longer, then by the order of entities, then earlier.
    pub(crate) fn better(&self, other: &Self) -> std::cmp::Ordering {
        let length = |c: &Self| c.end - c.start;
        (other.score.total_cmp(&self.score))
            .then(length(other).cmp(&length(self)))
            .then(self.entity.cmp(&other.entity))
            .then(self.start.cmp(&other.start))
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Keeps the best of all that overlap, sorted by position.
pub(crate) fn resolve(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    if candidates.len() < 2 {
        return candidates;
    }
    candidates.sort_by(Candidate::better);
    let mut kept: std::collections::BTreeMap<usize, Candidate> = std::collections::BTreeMap::new();
    for candidate in candidates {
        let before = kept.range(..candidate.end).next_back();
        if before.is_none_or(|(_, other)| !other.overlaps(&candidate)) {
            kept.insert(candidate.start, candidate);
        }
    }
    kept.into_values().collect()
}
