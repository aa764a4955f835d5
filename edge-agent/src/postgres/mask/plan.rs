//! From the description of a row to how its columns are masked.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use countersign_model::{Column, MaskStyle, SqlStatement, StatementClass};

use super::{
    Masking,
    column::split,
    oid::{self, Kind},
    row::{ColumnPlan, RowPlan},
};
use crate::postgres::{backend::ColumnDescription, catalog::Catalog};

/// How long a plan is good for without looking at the catalog again.
const GOOD_FOR: Duration = Duration::from_secs(20);

/// Operations that return no value of any table beyond those the text names.
const TRANSPARENT: &[&str] = &[
    "select", "values", "show", "explain", "set", "insert", "update", "delete", "merge", "copy",
    "copy_to",
];

/// What a plan is made from.
pub(in crate::postgres) struct PlanInput<'a> {
    pub(in crate::postgres) columns: &'a [ColumnDescription<'a>],
    pub(in crate::postgres) masking: &'a Arc<Masking>,
    /// What the parser knows of the statement; `None` where it is not known which one answers.
    pub(in crate::postgres) facts: Option<&'a SqlStatement>,
    pub(in crate::postgres) catalog: &'a Catalog,
}

impl PlanInput<'_> {
    /// How these columns are masked. Where something cannot be found out, they are masked.
    pub(in crate::postgres) async fn plan(&self) -> RowPlan {
        let mut columns = Vec::with_capacity(self.columns.len());
        for (index, column) in self.columns.iter().enumerate() {
            columns.push(ColumnPlan {
                label: Arc::from(column.label),
                kind: self.kind(column.type_oid).await,
                binary: column.binary,
                by_origin: self.by_origin(index, column).await,
            });
        }
        RowPlan::new(Arc::clone(self.masking), columns)
    }

    async fn kind(&self, type_oid: u32) -> Kind {
        match oid::kind(type_oid) {
            Some(kind) => kind,
            None => self.catalog.kind(type_oid).await,
        }
    }

    async fn by_origin(&self, index: usize, column: &ColumnDescription<'_>) -> Option<MaskStyle> {
        let masks = &self.masking.columns;
        if masks.is_empty() {
            return None;
        }
        let by_label = masks.of_label(column.label);
        let by_origin = if column.table == 0 {
            self.of_expression(index).await
        } else {
            match self
                .catalog
                .base_columns(column.table, column.attribute)
                .await
            {
                Some(bases) => {
                    let of_base = bases.iter().filter_map(|base| masks.of_base(base)).max();
                    of_base.max(self.of_written(index).await)
                }
                // A table that nobody else sees yet: what it holds may come from anywhere.
                None => masks.of_anything(),
            }
        };
        by_label.max(by_origin)
    }

    /// What a write returns is named after its target, and may hold what it has just read elsewhere:
    /// `UPDATE t SET note = ssn … RETURNING *`.
    async fn of_written(&self, index: usize) -> Option<MaskStyle> {
        let facts = self
            .facts
            .filter(|facts| !facts.tables_written.is_empty())?;
        let mut style = None;
        let output = (facts.outputs.len() == self.columns.len())
            .then(|| facts.outputs.get(index))
            .flatten();
        let sources = output.map_or(&facts.columns_read, |output| &output.sources);
        for source in sources {
            style = style.max(self.of_source(source).await);
        }
        style
    }

    /// The style for an expression: for every column that may flow into it.
    pub(super) async fn of_expression(&self, index: usize) -> Option<MaskStyle> {
        let masks = &self.masking.columns;
        let Some(facts) = self.facts else {
            return masks.of_anything();
        };
        // What a function does that is not the server's own, nobody can tell from outside.
        if facts.class >= StatementClass::Exec {
            return masks.of_anything();
        }
        // A plan tells the statement's own constants and no column's value.
        if facts
            .operations
            .iter()
            .any(|operation| operation == "explain")
        {
            return None;
        }
        let output = (facts.outputs.len() == self.columns.len())
            .then(|| facts.outputs.get(index))
            .flatten();
        match output {
            Some(output) => {
                let mut style = None;
                for source in &output.sources {
                    style = style.max(self.of_source(source).await);
                }
                style
            }
            None => self.of_tables(facts).await,
        }
    }

    /// The style for a column that the text names, through views.
    pub(super) async fn of_source(&self, source: &Column) -> Option<MaskStyle> {
        let masks = &self.masking.columns;
        let named = masks.of_named(source);
        if source.table.is_empty() {
            return named;
        }
        let Some(bases) = self.catalog.base_columns_named(source).await else {
            return named.max(masks.of_name(&source.name));
        };
        let bases = bases.iter().filter_map(|base| masks.of_base(base)).max();
        named.max(bases)
    }

    /// The style for a value that may come from any column of the tables that are read.
    async fn of_tables(&self, facts: &SqlStatement) -> Option<MaskStyle> {
        let masks = &self.masking.columns;
        let transparent = facts
            .operations
            .iter()
            .all(|operation| TRANSPARENT.contains(&operation.as_str()));
        if !transparent {
            return masks.of_anything();
        }
        let mut style = None;
        for table in facts.tables_read.iter().chain(&facts.tables_written) {
            let (schema, name) = split(table);
            let whole = Column {
                table: table.clone(),
                name: "*".to_owned(),
            };
            style = style
                .max(masks.touches(schema, name))
                .max(self.of_source(&whole).await);
        }
        style.map(|style| style.max(MaskStyle::Redact))
    }
}

/// The plan made last, since most statements are executed again and again.
#[derive(Debug, Default)]
pub(in crate::postgres) struct PlanCache(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    description: Box<[u8]>,
    masking: Arc<Masking>,
    generation: u64,
    made: Instant,
    plan: Arc<RowPlan>,
}

impl PlanCache {
    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plan for exactly this description and these masks, while the catalog is as it was.
    pub(in crate::postgres) fn get(
        &self,
        description: &[u8],
        masking: &Arc<Masking>,
        catalog: &Catalog,
    ) -> Option<Arc<RowPlan>> {
        let kept = self.lock();
        let kept = kept.as_ref()?;
        let same = *kept.description == *description
            && Arc::ptr_eq(&kept.masking, masking)
            && kept.generation == catalog.generation()
            && kept.made.elapsed() < GOOD_FOR;
        same.then(|| Arc::clone(&kept.plan))
    }

    pub(in crate::postgres) fn put(
        &self,
        description: &[u8],
        masking: &Arc<Masking>,
        plan: &Arc<RowPlan>,
        catalog: &Catalog,
    ) {
        *self.lock() = Some(Kept {
            description: description.into(),
            masking: Arc::clone(masking),
            generation: catalog.generation(),
            made: Instant::now(),
            plan: Arc::clone(plan),
        });
    }
}
