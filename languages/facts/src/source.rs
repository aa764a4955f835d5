//! Where the facts come from: the engine's action, or a test's.

use countersign_policy_sdk::Level;

use crate::wit;

/// One action, getter by getter.
pub trait Facts {
    /// What kind of operation it is.
    fn kind(&self) -> String;
    /// Names the action.
    fn id(&self) -> String;
    /// When it was read, in milliseconds since the Unix epoch.
    fn at(&self) -> u64;
    /// The session it came in.
    fn session(&self) -> String;
    /// Who acts.
    fn principal(&self) -> wit::Principal;
    /// On what.
    fn target(&self) -> wit::Target;
    /// The worst class of its statements.
    fn sql_class(&self) -> Option<wit::StatementClass>;
    /// What the parser knows of each statement.
    fn sql(&self) -> Option<Vec<wit::SqlStatement>>;
    /// The text as the client sent it.
    fn text(&self) -> Option<String>;
    /// Bound values.
    fn parameters(&self) -> Vec<wit::Parameter>;
    /// The HTTP request.
    fn http(&self) -> Option<wit::HttpRequest>;
    /// The tool call.
    fn tool_call(&self) -> Option<wit::ToolCall>;
    /// The commands of a command line.
    fn shell(&self) -> Option<Vec<wit::ShellCommand>>;
    /// The body of an HTTP request.
    fn body(&self) -> Option<String>;
    /// What the detectors see.
    fn findings(&self) -> Vec<wit::Finding>;
}

/// What a text may ask of the host while it judges.
pub trait Host: Send + Sync {
    /// A key of a data document, as JSON text.
    fn lookup(&self, document: &str, key: &str) -> Option<String>;
    /// Adds to a counter and returns its sum.
    fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64;
    /// Adds a line to the record of the decision.
    fn log(&self, level: Level, message: &str);
}

#[cfg(target_arch = "wasm32")]
mod engine {
    use countersign_policy_sdk::{Level, bindings::countersign::policy::host};

    use super::{Facts, Host, wit};

    impl Facts for wit::Action {
        fn kind(&self) -> String {
            Self::kind(self)
        }

        fn id(&self) -> String {
            Self::id(self)
        }

        fn at(&self) -> u64 {
            Self::at(self)
        }

        fn session(&self) -> String {
            Self::session(self)
        }

        fn principal(&self) -> wit::Principal {
            Self::principal(self)
        }

        fn target(&self) -> wit::Target {
            Self::target(self)
        }

        fn sql_class(&self) -> Option<wit::StatementClass> {
            Self::sql_class(self)
        }

        fn sql(&self) -> Option<Vec<wit::SqlStatement>> {
            Self::sql(self)
        }

        fn text(&self) -> Option<String> {
            Self::text(self)
        }

        fn parameters(&self) -> Vec<wit::Parameter> {
            Self::parameters(self)
        }

        fn http(&self) -> Option<wit::HttpRequest> {
            Self::http(self)
        }

        fn tool_call(&self) -> Option<wit::ToolCall> {
            Self::tool_call(self)
        }

        fn shell(&self) -> Option<Vec<wit::ShellCommand>> {
            Self::shell(self)
        }

        fn body(&self) -> Option<String> {
            Self::body(self)
        }

        fn findings(&self) -> Vec<wit::Finding> {
            Self::findings(self, &[])
        }
    }

    /// The engine.
    #[derive(Debug, Clone, Copy)]
    pub struct EngineHost;

    impl Host for EngineHost {
        fn lookup(&self, document: &str, key: &str) -> Option<String> {
            host::lookup(document, key)
        }

        fn count(&self, key: &str, amount: u64, window_seconds: u32) -> u64 {
            host::count(key, amount, window_seconds)
        }

        fn log(&self, level: Level, message: &str) {
            host::log(level, message);
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub use engine::EngineHost;
