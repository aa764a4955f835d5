//! Which action, who and where.

use wasmtime::component::LinkerInstance;

use super::{Context, Handle, HostState};
use crate::wit;

pub(super) fn offer(types: &mut LinkerInstance<'_, HostState>) -> wasmtime::Result<()> {
    types.func_wrap("[method]action.kind", |cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data().judging()?.action.operation.kind().to_owned(),))
    })?;
    types.func_wrap("[method]action.id", |mut cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data_mut().differing()?.action.id.to_string(),))
    })?;
    types.func_wrap("[method]action.at", |mut cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data_mut().clock()?,))
    })?;
    types.func_wrap(
        "[method]action.session",
        |mut cx: Context<'_>, _: (Handle,)| {
            Ok((cx.data_mut().differing()?.action.session.to_string(),))
        },
    )?;
    types.func_wrap(
        "[method]action.principal",
        |cx: Context<'_>, _: (Handle,)| {
            let principal = &*cx.data().judging()?.action.principal;
            Ok((wit::Principal::from(principal),))
        },
    )?;
    types.func_wrap(
        "[method]action.principal-claim",
        |cx: Context<'_>, (_, name): (Handle, String)| {
            let principal = &cx.data().judging()?.action.principal;
            Ok((principal.claims.get(&name).cloned(),))
        },
    )?;
    types.func_wrap(
        "[method]action.principal-in-group",
        |cx: Context<'_>, (_, name): (Handle, String)| {
            let principal = &cx.data().judging()?.action.principal;
            Ok((principal.groups.contains(&name),))
        },
    )?;
    types.func_wrap("[method]action.target", |cx: Context<'_>, _: (Handle,)| {
        let target = &*cx.data().judging()?.action.target;
        Ok((wit::Target::from(target),))
    })?;
    types.func_wrap(
        "[method]action.target-label",
        |cx: Context<'_>, (_, name): (Handle, String)| {
            let target = &cx.data().judging()?.action.target;
            Ok((target.labels.get(&name).cloned(),))
        },
    )
}
