//! Filters of the policies that let an action run, for its response.

use countersign_policy_engine::ResponseFilter;

use super::{Judged, Refusal, Session, code};

impl Session {
    /// Begins the filters of an action that is about to run, in the order of the policies; none
    /// where no policy filters. They are good for one response.
    ///
    /// # Errors
    /// `not_enforceable`, journalled: without its filter the response must not be returned.
    pub fn begin_filters(&mut self, judged: &Judged) -> Result<Vec<ResponseFilter>, Refusal> {
        if judged.filters.is_empty() {
            return Ok(Vec::new());
        }
        let action = self.action(judged.action_id, &judged.inspected, &judged.parameters);
        let filters = judged.filters.iter();
        let begun: Result<Vec<_>, _> = filters
            .map(|binding| self.judge.filter(*binding, &action, &self.shared.settled))
            .collect();
        begun.map_err(|error| {
            let reason = format!("the filter of policy \"{}\" does not begin", error.policy);
            tracing::warn!(
                policy.name = error.policy,
                failure = %error.failure,
                "a filter does not begin; the action is refused"
            );
            self.refuse(judged, code::NOT_ENFORCEABLE, reason)
        })
    }
}
