//! What a target's catalog knows of tables, views and types: which base columns a column comes from.
//! Asked on a connection of the edge's own, remembered for a short time, forgotten when a statement
//! may have changed it.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use countersign_model::Column;
use tokio::time::timeout;

use super::{
    budget::Budget,
    mask::{column::BaseColumn, oid::Kind},
    settings::SEARCH_PATH,
    upstream::{Connected, Upstream, UpstreamError},
};

/// How long an answer of the catalog is believed.
const BELIEVED: Duration = Duration::from_secs(20);
/// How long it is believed that something does not exist: it may be about to be committed.
const ABSENT: Duration = Duration::from_secs(1);
/// How long a client waits for the catalog at most; then its rows are masked.
const PATIENCE: Duration = Duration::from_secs(5);
/// Answers kept; beyond it all are forgotten.
const MAX_KEPT: usize = 20_000;
/// Views on views that are followed.
const MAX_DEPTH: usize = 16;
/// Idle connections kept.
const MAX_IDLE: usize = 2;

/// The catalog cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database's catalog cannot be read, so that its functions cannot be told apart")]
pub(super) struct CatalogUnavailable;

/// A table or view.
#[derive(Debug)]
struct Relation {
    schema: String,
    name: String,
    /// By number; in order.
    columns: Vec<(i16, String)>,
    /// Columns in the order of `COPY table`, which leaves out generated ones.
    copied: Vec<String>,
    /// For a view: where each of its columns comes from; `None` where that cannot be told.
    view: Option<Option<Vec<Vec<Column>>>>,
    /// Tables of which it is a partition or a child.
    parents: Vec<u32>,
}

#[derive(Debug)]
struct Answer<T> {
    at: Instant,
    value: Option<T>,
}

impl<T: Clone> Answer<T> {
    fn fresh(&self) -> Option<Option<T>> {
        let believed = if self.value.is_some() {
            BELIEVED
        } else {
            ABSENT
        };
        (self.at.elapsed() < believed).then(|| self.value.clone())
    }
}

#[derive(Debug, Default)]
struct Known {
    relations: HashMap<u32, Answer<Arc<Relation>>>,
    names: HashMap<String, Answer<u32>>,
    kinds: HashMap<u32, Answer<Kind>>,
    shadowing: Option<Answer<Arc<HashSet<String>>>>,
}

/// A target's catalog.
#[derive(Debug)]
pub(super) struct Catalog {
    upstream: Upstream,
    budget: Arc<Budget>,
    known: Mutex<Known>,
    idle: Mutex<Vec<Connected>>,
    generation: AtomicU64,
}

impl Catalog {
    pub(super) fn new(upstream: Upstream, budget: &Arc<Budget>) -> Self {
        Self {
            upstream,
            budget: Arc::clone(budget),
            known: Mutex::default(),
            idle: Mutex::default(),
            generation: AtomicU64::new(0),
        }
    }

