//! From an author's function to the exports of the world.

use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::Verdict;

/// What judging an action comes to; an error is a refusal of the action.
pub type Outcome = Result<Verdict, String>;

/// What an author's `judge` may return: a [`Verdict`], or a `Result` of one.
pub trait IntoOutcome {
    /// The outcome it stands for.
    ///
    /// # Errors
    ///
    /// The policy's own error, in words.
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for Verdict {
    fn into_outcome(self) -> Outcome {
        Ok(self)
    }
}

impl<E: std::fmt::Display> IntoOutcome for Result<Verdict, E> {
    fn into_outcome(self) -> Outcome {
        self.map_err(|error| error.to_string())
    }
}

/// What `policy!` knows of a policy.
#[doc(hidden)]
#[derive(Debug)]
pub struct Description {
    name: &'static str,
    version: &'static str,
    description: &'static str,
    source_url: &'static str,
    operations: Vec<&'static str>,
    counters: Vec<(&'static str, &'static str)>,
    documents: Vec<(&'static str, &'static str)>,
    cases: &'static str,
    filters: bool,
}

/// One method a key of `policy!`, so that the compiler names a key that does not exist.
impl Description {
    #[must_use]
    pub fn new(
        name: &'static str,
        version: &'static str,
        description: &'static str,
        source_url: &'static str,
    ) -> Self {
        Self {
            name,
            version,
            description,
            source_url,
            operations: vec!["sql"],
            counters: Vec::new(),
            documents: Vec::new(),
            cases: "[]",
            filters: false,
        }
    }

