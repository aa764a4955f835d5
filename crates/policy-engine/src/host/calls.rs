//! The log, the clock, counters and documents: what a guest asks the host for, and what is recorded
//! of it.

use std::sync::Arc;

use countersign_model::{Failure, HostCall, Timestamp};
use wasmtime::component::LinkerInstance;

use super::{Context, HostState, Judging};
use crate::{
    error::{Fault, truncate},
    wit,
};

const MAX_LINES: usize = 32;
const MAX_LINE: usize = 1024;
const MAX_COUNTS: usize = 64;
const MAX_LOOKUPS: usize = 64;
const MAX_KEY: usize = 256;
/// Bytes of documents that one decision may look up: all of them are recorded.
const MAX_LOOKED_UP: usize = 256 * 1024;

pub(super) fn offer(host: &mut LinkerInstance<'_, HostState>) -> wasmtime::Result<()> {
    host.func_wrap(
        "log",
        |mut cx: Context<'_>, (level, message): (wit::Level, String)| {
            cx.data_mut().log(level, message);
            Ok(())
        },
    )?;
    host.func_wrap(
        "count",
        |mut cx: Context<'_>, (key, amount, window): (String, u64, u32)| {
            Ok((cx.data_mut().count(key, amount, window)?,))
        },
    )?;
    host.func_wrap(
        "lookup",
        |mut cx: Context<'_>, (document, key): (String, String)| {
            Ok((cx.data_mut().lookup(document, key)?,))
        },
    )
}

impl HostState {
    fn log(&mut self, level: wit::Level, mut message: String) {
        if self.used.lines >= MAX_LINES {
            return;
        }
        self.used.lines += 1;
        truncate(&mut message, MAX_LINE);
        self.calls.push(HostCall::Log {
            level: level.as_str().to_owned(),
            message,
        });
    }

    /// The action for what two of equal facts may differ in by their text; that of a request or a
    /// tool call is part of the facts.
    pub(super) fn differing_by_text(&mut self) -> wasmtime::Result<&Judging> {
        self.may_differ |= self.judging()?.has_text();
        self.judging()
    }

    /// The action for the words of a request to a model: those that are known by one outline differ
    /// in them.
    pub(super) fn differing_by_words(&mut self) -> wasmtime::Result<&Judging> {
        self.may_differ |= self.judging()?.has_words();
        self.judging()
    }

    pub(super) fn clock(&mut self) -> wasmtime::Result<u64> {
        let mut at = self.differing()?.action.at;
        if let Some(tape) = &mut self.tape {
            at = tape.clock(at);
        }
        // Asked twice it says the same: once is enough in the record.
        if !std::mem::replace(&mut self.used.clock, true) {
            self.calls.push(HostCall::Clock { at });
        }
        Ok(u64::try_from(Timestamp::as_millis(at)).unwrap_or(0))
    }

    fn count(&mut self, key: String, amount: u64, window_seconds: u32) -> wasmtime::Result<u64> {
        self.used.counts += 1;
        if self.used.counts > MAX_COUNTS {
            return Err(self.refuse("counted more than 64 times in one decision"));
        }
        if key.len() > MAX_KEY {
            return Err(self.refuse("a counter's key may have 256 bytes"));
        }
        let recorded = self
            .tape
            .as_mut()
            .and_then(|tape| tape.count(&key, amount, window_seconds));
        let judging = self.differing()?;
        // What is answered from the record is counted all the same: for what the record has no
        // answer to.
        let counted = judging.around.counters.count(&key, amount, window_seconds);
        let sum = recorded.unwrap_or(counted);
        self.calls.push(HostCall::Count {
            key,
            amount,
            window_seconds,
            sum,
        });
        Ok(sum)
    }

    fn lookup(&mut self, document: String, key: String) -> wasmtime::Result<Option<Arc<str>>> {
        self.used.lookups += 1;
        if self.used.lookups > MAX_LOOKUPS {
            return Err(self.refuse("looked up more than 64 times in one decision"));
        }
        if key.len() > MAX_KEY || document.len() > MAX_KEY {
            return Err(self.refuse("a document's name and a key may have 256 bytes"));
        }
        let recorded = self
            .tape
            .as_mut()
            .and_then(|tape| tape.lookup(&document, &key));
        let found = match recorded {
            Some(recorded) => Some(recorded),
            None => self.judging()?.around.documents.lookup(&document, &key),
        };
        let Some((digest, value)) = found else {
            let detail = format!("the document {document} is not here yet");
            self.fault = Some(Fault::new(Failure::NotLoaded, &*detail));
            return Err(wasmtime::Error::msg(detail));
        };
        self.used.looked_up += value.as_ref().map_or(0, |value| value.len());
        if self.used.looked_up > MAX_LOOKED_UP {
            return Err(self.refuse("looked up more than 256 KiB in one decision"));
        }
        self.calls.push(HostCall::Lookup {
            document,
            digest,
            key,
            value: value.clone(),
        });
        Ok(value)
    }
}
