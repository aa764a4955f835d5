//! The exports of the world.

use std::cell::RefCell;

use countersign_language_facts::{Configuration, wit};
use countersign_policy_sdk::bindings;

use crate::Program;

thread_local! {
    static PROGRAM: RefCell<Option<Program>> = const { RefCell::new(None) };
}

struct Runtime;

impl bindings::Guest for Runtime {
    fn configure(settings: String) -> Result<(), String> {
        let program = Configuration::read(&settings)
            .and_then(|read| Program::compile(&read.source, &read.settings))
            .map_err(|refused| refused.to_json())?;
        PROGRAM.set(Some(program));
        Ok(())
    }

    fn judge(action: &bindings::Action) -> Result<wit::Verdict, String> {
        PROGRAM.with_borrow(|program| match program {
            Some(program) => program.judge(action),
            None => Err("judged before it was configured".to_owned()),
        })
    }

    fn describe() -> String {
        crate::manifest()
    }
}

bindings::export_policy!(Runtime with_types_in bindings);
