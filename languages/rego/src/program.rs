//! A text that was compiled, and how it judges.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use countersign_language_facts::{Facts, Host, Refused, Syntax, Wanted, input, wit::Verdict};
use countersign_policy_sdk::Level;
use regorus::{Engine, Value};
use serde_json::json;

use crate::{calls, place, verdict};

const PACKAGE: &str = "data.countersign";

const SYNTAX: Syntax = Syntax {
    root: "input",
    comment: "#",
    raw_quote: Some('`'),
};

/// What a module may say. Other rules are its own helpers.
pub(crate) const RULES: [&str; 7] = ["deny", "review", "allow", "mask", "limits", "charge", "tag"];

/// What a module may call besides Rego's own functions.
const EXTENSIONS: [&str; 3] = ["countersign.lookup", "countersign.count", "countersign.log"];

/// A Rego module with its settings, ready to judge.
pub struct Program {
    engine: Engine,
    /// Paths of the rules that it has, in the order of [`RULES`].
    rules: Vec<(&'static str, String)>,
    wanted: Wanted,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl Program {
    /// Compiles a text.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn compile(
        text: &str,
        settings: &serde_json::Value,
        host: Arc<dyn Host>,
    ) -> Result<Self, Refused> {
        let mut engine = Engine::new();
        engine.set_rego_v0(false);
        // An error is not "undefined": a rule that could not be evaluated must not be passed over.
        engine.set_strict_builtin_errors(true);
        let whole = |error: anyhow::Error| Refused::whole(format!("{error:#}"));
        offer(&mut engine, &host).map_err(whole)?;
        let package = engine
            .add_policy(place::FILE.to_owned(), text.to_owned())
            .map_err(|error| place::refused(&error))?;
        if package != PACKAGE {
            let named = package.strip_prefix("data.").unwrap_or(&package);
            return Err(Refused::at_offset(
                text,
                text.find("package").unwrap_or(0),
                &format!("the package must be `countersign`, not `{named}`"),
            ));
        }
        engine
            .add_data_json(&json!({ "settings": settings }).to_string())
            .map_err(whole)?;
        let mut rules = Vec::new();
        for rule in RULES {
            if engine
                .has_declared_rule_rooted_at(place::FILE, rule)
                .map_err(|error| place::refused(&error))?
            {
                rules.push((rule, format!("{PACKAGE}.{rule}")));
            }
        }
        if rules.is_empty() {
            return Err(Refused::whole(format!(
                "it has none of the rules {}, and would never say anything",
                RULES.join(", ")
            )));
        }
        let defined = |name: &str| {
            EXTENSIONS.contains(&name)
                || engine
                    .has_declared_rule_rooted_at(place::FILE, name)
                    .unwrap_or(false)
        };
        calls::check(text, &defined)?;
        check(&mut engine, &rules)?;
        Ok(Self {
            engine,
            rules,
            wanted: Wanted::read(text, SYNTAX),
        })
    }

    /// Judges an action.
    ///
    /// # Errors
    ///
    /// What could not be told; the action must not run.
    pub fn judge(&mut self, action: &dyn Facts) -> Result<Verdict, String> {
        self.judge_input(input(action, &self.wanted)?.into())
    }

    /// Judges facts that are at hand.
    ///
    /// # Errors
    ///
    /// As [`Program::judge`].
    pub fn judge_input(&mut self, input: Value) -> Result<Verdict, String> {
        self.engine.set_input(input);
        let mut said = verdict::Said::default();
        for (rule, path) in &self.rules {
            let value = self
                .engine
                .eval_rule(path.clone())
                .map_err(|error| format!("rule `{rule}`: {}", place::sentence(&error)))?;
            said.take(rule, &value)
                .map_err(|error| format!("rule `{rule}`: {error}"))?;
            // A refusal cannot be undone by what the other rules say.
            if said.denies() {
                break;
            }
        }
        said.verdict()
    }
}

/// Compiles the rules, so that a name that does not resolve is found before anything is judged.
fn check(engine: &mut Engine, rules: &[(&'static str, String)]) -> Result<(), Refused> {
    for (_, path) in rules {
        engine
            .clone()
            .compile_with_entrypoint(&path.as_str().into())
            .map_err(|error| place::refused(&error))?;
    }
    Ok(())
}

/// Adds the [`EXTENSIONS`].
fn offer(engine: &mut Engine, host: &Arc<dyn Host>) -> anyhow::Result<()> {
    let asked = Arc::clone(host);
    let lookup = move |arguments: Vec<Value>| {
        let [document, key] = arguments.as_slice() else {
            bail!("countersign.lookup takes a document and a key");
        };
        match asked.lookup(document.as_string()?, key.as_string()?) {
            Some(json) => Value::from_json_str(&json).context("the document is not JSON"),
            None => Ok(Value::Undefined),
        }
    };
    engine.add_extension(EXTENSIONS[0].to_owned(), 2, Box::new(lookup))?;
    let asked = Arc::clone(host);
    let count = move |arguments: Vec<Value>| {
        let [key, amount, window] = arguments.as_slice() else {
            bail!("countersign.count takes a key, an amount and a window in seconds");
        };
        let sum = asked.count(key.as_string()?, amount.as_u64()?, window.as_u32()?);
        Ok(Value::from(sum))
    };
    engine.add_extension(EXTENSIONS[1].to_owned(), 3, Box::new(count))?;
    let asked = Arc::clone(host);
    let log = move |arguments: Vec<Value>| {
        let [message] = arguments.as_slice() else {
            bail!("countersign.log takes a message");
        };
        match message {
            Value::String(text) => asked.log(Level::Info, text),
            other => asked.log(Level::Info, &other.to_string()),
        }
        Ok(Value::from(true))
    };
    engine.add_extension(EXTENSIONS[2].to_owned(), 1, Box::new(log))
}
