//! Says which models may be asked, and what a prompt may carry to which provider.
//!
//! What the detectors see in a prompt is either a reason to stop it, or is masked. A mask of the style
//! `tokenise` is reversible: the provider sees `EMAIL_ADDRESS_7F3K2M9QXA`, the same word for the same
//! value, and where the model's answer has that word the client gets the value back. The other styles
//! are for good, in the prompt and in the answer.
//!
//! A mask holds for what the detectors know. What has no shape, such as a name, leaves as it is.

use countersign_policy_sdk::{
    Action, LlmRequest, MaskStyle, Obligations, Pattern, Reviewing, Verdict, policy,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which models may be asked, and what may leave.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What may be asked of which provider; empty for anything. A request has to fit one of them.
    pub models: Vec<ModelRule>,
    /// What the detectors find in prompts, and what is done about it. Of several rules for one entity
    /// the first for the provider counts.
    pub entities: Vec<EntityRule>,
    /// Characters that `partial` keeps at the end of a value.
    #[schemars(range(max = 32))]
    pub keep_last: u8,
    /// Whether a request that nothing here stops may run, as far as this policy is concerned.
    pub allow: bool,
    /// Who decides what is held.
    pub review: Reviewing,
}

/// What may be asked of a provider.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelRule {
    /// The provider, `openai` or `anthropic`; `*` for any.
    #[serde(default)]
    pub provider: Pattern,
    /// The model, such as `gpt-4o*`.
    #[serde(default)]
    pub model: Pattern,
    /// Tools that may be offered to it; any if absent.
    #[serde(default)]
    pub tools: Option<Vec<Pattern>>,
    /// Tokens that its answer may have; the request has to say so itself.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub max_output_tokens: Option<u64>,
}

/// An entity and what is done about it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityRule {
    /// The entity's name as the detectors have it, such as `EMAIL_ADDRESS`.
    #[schemars(regex(pattern = "^[A-Z][A-Z0-9_]*$"))]
    pub entity: String,
    /// Providers that it concerns; empty for all.
    #[serde(default)]
    pub providers: Vec<Pattern>,
    /// What is done.
    pub then: Treatment,
}

/// What is done about an entity in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// It may leave as it is.
    Pass,
    /// A word stands for it in the prompt, and the answer has it back.
    Tokenise,
    /// Only its last characters are left, in the prompt and in the answer.
    Partial,
    /// Its name stands for it, in the prompt and in the answer.
    Redact,
    /// Nothing is left of it.
    Null,
    /// The request is held for review.
    Review,
    /// The request is refused.
    Deny,
}

impl Default for Settings {
    fn default() -> Self {
        use Treatment::{Deny, Tokenise};
        let rules = [
            ("PRIVATE_KEY", Deny),
            ("AWS_ACCESS_KEY_ID", Deny),
            ("AWS_SECRET_KEY", Deny),
            ("GITHUB_TOKEN", Deny),
            ("JWT", Deny),
            ("CREDIT_CARD", Tokenise),
            ("IBAN_CODE", Tokenise),
            ("US_SSN", Tokenise),
            ("EMAIL_ADDRESS", Tokenise),
            ("PHONE_NUMBER", Tokenise),
        ];
        let rule = |(entity, then): (&str, Treatment)| EntityRule {
            entity: entity.to_owned(),
            providers: Vec::new(),
            then,
        };
        Self {
            models: Vec::new(),
            entities: rules.into_iter().map(rule).collect(),
            keep_last: 4,
            allow: true,
            review: Reviewing::default(),
        }
    }
}

policy! {
    judge: judge,
    settings: Settings,
    operations: ["llm"],
    cases: include_str!("../cases.json"),
}

/// Judges one request.
#[must_use]
pub fn judge(action: &Action, settings: &Settings) -> Verdict {
    let Some(request) = action.llm() else {
        return Verdict::Abstain;
    };
    if let Some(why) = settings.refuses(&request) {
        return Verdict::Deny(why);
    }
    if let Some(stopped) = settings.stops(action, &request.provider) {
        return stopped;
    }
    let obligations = settings.obligations(&request.provider);
    if settings.allow {
        Verdict::AllowWith(obligations)
    } else {
        Verdict::Oblige(obligations)
    }
}

