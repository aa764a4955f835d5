//! Where an action's facts come from: the engine, or a native test.

#[cfg(target_arch = "wasm32")]
mod engine {
    use std::ops::Deref;

    use crate::{
        Level,
        bindings::countersign::policy::{host, types},
    };

    /// The engine's action, lent for one call.
    pub struct Host<'a>(pub &'a types::Action);

    impl Deref for Host<'_> {
        type Target = types::Action;

        fn deref(&self) -> &types::Action {
            self.0
        }
    }

    impl Host<'_> {
        pub(crate) fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
            host::count(key, amount, window_seconds)
        }

        pub(crate) fn lookup(&self, document: &str, key: &str) -> Option<String> {
            host::lookup(document, key)
        }

        pub(crate) fn log(&self, level: Level, message: &str) {
            host::log(level, message);
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub use engine::Host;

#[cfg(not(target_arch = "wasm32"))]
pub use crate::testing::Host;