    /// Rises when what was known is forgotten.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// A statement may have changed the catalog.
    pub(super) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        *self.known() = Known::default();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.relations.len() + known.names.len() + known.kinds.len() > MAX_KEPT {
            *known = Known::default();
        }
        known
    }

    /// The columns of tables that a table's or view's column comes from, the column itself included.
    /// `None` where that cannot be told.
    pub(super) async fn base_columns(&self, table: u32, attribute: i16) -> Option<Vec<BaseColumn>> {
        let relation = self.relation(table).await?;
        let (_, name) = relation
            .columns
            .iter()
            .find(|(number, _)| *number == attribute)?;
        self.resolve(table, name).await
    }

    /// The same for a column that a statement names; `*` for all columns of the table.
    pub(super) async fn base_columns_named(&self, column: &Column) -> Option<Vec<BaseColumn>> {
        let table = self.table_named(&column.table).await?;
        self.resolve(table, &column.name).await
    }

    /// The columns of `COPY table`, in order.
    pub(super) async fn copied_columns(&self, table: &str) -> Option<Vec<String>> {
        let table = self.table_named(table).await?;
        Some(self.relation(table).await?.copied.clone())
    }

    /// Follows views to their tables and partitions to their parents.
    async fn resolve(&self, table: u32, name: &str) -> Option<Vec<BaseColumn>> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut todo = vec![(table, name.to_owned(), 0)];
        while let Some((table, name, depth)) = todo.pop() {
            if depth > MAX_DEPTH {
                return None;
            }
            if !seen.insert((table, name.clone())) {
                continue;
            }
            let relation = self.relation(table).await?;
            for (index, (_, column)) in relation.columns.iter().enumerate() {
                if name != "*" && *column != name {
                    continue;
                }
                found.push(BaseColumn {
                    schema: relation.schema.clone(),
                    table: relation.name.clone(),
                    name: column.clone(),
                });
                for parent in &relation.parents {
                    todo.push((*parent, column.clone(), depth + 1));
                }
                if let Some(view) = &relation.view {
                    for source in view.as_ref()?.get(index)? {
                        let table = self.table_named(&source.table).await?;
                        todo.push((table, source.name.clone(), depth + 1));
                    }
                }
            }
        }
        // A system column, or a name that the catalog does not know: nothing to be told from it.
        (!found.is_empty()).then_some(found)
    }

    async fn table_named(&self, name: &str) -> Option<u32> {
        if name.is_empty() {
            return None;
        }
        let kept = self.known().names.get(name).and_then(Answer::fresh);
        if let Some(answer) = kept {
            return answer;
        }
        let (schemas, table) = match name.rsplit_once('.') {
            Some((schema, table)) => (literal(schema), table),
            None => (format!("'pg_catalog', {}", literal(SEARCH_PATH)), name),
        };
        let query = format!(
            "SELECT c.oid FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = {} AND n.nspname IN ({schemas}) AND c.relkind <> 'i' \
             ORDER BY n.nspname = 'pg_catalog' DESC LIMIT 1",
            literal(table)
        );
        let rows = self.ask(&query).await?;
        let oid = number(&rows, 0, 0);
        let answer = Answer {
            at: Instant::now(),
            value: oid,
        };
        self.known().names.insert(name.to_owned(), answer);
        oid
    }

    async fn relation(&self, oid: u32) -> Option<Arc<Relation>> {
        let kept = self.known().relations.get(&oid).and_then(Answer::fresh);
        if let Some(answer) = kept {
            return answer;
        }
        let relation = self.read_relation(oid).await?.map(Arc::new);
        let answer = Answer {
            at: Instant::now(),
            value: relation.clone(),
        };
        self.known().relations.insert(oid, answer);
        relation
    }

    /// `None` when the catalog cannot be asked, `Some(None)` when it does not know the table.
    async fn read_relation(&self, oid: u32) -> Option<Option<Relation>> {
        let heads = self
            .ask(&format!(
                "SELECT n.nspname, c.relname, \
                 CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END, \
                 (SELECT pg_catalog.string_agg(i.inhparent::pg_catalog.text, ',') \
                  FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) \
                 FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {oid}"
            ))
            .await?;
        let Some(head) = heads.into_iter().next() else {
            return Some(None);
        };
        let attributes = self
            .ask(&format!(
                "SELECT attnum, attname, attgenerated = '' FROM pg_catalog.pg_attribute \
                 WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
            ))
            .await?;
        Some(relation_from(head, &attributes))
    }

    /// The first of these functions that is not surely the server's own, save where it is qualified: a
    /// schema on the search path has one of that name too, and which one is meant its arguments
    /// decide. Functions of extensions count as the server's own.
    pub(super) async fn shadowed<'a>(
        &self,
        mut functions: impl Iterator<Item = &'a str>,
        is_qualified: impl Fn(&str) -> bool,
    ) -> Result<Option<&'a str>, CatalogUnavailable> {
        let kept = self.known().shadowing.as_ref().and_then(Answer::fresh);
        let shadowing = match kept {
            Some(kept) => kept,
            None => self.read_shadowing().await,
        };
        let shadowing = shadowing.ok_or(CatalogUnavailable)?;
        Ok(functions.find(|name| shadowing.contains(*name) && !is_qualified(name)))
    }

    async fn read_shadowing(&self) -> Option<Arc<HashSet<String>>> {
        let query = format!(
            "SELECT DISTINCT p.proname FROM pg_catalog.pg_proc p \
             JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
             WHERE n.nspname IN ({}) AND EXISTS (SELECT FROM pg_catalog.pg_proc b \
               JOIN pg_catalog.pg_namespace m ON m.oid = b.pronamespace \
               WHERE b.proname = p.proname AND m.nspname = 'pg_catalog') \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
               WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
               AND d.objid = p.oid AND d.deptype = 'e')",
            literal(SEARCH_PATH)
        );
        let rows = self.ask(&query).await?;
        let names: HashSet<String> = rows.into_iter().flatten().flatten().collect();
        let names = Arc::new(names);
        self.known().shadowing = Some(Answer {
            at: Instant::now(),
            value: Some(Arc::clone(&names)),
        });
        Some(names)
    }

    /// What a type of the database's own can hold.
    pub(super) async fn kind(&self, oid: u32) -> Kind {
        let kept = self.known().kinds.get(&oid).and_then(Answer::fresh);
        if let Some(answer) = kept {
            return answer.unwrap_or(Kind::Opaque);
        }
        let query = format!(
            "SELECT t.typtype, t.typname, e.typname, e.typtype \
             FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem \
             AND t.typcategory = 'A' WHERE t.oid = {oid}"
        );
        let rows = self.ask(&query).await;
        let kind = rows.and_then(|rows| rows.first().map(|row| kind_of(row)));
        let answer = Answer {
            at: Instant::now(),
            value: kind,
        };
        self.known().kinds.insert(oid, answer);
        kind.unwrap_or(Kind::Opaque)
    }

    /// One query; `None` when it cannot be answered, which is logged.
    async fn ask(&self, query: &str) -> Option<Vec<Vec<Option<String>>>> {
        match timeout(PATIENCE, self.try_ask(query)).await {
            Ok(Ok(rows)) => Some(rows),
            Ok(Err(error)) => {
                tracing::warn!("the upstream's catalog cannot be read: {error}");
                None
            }
            Err(_) => {
                tracing::warn!("the upstream's catalog does not answer");
                None
            }
        }
    }

    async fn try_ask(&self, query: &str) -> Result<Vec<Vec<Option<String>>>, UpstreamError> {
        let idle = self.idle().pop();
        if let Some(mut connected) = idle
            && let Ok(rows) = connected.rows(query).await
        {
            self.keep(connected);
            return Ok(rows);
        }
        let name = (
            "application_name".to_owned(),
            "countersign catalog".to_owned(),
        );
        let mut connected = self.upstream.connect(&[name], &self.budget).await?;
        // So that a view's text names every schema.
        connected.rows("SET search_path TO ''").await?;
        let rows = connected.rows(query).await?;
        self.keep(connected);
        Ok(rows)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connected>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, connected: Connected) {
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(connected);
        }
    }
}

