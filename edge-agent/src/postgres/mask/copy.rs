//! COPY … TO STDOUT: rows travel as text of a format that the statement chose.

mod format;

use std::{borrow::Cow, sync::Arc};

use bytes::BytesMut;
use countersign_inspect::{
    mask::{COLUMN, mask_value},
    sql::STACK,
};
use countersign_model::{Column, MaskStyle};
use pg_query::{NodeEnum, protobuf::Node};

use self::format::Format;
use super::{Masking, filter::Filtering, plan::PlanInput, row::RowError, tally::Tally};
use crate::{
    pipeline::Inspected,
    postgres::{
        catalog::Catalog,
        frontend::write_copy_data,
        wire::{Reader, WireError},
    },
};

/// How much of the stack has to be left to read a statement.
const STACK_LEFT: usize = 5 << 20;

/// A COPY whose rows the edge cannot mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::postgres) enum UnmaskableCopy {
    #[error("rows of a binary COPY cannot be masked; copy as text or csv")]
    Binary,
    #[error("the format of this COPY is unknown, so that its rows cannot be masked")]
    Unknown,
}

/// How the rows of one COPY are masked.
#[derive(Debug)]
pub(in crate::postgres) struct CopyPlan {
    masking: Arc<Masking>,
    format: Format,
    columns: Vec<(Arc<str>, Option<MaskStyle>)>,
    header_due: bool,
}

/// What the edge has to know of a COPY … TO STDOUT.
#[derive(Debug)]
struct Copy {
    format: Format,
    /// The table and the columns that the statement names; `None` for a query.
    table: Option<(String, Vec<String>)>,
}

/// The COPY TO STDOUT that the statement at `index` is.
fn read(inspected: &Inspected, index: usize) -> Result<Option<Copy>, UnmaskableCopy> {
    // A parse tree is as deep as the statement, when it is made and when it is dropped.
    stacker::maybe_grow(STACK_LEFT, STACK, || read_tree(inspected.text(), index))
}

fn read_tree(text: &str, index: usize) -> Result<Option<Copy>, UnmaskableCopy> {
    let parsed = pg_query::parse(text, 0).map_err(|_| UnmaskableCopy::Unknown)?;
    let statement = parsed.protobuf.stmts.into_iter().nth(index);
    let node = statement
        .and_then(|raw| raw.stmt)
        .and_then(|stmt| stmt.node);
    let Some(NodeEnum::CopyStmt(copy)) = node else {
        return Ok(None);
    };
    if copy.is_from {
        return Ok(None);
    }
    let format = Format::read(&copy.options)?;
    let table = copy.relation.as_ref().map(|table| {
        let name = if table.schemaname.is_empty() {
            table.relname.clone()
        } else {
            format!("{}.{}", table.schemaname, table.relname)
        };
        (name, attributes(&copy.attlist))
    });
    Ok(Some(Copy { format, table }))
}

/// Refuses a COPY whose rows could not be masked, before it runs.
pub(in crate::postgres) fn check(inspected: &Inspected) -> Result<(), UnmaskableCopy> {
    let statements = &inspected.facts().statements;
    for (index, statement) in statements.iter().enumerate() {
        if statement
            .operations
            .iter()
            .any(|operation| operation.starts_with("copy"))
        {
            read(inspected, index)?;
        }
    }
    Ok(())
}

impl CopyPlan {
    /// How rows are masked whose COPY the server has begun with `body`.
    pub(in crate::postgres) async fn make(
        body: &[u8],
        masking: &Arc<Masking>,
        inspected: &Inspected,
        index: usize,
        catalog: &Catalog,
    ) -> Result<Self, WireError> {
        let mut reader = Reader::new(body);
        let binary = reader.u8()? != 0;
        let count = usize::from(reader.u16()?);
        let copy = match read(inspected, index) {
            Ok(Some(copy)) if !binary => copy,
            _ => return Err(WireError::InvalidValue),
        };
        let input = PlanInput {
            columns: &[],
            masking,
            facts: inspected.facts().statements.get(index),
            catalog,
        };
        let columns = columns(&copy, &input, count).await;
        Ok(Self {
            masking: Arc::clone(masking),
            header_due: copy.format.header,
            format: copy.format,
            columns,
        })
    }