impl Settings {
    /// Why the model or what is asked of it is refused, where it is.
    fn refuses(&self, request: &LlmRequest) -> Option<String> {
        // A list of models sends nothing to any of them.
        if self.models.is_empty() || request.api == "models" {
            return None;
        }
        let model = request.model.as_deref().unwrap_or("");
        let names = |rule: &&ModelRule| {
            rule.provider.matches(&request.provider) && rule.model.matches(model)
        };
        let mut rules = self.models.iter().filter(names).peekable();
        if rules.peek().is_none() {
            let parts = ["the model ", model, " of ", &request.provider];
            return Some(join(&[&join(&parts), " is not one that may be asked"]));
        }
        // Where several fit, one that lets it pass suffices.
        let mut first = None;
        for rule in rules {
            match rule.refuses(request) {
                None => return None,
                Some(why) => first = first.or(Some(why)),
            }
        }
        first
    }

    fn rules<'a>(&'a self, provider: &'a str) -> impl Iterator<Item = &'a EntityRule> {
        let mut seen: Vec<&str> = Vec::new();
        let concerns = move |rule: &&EntityRule| {
            rule.providers.is_empty() || rule.providers.iter().any(|p| p.matches(provider))
        };
        let first = move |rule: &&'a EntityRule| {
            let new = !seen.contains(&rule.entity.as_str());
            seen.push(&rule.entity);
            new
        };
        self.entities.iter().filter(concerns).filter(first)
    }

    /// What is found in the prompt that stops it.
    fn stops(&self, action: &Action, provider: &str) -> Option<Verdict> {
        let named = |then: Treatment| -> Vec<&str> {
            let rules = self.rules(provider).filter(|rule| rule.then == then);
            rules.map(|rule| rule.entity.as_str()).collect()
        };
        for (then, says) in [
            (Treatment::Deny, " may not leave to "),
            (Treatment::Review, " leaves only with approval to "),
        ] {
            let entities = named(then);
            // None at all would ask for every entity.
            if entities.is_empty() {
                continue;
            }
            let found = action.findings(&entities);
            if found.is_empty() {
                continue;
            }
            let words = found
                .iter()
                .map(|f| join(&[&f.entity, " (", &f.count.to_string(), ")"]));
            let words: Vec<String> = words.collect();
            let reason = join(&[
                "the prompt holds ",
                &words.join(", "),
                ", which",
                says,
                provider,
            ]);
            return Some(match then {
                Treatment::Review => self.review.because(reason),
                _ => Verdict::Deny(reason),
            });
        }
        None
    }

    fn obligations(&self, provider: &str) -> Obligations {
        let mut obligations = Obligations::new();
        for rule in self.rules(provider) {
            let style = match rule.then {
                Treatment::Pass | Treatment::Review | Treatment::Deny => continue,
                Treatment::Tokenise => MaskStyle::Pseudonym,
                Treatment::Partial => MaskStyle::Partial(self.keep_last),
                Treatment::Redact => MaskStyle::Redact,
                Treatment::Null => MaskStyle::Null,
            };
            obligations = obligations.mask_entity(rule.entity.as_str(), style);
        }
        obligations
    }
}

impl ModelRule {
    fn refuses(&self, request: &LlmRequest) -> Option<String> {
        if let Some(allowed) = &self.tools {
            let offered = |tool: &&String| !allowed.iter().any(|pattern| pattern.matches(tool));
            if let Some(tool) = request.tools.iter().find(offered) {
                return Some(join(&[
                    "the tool ",
                    tool,
                    " may not be offered to this model",
                ]));
            }
        }
        let most = self.max_output_tokens?;
        if !answers_in_words(&request.api) {
            return None;
        }
        match request.max_output_tokens {
            Some(tokens) if tokens <= most => None,
            Some(_) => Some(join(&["an answer may have ", &most.to_string(), " tokens"])),
            None => Some(join(&[
                "the request has to say how long the answer may be: ",
                &most.to_string(),
                " tokens at most",
            ])),
        }
    }
}

fn answers_in_words(api: &str) -> bool {
    !matches!(api, "embeddings" | "models" | "count_tokens")
}

/// `format!` without its machinery, which would be a tenth of the component.
fn join(parts: &[&str]) -> String {
    parts.concat()
}

#[cfg(test)]
mod tests;
