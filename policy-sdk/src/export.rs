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
pub struct Description {
    pub name: &'static str,
    pub version: &'static str,
    pub description: &'static str,
    pub counters: &'static [(&'static str, &'static str)],
    pub cases: &'static str,
}

/// The manifest, as JSON.
#[doc(hidden)]
#[must_use]
pub fn describe<S: JsonSchema>(policy: &Description) -> String {
    let counters: Vec<Value> = policy
        .counters
        .iter()
        .map(|(prefix, description)| json!({"prefix": prefix, "description": description}))
        .collect();
    // Cases that are no JSON are left for the packager to refuse, with their place.
    let cases: Value = serde_json::from_str(policy.cases)
        .unwrap_or_else(|error| Value::String(format!("cases are not JSON: {error}")));
    let mut manifest = json!({
        "name": policy.name,
        "version": policy.version,
        "description": policy.description,
        "operations": ["sql"],
        "settings_schema": schemars::schema_for!(S),
    });
    manifest["counters"] = Value::Array(counters);
    manifest["cases"] = cases;
    manifest.to_string()
}

/// Makes a function a policy.
///
/// ```text
/// policy! {
///     judge: judge,                                // fn(&Action, &Settings) -> Verdict
///     settings: Settings,                          // Deserialize + JsonSchema + 'static
///     counters: [("rows:", "rows a principal has read")],   // optional: what `count` is used for
///     cases: include_str!("../cases.json"),        // optional: judged before a version goes live
/// }
/// ```
///
/// A case is `{"name", "sql", "verdict"}` with, where they matter, `settings`, `labels` of the target
/// and `claims` of the principal; its verdict is `abstain`, `oblige`, `allow`, `mask`, `review` or
/// `deny`.
///
/// It also defines `manifest()`, which returns the manifest's JSON.
#[macro_export]
macro_rules! policy {
    (
        judge: $judge:path,
        settings: $settings:ty
        $(, counters: [$($counter:expr),* $(,)?])?
        $(, cases: $cases:expr)?
        $(,)?
    ) => {
        /// The manifest of this policy, as JSON.
        #[must_use]
        pub fn manifest() -> ::std::string::String {
            $crate::__private::describe::<$settings>(&$crate::__private::Description {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                description: env!("CARGO_PKG_DESCRIPTION"),
                counters: &[$($($counter),*)?],
                cases: $crate::__policy_cases!($($cases)?),
            })
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Policy;

            impl $crate::__private::Policy for Policy {
                type Settings = $settings;

                fn judge(
                    action: &$crate::Action<'_>,
                    settings: &$settings,
                ) -> $crate::Outcome {
                    $crate::IntoOutcome::into_outcome($judge(action, settings))
                }

                fn describe() -> ::std::string::String {
                    manifest()
                }
            }

            type Guest = $crate::__private::Guest<Policy>;
            $crate::bindings::export_policy!(Guest with_types_in $crate::bindings);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __policy_cases {
    () => {
        "[]"
    };
    ($cases:expr) => {
        $cases
    };
}

#[cfg(target_arch = "wasm32")]
mod guest {
    use std::{any::Any, cell::RefCell, marker::PhantomData, rc::Rc};

    use schemars::JsonSchema;
    use serde::de::DeserializeOwned;

    use super::Outcome;
    use crate::{Action, bindings, host::Host};

    /// What `policy!` implements for an author's function.
    pub trait Policy {
        /// Its settings.
        type Settings: DeserializeOwned + JsonSchema + 'static;

        /// Judges one action.
        fn judge(action: &Action<'_>, settings: &Self::Settings) -> Outcome;

        /// The manifest, as JSON.
        fn describe() -> String;
    }

    thread_local! {
        static SETTINGS: RefCell<Option<Rc<dyn Any>>> = const { RefCell::new(None) };
    }

    /// The world's exports for a policy.
    pub struct Guest<P>(PhantomData<P>);

    impl<P: Policy> bindings::Guest for Guest<P> {
        fn configure(settings: String) -> Result<(), String> {
            let settings: P::Settings =
                serde_json::from_str(&settings).map_err(|error| error.to_string())?;
            SETTINGS.set(Some(Rc::new(settings)));
            Ok(())
        }

        fn judge(action: &bindings::Action) -> Outcome {
            let settings = SETTINGS
                .with_borrow(Clone::clone)
                .ok_or("judged before it was configured")?
                .downcast::<P::Settings>()
                .map_err(|_| "configured by another policy")?;
            P::judge(&Action::new(Host(action)), &settings)
        }

        fn describe() -> String {
            P::describe()
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub use guest::{Guest, Policy};

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
        let json = describe::<Settings>(&Description {
            name: "guard",
            version: "1.2.3",
            description: "Guards.",
            counters: &[("rows:", "rows read")],
            cases: r#"[{"name": "a", "sql": "SELECT 1", "verdict": "abstain"}]"#,
        });
        let manifest: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(manifest["name"], "guard");
        assert_eq!(manifest["counters"][0]["prefix"], "rows:");
        assert_eq!(manifest["cases"][0]["verdict"], "abstain");
        let rows = &manifest["settings_schema"]["properties"]["rows"];
        assert_eq!(rows["description"], "How many rows.");
    }
}
