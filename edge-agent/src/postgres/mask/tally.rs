//! What was masked and what was seen, counted for the journal.

use std::sync::Arc;

use countersign_model::{EntityCount, MaskedCount};

/// Distinct pairs of column and entity that are counted apart.
const MAX_COUNTED: usize = 1_000;
/// Rows of an action that are looked through for what no policy asked to mask.
const SAMPLED_ROWS: u32 = 20;

/// Values masked, by column and entity, and findings that were let through.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Tally {
    masked: Vec<(Arc<str>, &'static str, u64)>,
    seen: Vec<(&'static str, u64)>,
    rows: u32,
}

impl Tally {
    /// A row begins; answers whether it belongs to the sample.
    pub(super) fn begin_row(&mut self) -> bool {
        self.rows = self.rows.saturating_add(1);
        self.rows <= SAMPLED_ROWS
    }

    pub(super) fn add(&mut self, column: &Arc<str>, entity: &'static str) {
        let full = self.masked.len() >= MAX_COUNTED;
        let known = self
            .masked
            .iter_mut()
            .find(|(label, name, _)| *name == entity && **label == **column);
        match known {
            Some((_, _, count)) => *count += 1,
            None if !full => self.masked.push((Arc::clone(column), entity, 1)),
            None => {}
        }
    }

    /// Something was found that no policy asked to mask.
    pub(super) fn saw(&mut self, entity: &'static str) {
        match self.seen.iter_mut().find(|(name, _)| *name == entity) {
            Some((_, count)) => *count += 1,
            None => self.seen.push((entity, 1)),
        }
    }

    pub(in crate::postgres) fn finish(self) -> (Vec<MaskedCount>, Vec<EntityCount>) {
        let masked = self.masked.into_iter();
        let masked = masked.map(|(column, entity, count)| MaskedCount {
            column: column.to_string(),
            entity: entity.to_owned(),
            count,
        });
        let seen = self.seen.into_iter().map(|(entity, count)| EntityCount {
            entity: entity.to_owned(),
            count,
        });
        (masked.collect(), seen.collect())
    }
}
