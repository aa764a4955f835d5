//! What a server's tools are, as of a moment ago, and which of them may be used.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use countersign_inspect::{json::Json, mcp::Definition};
use countersign_model::EventBody;

use super::pins::{Pins, Place};
use crate::pipeline::Pipeline;

/// How long a list is good for. A server that changes a tool says so; one that does not is asked again.
const FRESH: Duration = Duration::from_secs(30);
/// How long one is good that holds tools which nobody may use.
const SOON: Duration = Duration::from_secs(1);

/// A tool.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) definition: Definition,
    /// Whether it is what is pinned.
    pub(super) usable: bool,
}

/// A server's tools.
#[derive(Debug)]
pub(super) struct Catalogue {
    tools: HashMap<String, Tool>,
    read: Instant,
}

impl Catalogue {
    /// Reads a list of definitions, pins what is new and records what has changed. What cannot be read,
    /// or is there twice, is left out.
    pub(super) fn read(
        items: &[Json],
        place: &Place<'_>,
        pins: &Pins,
        pipeline: &Pipeline,
    ) -> Self {
        let mut seen = HashSet::new();
        let mut twice = HashSet::new();
        for name in items.iter().filter_map(|item| item.str_of("name")) {
            if !seen.insert(name) {
                twice.insert(name);
            }
        }
        let definitions = items.iter().filter_map(|item| Definition::of(item).ok());
        let definitions: Vec<Definition> = definitions
            .filter(|definition| !twice.contains(definition.name.as_str()))
            .collect();
        let accepted = |pin: &_| pipeline.accepts(pin);
        let (usable, events) = pins.check(place, &definitions, accepted);
        for event in events {
            pipeline.note(&EventBody::ToolDefinitionChanged(event));
        }
        let tools = definitions.into_iter().zip(usable);
        Self {
            tools: tools
                .map(|(definition, usable)| (definition.name.clone(), Tool { definition, usable }))
                .collect(),
            read: Instant::now(),
        }
    }

    /// The tool of that name.
    pub(super) fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.get(name)
    }

    /// Whether it need not be read again yet. What waits for a person is looked at again soon.
    pub(super) fn is_fresh(&self) -> bool {
        let waits = self.tools.values().any(|tool| !tool.usable);
        self.read.elapsed() < if waits { SOON } else { FRESH }
    }
}
