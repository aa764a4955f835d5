//! HTTP requests, requests to models and MCP servers, tool calls and command lines, and what the detectors see in any operation.

use wasmtime::component::LinkerInstance;

use super::{Context, Handle, HostState};

/// Bytes that a JSON Pointer may have.
const MAX_POINTER: usize = 1024;
/// Entities that may be asked for at once.
const MAX_ENTITIES: usize = 256;

pub(super) fn offer(types: &mut LinkerInstance<'_, HostState>) -> wasmtime::Result<()> {
    // The key of a request and of a tool call covers all of it, that of a command line its facts, that
    // of a request to a model all but its words: what these return is determined by the key.
    types.func_wrap("[method]action.http", |cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data().judging()?.http(),))
    })?;
    types.func_wrap(
        "[method]action.tool-call",
        |cx: Context<'_>, _: (Handle,)| Ok((cx.data().judging()?.tool_call(),)),
    )?;
    types.func_wrap("[method]action.shell", |cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data().judging()?.commands(),))
    })?;
    types.func_wrap("[method]action.llm", |cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data().judging()?.llm(),))
    })?;
    types.func_wrap(
        "[method]action.llm-messages",
        |mut cx: Context<'_>, _: (Handle,)| {
            Ok((cx.data_mut().differing_by_words()?.llm_messages(),))
        },
    )?;
    types.func_wrap("[method]action.mcp", |cx: Context<'_>, _: (Handle,)| {
        Ok((cx.data().judging()?.mcp(),))
    })?;
    types.func_wrap(
        "[method]action.body",
        |mut cx: Context<'_>, _: (Handle,)| Ok((cx.data_mut().differing_by_words()?.body(),)),
    )?;
    types.func_wrap(
        "[method]action.json-pointer",
        |mut cx: Context<'_>, (_, pointer): (Handle, String)| {
            if pointer.len() > MAX_POINTER {
                return Err(cx.data_mut().refuse("a JSON Pointer may have 1024 bytes"));
            }
            Ok((cx.data_mut().differing_by_words()?.pointed(&pointer),))
        },
    )?;
    types.func_wrap(
        "[method]action.findings",
        |mut cx: Context<'_>, (_, entities): (Handle, Vec<String>)| {
            if entities.len() > MAX_ENTITIES {
                let state = cx.data_mut();
                return Err(state.refuse("asked for more than 256 entities at once"));
            }
            Ok((cx.data_mut().differing_by_text()?.findings(&entities),))
        },
    )
}
