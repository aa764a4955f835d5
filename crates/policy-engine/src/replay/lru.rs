//! Instances that stay between two actions of a session, as few as are used now: of thousands of
//! sessions that are replayed side by side most are idle.

use std::collections::VecDeque;

use countersign_model::SessionId;

use crate::instance::Instance;

/// Instances that are kept over all sessions.
const MAX_LIVE: usize = 32;

/// Whose an instance is: a session's, of one policy of one set.
pub(crate) type Owner = (SessionId, u64, usize);

/// The instances, the one that was used last in front.
#[derive(Default)]
pub(crate) struct Lru(VecDeque<(Owner, Instance)>);

impl Lru {
    pub(crate) fn take(&mut self, owner: &Owner) -> Option<Instance> {
        let place = self.0.iter().position(|(of, _)| of == owner)?;
        self.0.remove(place).map(|(_, instance)| instance)
    }

    /// Keeps an instance, and returns the one for which there is no room any more.
    #[must_use = "dropping an instance takes time: not under a lock"]
    pub(crate) fn keep(&mut self, owner: Owner, instance: Instance) -> Option<Instance> {
        self.0.push_front((owner, instance));
        if self.0.len() <= MAX_LIVE {
            return None;
        }
        self.0.pop_back().map(|(_, instance)| instance)
    }
}
