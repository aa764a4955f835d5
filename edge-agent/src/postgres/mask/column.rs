//! Masks on columns: which column a selector means.

use countersign_model::{Column, Mask, MaskSelector, MaskStyle};

/// One mask on a column.
#[derive(Debug)]
struct ColumnMask {
    schema: Option<String>,
    /// `None` for any table.
    table: Option<String>,
    name: String,
    style: MaskStyle,
}

/// All masks on columns of a verdict.
#[derive(Debug)]
pub(in crate::postgres) struct ColumnMasks(Vec<ColumnMask>);

/// A column of a table, as the catalog names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) struct BaseColumn {
    pub(in crate::postgres) schema: String,
    pub(in crate::postgres) table: String,
    pub(in crate::postgres) name: String,
}

impl ColumnMasks {
    pub(super) fn new(masks: &[Mask]) -> Self {
        let masks = masks.iter().filter_map(|mask| match &mask.selector {
            MaskSelector::Column { table, name } => {
                let (schema, table) = split(table);
                Some(ColumnMask {
                    schema: schema.map(str::to_owned),
                    table: (table != "*").then(|| table.to_owned()),
                    name: name.clone(),
                    style: mask.style,
                })
            }
            MaskSelector::Entity(_) => None,
        });
        Self(masks.collect())
    }

    pub(in crate::postgres) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The strictest style of all masks for which `matches` holds.
    fn strictest(&self, matches: impl Fn(&ColumnMask) -> bool) -> Option<MaskStyle> {
        let styles = self.0.iter().filter(|mask| matches(mask));
        styles.map(|mask| mask.style).max()
    }

    /// For a value that may come from any column: never milder than to hide it whole.
    pub(super) fn of_anything(&self) -> Option<MaskStyle> {
        let style = self.strictest(|_| true)?;
        Some(style.max(MaskStyle::Redact))
    }

    /// For a column that the catalog has resolved.
    pub(super) fn of_base(&self, column: &BaseColumn) -> Option<MaskStyle> {
        self.strictest(|mask| {
            same(&mask.name, &column.name)
                && mask.is_on(Some(column.schema.as_str()), &column.table)
        })
    }

    /// For a column as a statement names it, before any view is looked through.
    pub(super) fn of_named(&self, column: &Column) -> Option<MaskStyle> {
        let (schema, table) = split(&column.table);
        self.strictest(|mask| {
            let named = column.name == "*" || same(&mask.name, &column.name);
            named && (table.is_empty() || mask.is_on(schema, table))
        })
    }

    /// For a column whose table is not known to the catalog: by its own name alone.
    pub(super) fn of_name(&self, name: &str) -> Option<MaskStyle> {
        self.strictest(|mask| name == "*" || same(&mask.name, name))
    }

    /// For a result column's label, which counts where a mask is on any table.
    pub(super) fn of_label(&self, label: &str) -> Option<MaskStyle> {
        self.strictest(|mask| mask.table.is_none() && same(&mask.name, label))
    }

    /// Whether any masked column could be in that table.
    pub(super) fn touches(&self, schema: Option<&str>, table: &str) -> Option<MaskStyle> {
        self.strictest(|mask| mask.is_on(schema, table))
    }
}

impl ColumnMask {
    fn is_on(&self, schema: Option<&str>, table: &str) -> bool {
        let table_fits = self.table.as_deref().is_none_or(|mine| same(mine, table));
        let schema_fits = match (&self.schema, schema) {
            (Some(mine), Some(other)) => same(mine, other),
            _ => true,
        };
        table_fits && schema_fits
    }
}

/// Schema and table of `schema.table`.
pub(super) fn split(name: &str) -> (Option<&str>, &str) {
    match name.rsplit_once('.') {
        Some((schema, table)) => (schema.rsplit('.').next(), table),
        None => (None, name),
    }
}

/// Names are compared without case: a mask may cover more than was meant, never less.
fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(list: &[(&str, &str, MaskStyle)]) -> ColumnMasks {
        let masks: Vec<Mask> = list
            .iter()
            .map(|(table, name, style)| Mask {
                selector: MaskSelector::Column {
                    table: (*table).to_owned(),
                    name: (*name).to_owned(),
                },
                style: *style,
            })
            .collect();
        ColumnMasks::new(&masks)
    }

    fn named(table: &str, name: &str) -> Column {
        Column {
            table: table.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn selectors_match_with_and_without_schema() {
        let masks = masks(&[
            ("customers", "ssn", MaskStyle::Redact),
            ("hr.people", "salary", MaskStyle::Null),
            ("*", "iban", MaskStyle::Partial(4)),
        ]);
        let cases = [
            ("customers", "ssn", Some(MaskStyle::Redact)),
            ("sales.Customers", "SSN", Some(MaskStyle::Redact)),
            ("customers", "name", None),
            ("customers", "*", Some(MaskStyle::Redact)),
            ("people", "salary", Some(MaskStyle::Null)),
            ("sales.people", "salary", None),
            ("", "salary", Some(MaskStyle::Null)),
            ("", "*", Some(MaskStyle::Null)),
            ("anything", "iban", Some(MaskStyle::Partial(4))),
        ];
        for (table, name, style) in cases {
            assert_eq!(masks.of_named(&named(table, name)), style, "{table}.{name}");
        }
        assert_eq!(masks.of_label("iban"), Some(MaskStyle::Partial(4)));
        assert_eq!(masks.of_label("ssn"), None);
        assert_eq!(masks.of_anything(), Some(MaskStyle::Null));
    }

    #[test]
    fn what_may_be_anything_is_never_shown_in_part() {
        let masks = masks(&[("t", "c", MaskStyle::Partial(4))]);
        assert_eq!(masks.of_anything(), Some(MaskStyle::Redact));
    }
}