    #[must_use]
    pub fn operations<const N: usize>(mut self, kinds: [&'static str; N]) -> Self {
        self.operations = kinds.into();
        self
    }

    #[must_use]
    pub fn counters<const N: usize>(mut self, uses: [(&'static str, &'static str); N]) -> Self {
        self.counters = uses.into();
        self
    }

    #[must_use]
    pub fn documents<const N: usize>(mut self, uses: [(&'static str, &'static str); N]) -> Self {
        self.documents = uses.into();
        self
    }

    #[must_use]
    pub fn cases(mut self, json: &'static str) -> Self {
        self.cases = json;
        self
    }

    #[must_use]
    pub fn filters(mut self, yes: bool) -> Self {
        self.filters = yes;
        self
    }
}

/// The manifest, as JSON.
#[doc(hidden)]
#[must_use]
pub fn describe<S: JsonSchema>(policy: &Description) -> String {
    let pairs = |list: &[(&str, &str)], key: &str| -> Value {
        let object = |(name, text): &(&str, &str)| json!({key: name, "description": text});
        list.iter().map(object).collect()
    };
    // Cases that are no JSON are left for the packager to refuse, with their place.
    let cases: Value = serde_json::from_str(policy.cases).unwrap_or_else(|error| {
        Value::String(["cases are not JSON: ", &error.to_string()].concat())
    });
    let mut manifest = json!({
        "name": policy.name,
        "version": policy.version,
        "description": policy.description,
        "language": "rust",
        "operations": policy.operations,
        "settings_schema": schemars::schema_for!(S),
    });
    manifest["counters"] = pairs(&policy.counters, "prefix");
    manifest["cases"] = cases;
    if !policy.documents.is_empty() {
        manifest["documents"] = pairs(&policy.documents, "name");
    }
    if policy.filters {
        manifest["filters"] = Value::Bool(true);
    }
    if !policy.source_url.is_empty() {
        manifest["source_url"] = policy.source_url.into();
    }
    manifest.to_string()
}

/// Makes a function a policy.
///
/// ```text
/// policy! {
///     judge: judge,                     // fn(&Action, &Settings) -> Verdict, or a Result of one
///     settings: Settings,               // Deserialize + JsonSchema + 'static
///     filter: Redactor,                 // optional: a `Filter` of responses
///     operations: ["sql", "http"],      // optional: what it judges, `sql` unless said
///     counters: [("rows:", "rows a principal has read")],      // optional: what `count` is used for
///     documents: [("prices", "the price of each product")],   // optional: what `lookup` is used for
///     cases: include_str!("../cases.json"),  // optional: judged before a version goes live
/// }
/// ```
///
/// A case is `{"name", "verdict"}` with what is tried (`sql`, `http`, `tool_call` or `shell`) and, where
/// they matter, `settings`, `labels` of the target, `claims`, `groups` and name of the `principal`,
/// `documents`, and words of the `reason`; its verdict is `abstain`, `oblige`, `allow`, `mask`, `review`
/// or `deny`. `countersign policy test` reads `cases.yaml` beside the crate too.
///
/// Name, version, description and the link to the source are those of the crate. It also defines
/// `manifest()`, which returns the manifest's JSON.
#[macro_export]
macro_rules! policy {
    (
        judge: $judge:path,
        settings: $settings:ty,
        filter: $filter:ty
        $(, $key:ident: $value:expr)*
        $(,)?
    ) => {
        $crate::__policy_manifest!($settings, filters: true $(, $key: $value)*);

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            $crate::__policy_impl!($judge, $settings);

            impl $crate::__private::FilteringPolicy for Policy {
                type Filter = $filter;
            }

            type Guest = $crate::__private::FilteringGuest<Policy>;
            $crate::bindings::filtering::export_filtering_policy!(
                Guest with_types_in $crate::bindings::filtering
            );
        };
    };
    (
        judge: $judge:path,
        settings: $settings:ty
        $(, $key:ident: $value:expr)*
        $(,)?
    ) => {
        $crate::__policy_manifest!($settings $(, $key: $value)*);

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            $crate::__policy_impl!($judge, $settings);

            type Guest = $crate::__private::Guest<Policy>;
            $crate::bindings::export_policy!(Guest with_types_in $crate::bindings);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __policy_manifest {
    ($settings:ty $(, $key:ident: $value:expr)*) => {
        /// The manifest of this policy, as JSON.
        #[must_use]
        pub fn manifest() -> ::std::string::String {
            let description = $crate::__private::Description::new(
                env!("CARGO_PKG_NAME"),
                env!("CARGO_PKG_VERSION"),
                env!("CARGO_PKG_DESCRIPTION"),
                env!("CARGO_PKG_REPOSITORY"),
            );
            $(let description = description.$key($value);)*
            $crate::__private::describe::<$settings>(&description)
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __policy_impl {
    ($judge:path, $settings:ty) => {
        struct Policy;

        impl $crate::__private::Policy for Policy {
            type Settings = $settings;

            fn judge(action: &$crate::Action<'_>, settings: &$settings) -> $crate::Outcome {
                $crate::IntoOutcome::into_outcome($judge(action, settings))
            }

            fn describe() -> ::std::string::String {
                manifest()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Settings {
        /// How many rows.
        rows: u64,
    }

    #[test]
    fn the_manifest_says_what_the_source_says() {
        let json = describe::<Settings>(
            &Description::new("guard", "1.2.3", "Guards.", "https://example.com/guard")
                .counters([("rows:", "rows read")])
                .documents([("prices", "a price a product")])
                .operations(["http", "tool_call"])
                .cases(r#"[{"name": "a", "sql": "SELECT 1", "verdict": "abstain"}]"#),
        );
        let manifest: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(manifest["name"], "guard");
        assert_eq!(manifest["counters"][0]["prefix"], "rows:");
        assert_eq!(manifest["documents"][0]["name"], "prices");
        assert_eq!(manifest["operations"], json!(["http", "tool_call"]));
        assert_eq!(manifest["source_url"], "https://example.com/guard");
        assert_eq!(manifest["language"], "rust");
        assert_eq!(manifest.get("filters"), None);
        assert_eq!(manifest["cases"][0]["verdict"], "abstain");
        let rows = &manifest["settings_schema"]["properties"]["rows"];
        assert_eq!(rows["description"], "How many rows.");
    }
}
