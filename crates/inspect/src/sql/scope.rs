//! Names: which relation of which query level a column reference means, and which base columns its
//! values come from. The text alone does not tell a table's columns, so a reference may fit several.

use std::rc::Rc;

use super::facts::{Source, TableId};

/// One or more columns of a relation, in order.
#[derive(Debug, Clone)]
pub(super) enum Item<'a> {
    /// One column. An empty name is one that the text does not tell.
    Column {
        name: &'a str,
        sources: Vec<Source<'a>>,
    },
    /// All columns of a table, under their own names.
    Table(TableId),
    /// Columns of unknown number and names, with values from any of these.
    Opaque(Vec<Source<'a>>),
}

impl<'a> Item<'a> {
    /// Adds every column that may flow into this one.
    pub(super) fn sources(&self, out: &mut Vec<Source<'a>>) {
        match self {
            Self::Column { sources, .. } | Self::Opaque(sources) => out.extend_from_slice(sources),
            Self::Table(table) => out.push(Source::row(*table)),
        }
    }
}

/// The columns of a query's result, and whether something bounds it.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// Rows of a table come without a bound on their number.
    pub(super) rows_unbounded: bool,
    /// A single value may hold rows without a bound on their number: no LIMIT helps.
    pub(super) values_unbounded: bool,
}

impl<'a> Shape<'a> {
    pub(super) fn all_sources(&self) -> Vec<Source<'a>> {
        let mut out = Vec::new();
        for item in &self.items {
            item.sources(&mut out);
        }
        deduplicate(&mut out);
        out
    }

    /// A result of which nothing is known.
    pub(super) fn anything() -> Self {
        Self {
            items: vec![Item::Opaque(vec![Source::ANYTHING])],
            rows_unbounded: true,
            values_unbounded: false,
        }
    }
}

pub(super) fn deduplicate(sources: &mut Vec<Source<'_>>) {
    if sources.len() > 1 {
        sources.sort_unstable();
        sources.dedup();
    }
}

/// What a relation of a FROM list is.
#[derive(Debug, Clone)]
pub(super) enum Columns<'a> {
    /// A table as the catalog has it.
    Table(TableId),
    /// Whatever a query, a function or a list of values gives.
    Known(Rc<Shape<'a>>),
}

/// A relation that column references may mean.
#[derive(Debug, Clone)]
pub(super) struct Relation<'a> {
    /// The name that references use; empty when there is none.
    pub(super) name: &'a str,
    /// The schema, of a table without an alias.
    pub(super) schema: &'a str,
    pub(super) columns: Columns<'a>,
    /// The alias's column names, which replace the relation's first ones.
    pub(super) renamed: &'a [pg_query::Node],
    /// Unqualified references reach it too.
    pub(super) unqualified: bool,
    /// References reach it at all: not so below an alias of a join.
    pub(super) visible: bool,
    pub(super) bound: Bound,
    /// The relations that this one stands for, as an alias of a join: bits by position.
    pub(super) covers: u64,
}

/// What a relation does to the number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// Rows of a table, with no bound of its own.
    Unbounded,
    /// Bounded by itself: a list of values, a query with a predicate or a limit.
    Bounded,
    /// No rows of a table, but as many as it likes: a set-returning function.
    Generated,
}

/// How a relation may have a column of some name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Has {
    No,
    Perhaps,
    Surely,
}

impl<'a> Relation<'a> {
    /// A table, under its own name.
    pub(super) const fn table(table: TableId, name: &'a str) -> Self {
        Self {
            name,
            schema: "",
            columns: Columns::Table(table),
            renamed: &[],
            unqualified: true,
            visible: true,
            bound: Bound::Unbounded,
            covers: 0,
        }
    }

    pub(super) const fn known(name: &'a str, shape: Rc<Shape<'a>>, bound: Bound) -> Self {
        Self {
            name,
            schema: "",
            columns: Columns::Known(shape),
            renamed: &[],
            unqualified: true,
            visible: true,
            bound,
            covers: 0,
        }
    }

    fn renamed_at(&self, name: &str) -> Option<usize> {
        self.renamed
            .iter()
            .position(|node| string(node) == Some(name))
    }

    /// Adds the sources of the column `name`, and tells how sure it is that there is one.
    pub(super) fn column(&self, name: &'a str, out: &mut Vec<Source<'a>>) -> Has {
        if let Some(position) = self.renamed_at(name) {
            self.column_at(position, out);
            return Has::Surely;
        }
        match &self.columns {
            Columns::Table(table) => {
                out.push(Source::new(*table, name));
                Has::Perhaps
            }
            Columns::Known(shape) => self.known_column(shape, name, out),
        }
    }

    fn known_column(&self, shape: &Shape<'a>, name: &'a str, out: &mut Vec<Source<'a>>) -> Has {
        let mut has = Has::No;
        for (position, item) in shape.items.iter().enumerate() {
            match item {
                // One that is renamed is no longer reached by its own name.
                Item::Column { name: own, sources }
                    if *own == name && position >= self.renamed.len() =>
                {
                    out.extend_from_slice(sources);
                    has = Has::Surely;
                }
                Item::Column { name: "", .. } | Item::Table(_) | Item::Opaque(_)
                    if has == Has::No =>
                {
                    has = Has::Perhaps;
                }
                _ => {}
            }
        }
        if has == Has::Perhaps {
            for item in &shape.items {
                match item {
                    Item::Column { name: "", sources } | Item::Opaque(sources) => {
                        out.extend_from_slice(sources);
                    }
                    Item::Table(table) => out.push(Source::new(*table, name)),
                    Item::Column { .. } => {}
                }
            }
        }
        has
    }

