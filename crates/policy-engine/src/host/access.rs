//! Grants: the one that an action runs under, and a request for one.

use countersign_model::Operation;
use wasmtime::component::LinkerInstance;

use super::{Context, Handle, HostState};
use crate::wit;

pub(super) fn offer(types: &mut LinkerInstance<'_, HostState>) -> wasmtime::Result<()> {
    // The key of a request covers all of it.
    types.func_wrap("[method]action.access", |cx: Context<'_>, _: (Handle,)| {
        let access = match &cx.data().judging()?.action.operation {
            Operation::Access(access) => Some(wit::AccessRequest::from(access)),
            Operation::Sql(_)
            | Operation::Http(_)
            | Operation::ToolCall(_)
            | Operation::Shell(_)
            | Operation::Llm(_)
            | Operation::Mcp(_) => None,
        };
        Ok((access,))
    })?;
    // A principal may act on one target under several grants, one after another.
    types.func_wrap(
        "[method]action.grant",
        |mut cx: Context<'_>, _: (Handle,)| {
            let grant = cx.data_mut().differing()?.action.grant.as_deref();
            Ok((grant.map(wit::Grant::from),))
        },
    )?;
    types.func_wrap(
        "[method]action.principal-owner",
        |cx: Context<'_>, _: (Handle,)| {
            let principal = &cx.data().judging()?.action.principal;
            Ok((principal.owner.clone(),))
        },
    )
}
