//! The one unsafe call of the workspace: loading compiled code that this edge compiled before.

use wasmtime::{Engine, component::Component};

use crate::artefact::Verified;

/// Loads a compiled component.
#[expect(
    unsafe_code,
    reason = "wasmtime offers the loading of compiled code only so"
)]
pub(crate) fn load(engine: &Engine, artefact: &Verified) -> wasmtime::Result<Component> {
    // SAFETY: `Component::deserialize` runs whatever native code the bytes hold, so that they must
    // be the unmodified output of `Component::serialize`. `Verified` has no other constructor than
    // the one that checks an HMAC-SHA-256 over the bytes, the component's digest and the engine's
    // compatibility hash, under a key that only this edge has and that it uses only for what it has
    // just serialised. The bytes are owned memory, not a mapped file that could change afterwards.
    // wasmtime itself refuses bytes of another version or configuration.
    unsafe { Component::deserialize(engine, artefact.bytes()) }
}
