//! What an action asks for, and how a limit stands.

use countersign_policy_sdk::{Action, Obligations, Pattern};

use crate::{Limit, Of, Per, Price};

/// What of an action matters to limits.
pub struct Asked {
    kind: String,
    /// The model, where a request to one uses tokens.
    model: Option<String>,
    tool: Option<String>,
}

impl Asked {
    /// What this action asks for.
    pub fn of(action: &Action) -> Self {
        let kind = action.kind();
        let request = if kind == "llm" { action.llm() } else { None };
        // These two answer from the provider's own books.
        let uses_tokens = |api: &str| !matches!(api, "models" | "count_tokens");
        Self {
            model: request
                .filter(|request| uses_tokens(&request.api))
                .map(|request| request.model.unwrap_or_default()),
            tool: action.tool_call().map(|call| call.tool().to_owned()),
            kind,
        }
    }

    /// The model, where a request to one uses tokens.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

impl Limit {
    /// Whether it has anything to say of this.
    pub(crate) fn concerns(&self, asked: &Asked) -> bool {
        let one_of = |list: &[Pattern], name: &Option<String>| {
            list.is_empty()
                || name
                    .as_ref()
                    .is_none_or(|name| list.iter().any(|pattern| pattern.matches(name)))
        };
        let of_kind = match self.of {
            Of::Calls => self.operations.is_empty() || self.operations.contains(&asked.kind),
            _ => asked.model.is_some(),
        };
        of_kind && one_of(&self.models, &asked.model) && one_of(&self.tools, &asked.tool)
    }

    /// Names its counters: what is counted, for whom, and of what.
    fn key(&self, action: &Action) -> String {
        let what = match self.of {
            Of::Money => "money:",
            Of::Calls => "calls:",
            Of::Tokens | Of::InputTokens | Of::OutputTokens => "tokens:",
        };
        [what, &self.whose(action), &self.part()].concat()
    }

    fn whose(&self, action: &Action) -> String {
        let principal = || ["p:", &action.principal().id].concat();
        match self.per {
            Per::Principal => principal(),
            Per::Human => match action.principal().on_behalf_of {
                Some(human) => ["h:", &hash([human.as_str()])].concat(),
                None => ["h:", &hash([action.principal().name.as_str()])].concat(),
            },
            Per::Grant => match action.grant() {
                Some(grant) => ["g:", &grant.id].concat(),
                None => principal(),
            },
            Per::Target => ["t:", &action.target().id].concat(),
        }
    }

    /// Limits of parts count on their own.
    fn part(&self) -> String {
        let models = self.models.iter().map(Pattern::as_str);
        let tools = self.tools.iter().map(Pattern::as_str);
        let kinds = self.operations.iter().map(String::as_str);
        let mut words = models.chain(tools).chain(kinds).peekable();
        if words.peek().is_none() {
            return String::new();
        }
        [":", &hash(words)].concat()
    }
}

/// FNV-1a: a name of fixed length for what may be long.
fn hash<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for word in words {
        for byte in word.bytes().chain([0]) {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let digit = |shift: u32| char::from_digit(((sum >> shift) & 15) as u32, 16).unwrap_or('0');
    (0..16).rev().map(|place| digit(place * 4)).collect()
}

/// How a limit stands.
pub struct Standing<'a> {
    /// The limit.
    pub limit: &'a Limit,
    /// How much of it is used.
    pub used: u64,
    key: String,
}

impl<'a> Standing<'a> {
    /// Reads its counters.
    pub fn read(action: &Action, limit: &'a Limit, prices: &[Price]) -> Self {
        let key = limit.key(action);
        let count = |key: &str| action.count(key, 0, limit.window_seconds);
        let used = match limit.of {
            Of::Tokens | Of::Calls => count(&key),
            Of::InputTokens => count(&input(&key)),
            Of::OutputTokens => count(&output(&key)),
            Of::Money => prices
                .iter()
                .map(|price| {
                    let key = priced(&key, price);
                    price.cost(count(&input(&key)), count(&output(&key)))
                })
                .fold(0, u64::saturating_add),
        };
        Self { limit, used, key }
    }

    /// Whether nothing is left.
    pub const fn is_spent(&self) -> bool {
        self.used >= self.limit.most
    }

    /// Has what this action uses counted.
    pub fn charge(
        &self,
        action: &Action,
        asked: &Asked,
        price: Option<&Price>,
        with: Obligations,
    ) -> Obligations {
        let window = self.limit.window_seconds;
        match (self.limit.of, price) {
            (Of::Tokens, _) => with.charge(self.key.as_str(), window),
            (Of::InputTokens, _) => with.charge(input(&self.key), window),
            (Of::OutputTokens, _) => with.charge(output(&self.key), window),
            (Of::Money, Some(price)) => {
                let key = priced(&self.key, price);
                with.charge(input(&key), window)
                    .charge(output(&key), window)
            }
            (Of::Money, None) => with,
            // A charge of a request to a model adds its tokens: the request itself is counted here.
            (Of::Calls, _) if asked.kind == "llm" => {
                let _ = action.count(&self.key, 1, window);
                with
            }
            (Of::Calls, _) => with.charge(self.key.as_str(), window),
        }
    }
}

fn priced(key: &str, price: &Price) -> String {
    [key, "/", &hash([price.model.as_str()])].concat()
}

fn input(key: &str) -> String {
    [key, "#input"].concat()
}

fn output(key: &str) -> String {
    [key, "#output"].concat()
}