    /// Appends one row with its values masked, and filtered then; nothing of it on an error.
    pub(in crate::postgres) fn mask(
        &mut self,
        row: &[u8],
        out: &mut BytesMut,
        tally: &mut Tally,
        filtering: &mut Filtering,
    ) -> Result<(), RowError> {
        if std::mem::take(&mut self.header_due) {
            write_copy_data(out, row);
            return Ok(());
        }
        let text = std::str::from_utf8(row).map_err(|_| WireError::NotUtf8)?;
        let text = text.strip_suffix('\n').ok_or(WireError::Truncated)?;
        let values = self.format.split(text)?;
        // A row without any column is an empty line.
        let empty = self.columns.is_empty() && text.is_empty();
        if values.len() != self.columns.len() && !empty {
            return Err(WireError::InvalidValue.into());
        }
        let mut masked = Vec::with_capacity(text.len() + 1);
        for (index, ((label, style), value)) in self.columns.iter().zip(values).enumerate() {
            if index > 0 {
                masked.push(self.format.delimiter);
            }
            let value = value.and_then(|value| hide(value, label, *style, &self.masking, tally));
            let filtered = match value.as_deref() {
                Some(value) => Some(filtering.text(value)?),
                None => None,
            };
            self.format.join(filtered.as_deref(), &mut masked);
        }
        masked.push(b'\n');
        write_copy_data(out, &masked);
        Ok(())
    }
}

fn hide(
    value: String,
    label: &Arc<str>,
    style: Option<MaskStyle>,
    masking: &Masking,
    tally: &mut Tally,
) -> Option<String> {
    if let Some(style) = style {
        tally.add(label, COLUMN);
        return mask_value(style, COLUMN, &value, &masking.key);
    }
    let Some(masker) = &masking.words else {
        return Some(value);
    };
    let masked = masker.mask_named(label, &value, &mut |entity| tally.add(label, entity))?;
    match masked {
        Cow::Borrowed(_) => Some(value),
        Cow::Owned(masked) => Some(masked),
    }
}

/// Name and style of each column.
async fn columns(
    copy: &Copy,
    input: &PlanInput<'_>,
    count: usize,
) -> Vec<(Arc<str>, Option<MaskStyle>)> {
    let masks = &input.masking.columns;
    let named = match &copy.table {
        Some((table, names)) if !names.is_empty() => Some((table, names.clone())),
        Some((table, _)) => {
            let names = input.catalog.copied_columns(table).await;
            names.map(|names| (table, names))
        }
        None => None,
    };
    let mut columns = Vec::with_capacity(count);
    match named {
        Some((table, names)) if names.len() == count => {
            for name in names {
                let source = Column {
                    table: table.clone(),
                    name: name.clone(),
                };
                let style = match masks.is_empty() {
                    true => None,
                    false => input.of_source(&source).await,
                };
                columns.push((Arc::from(name), style));
            }
        }
        _ => {
            let outputs = input.facts.map(|facts| facts.outputs.as_slice());
            let outputs = outputs.filter(|outputs| outputs.len() == count);
            for index in 0..count {
                let output = outputs.and_then(|outputs| outputs.get(index));
                let style = match output {
                    _ if masks.is_empty() => None,
                    Some(output) => {
                        let mut style = masks.of_label(&output.name);
                        for source in &output.sources {
                            style = style.max(input.of_source(source).await);
                        }
                        style
                    }
                    None => masks.of_anything(),
                };
                let label = output.map_or("", |output| output.name.as_str());
                columns.push((Arc::from(label), style));
            }
        }
    }
    columns
}

fn attributes(list: &[Node]) -> Vec<String> {
    let names = list.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::String(name)) => Some(name.sval.clone()),
        _ => None,
    });
    names.collect()
}
