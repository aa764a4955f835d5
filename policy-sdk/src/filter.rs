//! Filtering what comes back, for what a declarative mask cannot say.

use crate::Action;

/// Passes the text of one response through, chunk by chunk.
///
/// The host makes one instance a response and holds chunks, bytes and time to limits; an error ends
/// the response. A chunk may end anywhere, so that what may go on with the next one is held back.
///
/// ```
/// use countersign_policy_sdk::{Action, Filter, Verdict, policy, testing};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Settings {
///     /// The word that nobody may see.
///     secret: String,
/// }
///
/// /// Holds back as many bytes as might begin the word.
/// struct Redactor { secret: String, held: String }
///
/// impl Filter<Settings> for Redactor {
///     fn begin(_: &Action, settings: &Settings) -> Result<Self, String> {
///         Ok(Self { secret: settings.secret.clone(), held: String::new() })
///     }
///
///     fn push(&mut self, chunk: String) -> Result<String, String> {
///         self.held.push_str(&chunk);
///         let mut text = self.held.replace(&self.secret, "…");
///         let keep = (0..self.secret.len()).rev()
///             .filter_map(|n| self.secret.get(..n))
///             .find(|start| text.ends_with(start))
///             .map_or(0, str::len);
///         self.held = text.split_off(text.len() - keep);
///         Ok(text)
///     }
///
///     fn finish(self) -> Result<String, String> {
///         Ok(self.held)
///     }
/// }
///
/// policy! { judge: judge, settings: Settings, filter: Redactor, operations: ["http"] }
///
/// fn judge(_: &Action, _: &Settings) -> Verdict {
///     Verdict::Abstain
/// }
///
/// let action = testing::http("GET", "/notes").build();
/// let settings = Settings { secret: "swordfish".to_owned() };
/// let sent = testing::filter::<Redactor, _>(&action, &settings, ["it is sword", "fish, so"]);
/// assert_eq!(sent.unwrap(), ["it is ", "…, so", ""]);
/// ```
pub trait Filter<Settings>: Sized + 'static {
    /// Begins to filter the response of this action.
    ///
    /// # Errors
    ///
    /// Why the response may not be shown at all.
    fn begin(action: &Action<'_>, settings: &Settings) -> Result<Self, String>;

    /// Takes the next chunk and returns what may go on.
    ///
    /// # Errors
    ///
    /// Why the response ends here.
    fn push(&mut self, chunk: String) -> Result<String, String>;

    /// The response is complete: returns what was held back.
    ///
    /// # Errors
    ///
    /// Why the response counts as cut short.
    fn finish(self) -> Result<String, String>;
}