    /// Adds the sources of the column at `position`, counted from 0.
    fn column_at(&self, position: usize, out: &mut Vec<Source<'a>>) {
        match &self.columns {
            Columns::Table(table) => out.push(Source::row(*table)),
            Columns::Known(shape) => {
                let before = shape.items.get(..=position).unwrap_or(&shape.items);
                match before.last() {
                    // Positions are known as long as nothing of unknown width comes before.
                    Some(item)
                        if before.len() == position + 1
                            && before.iter().all(|i| matches!(i, Item::Column { .. })) =>
                    {
                        item.sources(out);
                    }
                    _ => out.extend(shape.all_sources()),
                }
            }
        }
    }

    /// Adds the sources of a whole row.
    pub(super) fn row(&self, out: &mut Vec<Source<'a>>) {
        match &self.columns {
            Columns::Table(table) => out.push(Source::row(*table)),
            Columns::Known(shape) => {
                for item in &shape.items {
                    item.sources(out);
                }
            }
        }
    }

    /// How many items `items` adds.
    pub(super) fn width(&self) -> usize {
        match &self.columns {
            Columns::Table(_) => 1,
            Columns::Known(shape) => shape.items.len(),
        }
    }

    /// Its columns as `*` gives them.
    pub(super) fn items(&self, out: &mut Vec<Item<'a>>) {
        match &self.columns {
            Columns::Table(table) if self.renamed.is_empty() => out.push(Item::Table(*table)),
            Columns::Table(table) => out.push(Item::Opaque(vec![Source::row(*table)])),
            Columns::Known(shape) => {
                let mut names = self.renamed.iter().filter_map(string);
                let mut fixed = true;
                for item in &shape.items {
                    match item {
                        Item::Column { name, sources } => out.push(Item::Column {
                            name: match names.next() {
                                Some(renamed) if fixed => renamed,
                                Some(_) => "",
                                None => name,
                            },
                            sources: sources.clone(),
                        }),
                        other if self.renamed.is_empty() => out.push(other.clone()),
                        other => {
                            fixed = false;
                            let mut sources = Vec::new();
                            other.sources(&mut sources);
                            out.push(Item::Opaque(sources));
                        }
                    }
                }
            }
        }
    }
}

/// The relations of one query level.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    pub(super) relations: Vec<Relation<'a>>,
    /// Not seen from where the walk is: a subquery in FROM without LATERAL.
    pub(super) hidden: bool,
    /// The first relation in sight: an ON clause sees its own join alone.
    pub(super) first: usize,
    /// Relations that some reference meant, as bits by position.
    pub(super) touched: u64,
    /// Sources of the windows that the level names.
    pub(super) windows: Vec<Source<'a>>,
    /// Columns merged by USING.
    pub(super) merged: Vec<&'a str>,
    /// Some join is NATURAL: any column may be merged.
    pub(super) natural: bool,
}

impl<'a> Scope<'a> {
    /// The relations in sight, with their positions.
    pub(super) fn in_sight(&self) -> impl Iterator<Item = (usize, &Relation<'a>)> {
        self.relations
            .iter()
            .enumerate()
            .skip(self.first)
            .filter(|(_, relation)| relation.visible)
    }
}

/// What the relations of one level have of an unqualified name.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// How many relations may have the column.
    pub(super) perhaps: usize,
    /// Some relation surely has it.
    pub(super) certain: bool,
    /// The sources of the relations that surely have it.
    pub(super) sure: Vec<Source<'a>>,
    /// The relations meant, as bits by position.
    pub(super) touched: u64,
}

impl<'a> Scope<'a> {
    /// Adds the sources of the relations that may have the column `name`, and returns those of the
    /// ones that surely do.
    pub(super) fn unqualified_column(&self, name: &'a str, out: &mut Vec<Source<'a>>) -> Found<'a> {
        let mut found = Found::default();
        let mut perhaps_touched = 0;
        for (position, relation) in self.in_sight().filter(|(_, r)| r.unqualified) {
            let before = out.len();
            match relation.column(name, out) {
                Has::No => {}
                Has::Perhaps => {
                    found.perhaps += 1;
                    perhaps_touched |= bit(position);
                }
                Has::Surely => {
                    found.certain = true;
                    found.sure.extend(out.drain(before..));
                    found.touched |= bit(position);
                }
            }
        }
        if !found.certain || self.natural || self.merged.contains(&name) {
            found.touched |= perhaps_touched;
        }
        found
    }
}

/// The bit of the relation at `position`. The last bit stands for all that do not fit.
pub(super) const fn bit(position: usize) -> u64 {
    if position < 63 {
        1 << position
    } else {
        1 << 63
    }
}

/// The text of a string node, the way names come in the tree.
pub(super) fn string(node: &pg_query::Node) -> Option<&str> {
    match node.node.as_ref() {
        Some(pg_query::NodeEnum::String(string)) => Some(&string.sval),
        _ => None,
    }
}
