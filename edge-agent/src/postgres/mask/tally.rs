//! What was masked, counted for the journal.

use std::sync::Arc;

use countersign_model::{EntityCount, MaskedCount};

/// Distinct pairs of column and entity that are counted apart.
const MAX_COUNTED: usize = 1_000;

/// Values masked, by column and entity.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Tally(Vec<(Arc<str>, &'static str, u64)>);

impl Tally {
    pub(super) fn add(&mut self, column: &Arc<str>, entity: &'static str) {
        let full = self.0.len() >= MAX_COUNTED;
        let known = self
            .0
            .iter_mut()
            .find(|(label, name, _)| *name == entity && **label == **column);
        match known {
            Some((_, _, count)) => *count += 1,
            None if !full => self.0.push((Arc::clone(column), entity, 1)),
            None => {}
        }
    }

    pub(in crate::postgres) fn finish(self) -> (Vec<MaskedCount>, Vec<EntityCount>) {
        let masked = self
            .0
            .into_iter()
            .map(|(column, entity, count)| MaskedCount {
                column: column.to_string(),
                entity: entity.to_owned(),
                count,
            });
        (masked.collect(), Vec::new())
    }
}
