//! SQL: its facts, its text and its bound values.

use std::sync::Arc;

use wasmtime::component::LinkerInstance;

use super::{Context, Handle, HostState};
use crate::wit;

pub(super) fn offer(types: &mut LinkerInstance<'_, HostState>) -> wasmtime::Result<()> {
    types.func_wrap(
        "[method]action.sql-class",
        |cx: Context<'_>, _: (Handle,)| {
            let facts = cx.data().judging()?.facts();
            Ok((facts.map(|f| wit::StatementClass::from(f.class())),))
        },
    )?;
    types.func_wrap(
        "[method]action.sql-unbounded-read",
        |cx: Context<'_>, _: (Handle,)| {
            let facts = cx.data().judging()?.facts();
            Ok((facts.is_some_and(|f| f.statements.iter().any(|s| s.unbounded_read)),))
        },
    )?;
    types.func_wrap("[method]action.sql", |cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data().judging()?.statements(),))
    })?;
    types.func_wrap(
        "[method]action.text",
        |mut cx: Context<'_>, _: (Handle,)| {
            let text: Option<Arc<str>> = cx.data_mut().differing_by_text()?.text();
            Ok((text,))
        },
    )?;
    types.func_wrap(
        "[method]action.parameters",
        |mut cx: Context<'_>, _: (Handle,)| {
            let judging = cx.data_mut().differing_by_text()?;
            let values: Vec<wit::Parameter> = judging
                .sql()
                .map(|sql| sql.parameters.iter().map(Into::into).collect())
                .unwrap_or_default();
            Ok((values,))
        },
    )
}
