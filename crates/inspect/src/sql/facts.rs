//! Where the walk of one statement collects what it finds, before names are made into strings.

use std::borrow::Cow;

use countersign_model::{Column, OutputColumn, SqlStatement, StatementClass};
use pg_query::protobuf::RangeVar;

/// How many names are looked through for a duplicate. Beyond it duplicates are kept until the end,
/// so that a statement with very many names takes linear time.
const NEAR: usize = 64;

fn push_new<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.iter().take(NEAR).any(|known| *known == value) {
        list.push(value);
    }
}

/// A table name of the statement at hand; `TableId::AMBIGUOUS` is the empty name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TableId(u32);

impl TableId {
    /// The table that the text alone does not tell.
    pub(super) const AMBIGUOUS: Self = Self(u32::MAX);
}

/// A column that a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source<'a> {
    pub(super) table: TableId,
    pub(super) name: &'a str,
}

impl<'a> Source<'a> {
    /// Any column of any table.
    pub(super) const ANYTHING: Self = Self {
        table: TableId::AMBIGUOUS,
        name: "*",
    };

    pub(super) const fn new(table: TableId, name: &'a str) -> Self {
        Self { table, name }
    }

    /// A whole row of a table.
    pub(super) const fn row(table: TableId) -> Self {
        Self { table, name: "*" }
    }
}

/// The facts of one statement while they are collected.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) class: StatementClass,
    pub(super) unbounded_write: bool,
    pub(super) unbounded_read: bool,
    pub(super) columns_read: Vec<Source<'a>>,
    pub(super) columns_filtered: Vec<Source<'a>>,
    pub(super) outputs: Vec<(&'a str, Vec<Source<'a>>)>,
    operations: Vec<&'static str>,
    functions: Vec<Cow<'a, str>>,
    settings: Vec<String>,
    tables: Vec<String>,
    read: Vec<TableId>,
    written: Vec<TableId>,
}

impl<'a> Facts<'a> {
    pub(super) const fn new() -> Self {
        Self {
            class: StatementClass::Read,
            unbounded_write: false,
            unbounded_read: false,
            columns_read: Vec::new(),
            columns_filtered: Vec::new(),
            outputs: Vec::new(),
            operations: Vec::new(),
            functions: Vec::new(),
            settings: Vec::new(),
            tables: Vec::new(),
            read: Vec::new(),
            written: Vec::new(),
        }
    }

    /// Raises the class to at least `class`.
    pub(super) fn at_least(&mut self, class: StatementClass) {
        self.class = self.class.max(class);
    }

    pub(super) fn operation(&mut self, name: &'static str) {
        push_new(&mut self.operations, name);
    }

    pub(super) fn function(&mut self, name: Cow<'a, str>) {
        push_new(&mut self.functions, name);
    }

    pub(super) fn setting(&mut self, name: &str) {
        self.settings.push(name.to_ascii_lowercase());
    }

    pub(super) fn table(&mut self, relation: &RangeVar) -> TableId {
        if relation.schemaname.is_empty() {
            self.table_named(&relation.relname)
        } else if relation.catalogname.is_empty() {
            self.table_parts(&[&relation.schemaname, &relation.relname])
        } else {
            self.table_parts(&[
                &relation.catalogname,
                &relation.schemaname,
                &relation.relname,
            ])
        }
    }

    pub(super) fn table_parts(&mut self, parts: &[&str]) -> TableId {
        match parts {
            [name] => self.table_named(name),
            _ => self.table_named(&parts.join(".")),
        }
    }

    fn table_named(&mut self, name: &str) -> TableId {
        let index = self.tables.iter().take(NEAR).position(|t| t == name);
        let index = index.unwrap_or_else(|| {
            self.tables.push(name.to_owned());
            self.tables.len() - 1
        });
        TableId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) fn reads(&mut self, table: TableId) {
        push_new(&mut self.read, table);
    }

    pub(super) fn writes(&mut self, table: TableId) {
        push_new(&mut self.written, table);
    }

    /// The table's name as the facts give it.
    pub(super) fn name(&self, table: TableId) -> &str {
        usize::try_from(table.0)
            .ok()
            .and_then(|index| self.tables.get(index))
            .map_or("", String::as_str)
    }

    fn names(&self, tables: &[TableId]) -> Vec<String> {
        let mut names: Vec<String> = tables.iter().map(|t| self.name(*t).to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn columns(&self, sources: &[Source<'a>]) -> Vec<Column> {
        let mut keys: Vec<(&str, &str)> = sources
            .iter()
            .map(|source| (self.name(source.table), source.name))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter()
            .map(|(table, name)| Column {
                table: table.to_owned(),
                name: name.to_owned(),
            })
            .collect()
    }

    pub(super) fn finish(mut self) -> SqlStatement {
        self.operations.sort_unstable();
        self.operations.dedup();
        self.functions.sort_unstable();
        self.functions.dedup();
        self.settings.sort_unstable();
        self.settings.dedup();
        SqlStatement {
            class: self.class,
            tables_read: self.names(&self.read),
            tables_written: self.names(&self.written),
            columns_read: self.columns(&self.columns_read),
            columns_filtered: self.columns(&self.columns_filtered),
            unbounded_write: self.unbounded_write,
            unbounded_read: self.unbounded_read,
            outputs: self
                .outputs
                .iter()
                .map(|(name, sources)| OutputColumn {
                    name: (*name).to_owned(),
                    sources: self.columns(sources),
                })
                .collect(),
            operations: self.operations.into_iter().map(str::to_owned).collect(),
            functions: self.functions.into_iter().map(Cow::into_owned).collect(),
            settings_changed: self.settings,
        }
    }
}