fn relation_from(
    head: Vec<Option<String>>,
    attributes: &[Vec<Option<String>>],
) -> Option<Relation> {
    let mut head = head.into_iter();
    let schema = head.next()??;
    let name = head.next()??;
    let definition = head.next()?;
    let parents = head.next()?.unwrap_or_default();
    let mut columns = Vec::with_capacity(attributes.len());
    let mut copied = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        let [Some(number), Some(column), stored] = attribute.as_slice() else {
            return None;
        };
        columns.push((number.parse().ok()?, column.clone()));
        if stored.as_deref() == Some("t") {
            copied.push(column.clone());
        }
    }
    let width = columns.len();
    Some(Relation {
        schema,
        name,
        columns,
        copied,
        view: definition.map(|definition| lineage(&definition, width)),
        parents: parents
            .split(',')
            .filter_map(|oid| oid.parse().ok())
            .collect(),
    })
}

/// Where each column of a view comes from, by its own text.
fn lineage(definition: &str, width: usize) -> Option<Vec<Vec<Column>>> {
    let facts = countersign_inspect::sql::inspect(definition).ok()?;
    let [statement] = facts.statements.as_slice() else {
        return None;
    };
    if statement.outputs.len() != width {
        return None;
    }
    let outputs = statement.outputs.iter();
    Some(outputs.map(|output| output.sources.clone()).collect())
}

fn kind_of(row: &[Option<String>]) -> Kind {
    let text = |index: usize| row.get(index).and_then(Option::as_deref);
    let of_name = |name: Option<&str>, kind: Option<&str>| match (name, kind) {
        (_, Some("e")) => Kind::Plain,
        (Some("citext" | "text" | "varchar" | "bpchar" | "ltree"), _) => Kind::Text,
        _ => Kind::Opaque,
    };
    match text(2) {
        Some(element) => match of_name(Some(element), text(3)) {
            Kind::Text => Kind::TextArray,
            kind => kind,
        },
        None => of_name(text(1), text(0)),
    }
}

/// A string literal, whatever it holds.
fn literal(text: &str) -> String {
    let text = text.replace('\0', "");
    format!("'{}'", text.replace('\'', "''"))
}

fn number(rows: &[Vec<Option<String>>], row: usize, column: usize) -> Option<u32> {
    rows.get(row)?.get(column)?.as_deref()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_literal() {
        assert_eq!(literal("o'; DROP TABLE t; --"), "'o''; DROP TABLE t; --'");
        assert_eq!(literal("a\0b"), "'ab'");
    }

    #[test]
    fn own_types_are_known_by_name() {
        let row =
            |values: [Option<&str>; 4]| kind_of(&values.map(|value| value.map(str::to_owned)));
        assert_eq!(row([Some("b"), Some("citext"), None, None]), Kind::Text);
        assert_eq!(row([Some("e"), Some("mood"), None, None]), Kind::Plain);
        assert_eq!(
            row([Some("b"), Some("_citext"), Some("citext"), Some("b")]),
            Kind::TextArray
        );
        assert_eq!(row([Some("c"), Some("person"), None, None]), Kind::Opaque);
    }
}
