//! An action, built fact by fact.

use serde_json::Value;

use super::host::{Host, Shared, Tried};
use crate::{Action, Finding, Grant, Level, Parameter, Principal, PrincipalKind, Target};

/// An action, fact by fact.
#[derive(Debug, Clone)]
pub struct ActionBuilder {
    pub(super) host: Host<'static>,
}

impl ActionBuilder {
    /// The target has this label.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        let pair = (key.to_owned(), value.to_owned());
        self.host.target.labels.push(pair);
        self
    }

    /// The principal has this claim.
    #[must_use]
    pub fn claim(mut self, key: &str, value: &str) -> Self {
        let pair = (key.to_owned(), value.to_owned());
        self.host.principal.claims.push(pair);
        self
    }

    /// The principal belongs to this group.
    #[must_use]
    pub fn group(mut self, name: &str) -> Self {
        self.host.principal.groups.push(name.to_owned());
        self
    }

    /// Who acts.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.host.principal = principal;
        self
    }

    /// What kind of actor the principal is.
    #[must_use]
    pub fn kind(mut self, kind: PrincipalKind) -> Self {
        self.host.principal.kind = kind;
        self
    }

    /// Who answers for the principal.
    #[must_use]
    pub fn owner(mut self, owner: &str) -> Self {
        self.host.owner = Some(owner.to_owned());
        self
    }

    /// The human for whom the principal acts.
    #[must_use]
    pub fn on_behalf_of(mut self, human: &str) -> Self {
        self.host.principal.on_behalf_of = Some(human.to_owned());
        self
    }

    /// It runs under a grant for this task.
    #[must_use]
    pub fn grant(mut self, task: &str) -> Self {
        self.host.grant = Some(Grant {
            id: "00000000-0000-7000-8000-000000000005".to_owned(),
            task: task.to_owned(),
            break_glass: false,
        });
        self
    }

    /// Its grant is one that an admin took without anybody's approval.
    #[must_use]
    pub fn break_glass(mut self) -> Self {
        if let Some(grant) = &mut self.host.grant {
            grant.break_glass = true;
        }
        self
    }

    /// The request is to follow on a grant.
    #[must_use]
    pub fn extends(mut self, grant: &str) -> Self {
        if let Tried::Access(request) = &mut self.host.tried {
            request.extends = Some(grant.to_owned());
        }
        self
    }

    /// On what.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.host.target = target;
        self
    }

    /// The statement's text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.host.text = Some(text.to_owned());
        self
    }

    /// The next bound value.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.host.parameters.push(parameter);
        self
    }

    /// When it was read, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(mut self, millis: u64) -> Self {
        self.host.at = millis;
        self
    }

    /// The host of an HTTP request.
    #[must_use]
    pub fn host(mut self, name: &str) -> Self {
        if let Tried::Http(request) = &mut self.host.tried {
            request.host = name.to_owned();
        }
        self
    }

    /// The route template that an HTTP request matched.
    #[must_use]
    pub fn route(mut self, template: &str) -> Self {
        if let Tried::Http(request) = &mut self.host.tried {
            request.route = Some(template.to_owned());
        }
        self
    }

    /// The next header of an HTTP request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Tried::Http(request) = &mut self.host.tried {
            request
                .headers
                .push((name.to_ascii_lowercase(), value.to_owned()));
        }
        self
    }

    /// The next query parameter of an HTTP request.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Tried::Http(request) = &mut self.host.tried {
            request.query.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// One more tool that the model may call.
    #[must_use]
    pub fn tool(mut self, name: &str) -> Self {
        if let Tried::Llm(request, _) = &mut self.host.tried {
            request.tools.push(name.to_owned());
        }
        self
    }

    /// How many tokens the model's answer may have.
    #[must_use]
    pub fn max_output_tokens(mut self, tokens: u64) -> Self {
        if let Tried::Llm(request, _) = &mut self.host.tried {
            request.max_output_tokens = Some(tokens);
        }
        self
    }

    /// The body of an HTTP request or of a request to a model.
    #[must_use]
    pub fn body(mut self, text: impl Into<String>) -> Self {
        self.host.body = Some(text.into());
        self
    }

    /// The definition of the tool that is called has changed.
    #[must_use]
    pub fn definition_changed(mut self) -> Self {
        if let Tried::ToolCall(call) = &mut self.host.tried {
            call.definition_changed = true;
        }
        self
    }

    /// The detectors see this entity so often in what the client sends.
    #[must_use]
    pub fn finding(mut self, entity: &str, count: u32) -> Self {
        self.host.findings.push(Finding {
            entity: entity.to_owned(),
            count,
        });
        self
    }

    /// The bundle has this data document: an object, whose keys are looked up.
    #[must_use]
    pub fn document(mut self, name: &str, content: Value) -> Self {
        self.host.documents.insert(name.to_owned(), content);
        self
    }

    /// The session it came in.
    #[must_use]
    pub fn session(mut self, id: &str) -> Self {
        self.host.session = id.to_owned();
        self
    }

    /// A counter stands at this sum.
    #[must_use]
    pub fn counted(self, key: &str, sum: u64) -> Self {
        self.host
            .shared
            .counters
            .borrow_mut()
            .insert(key.to_owned(), sum);
        self
    }

    /// What the policy counts and logs, to look at after it has judged.
    #[must_use]
    pub fn record(&self) -> Record {
        Record(self.host.shared.clone())
    }

    /// The action.
    #[must_use]
    pub fn build(self) -> Action<'static> {
        Action::new(self.host)
    }
}

/// What a policy asked of the host.
#[derive(Debug, Clone)]
pub struct Record(pub(super) Shared);

impl Record {
    /// The keys of the counters it used, in order.
    #[must_use]
    pub fn counted(&self) -> Vec<String> {
        self.0.counted.borrow().clone()
    }

    /// The lines it logged.
    #[must_use]
    pub fn lines(&self) -> Vec<(Level, String)> {
        self.0.lines.borrow().clone()
    }
}
