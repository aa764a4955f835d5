//! Sessions of the protocol: each belongs to who began it, and remembers what its answers need.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use countersign_inspect::{json::Json, mcp::Version};
use countersign_model::{Limits, PrincipalId, TargetId};

use super::{catalogue::Catalogue, relay::Own, wire::Way};
use crate::{
    http::masks::Masks,
    pipeline::{Running, Session},
};

/// How long one may be idle.
const IDLE: Duration = Duration::from_secs(60 * 60);
/// Conversations in all.
const MAX: usize = 10_000;
/// Conversations of one principal with one target.
const MAX_OF_ONE: usize = 256;
/// Requests under way in one conversation, and those of servers to the client.
const MAX_FLIGHTS: usize = 256;

/// Who talks to what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Owner {
    principal: PrincipalId,
    on_behalf_of: Option<String>,
    target: TargetId,
}

impl Owner {
    pub(super) fn of(session: &Session) -> Self {
        let principal = session.principal();
        Self {
            principal: principal.id,
            on_behalf_of: principal.on_behalf_of.clone(),
            target: session.target().id,
        }
    }
}

/// A request whose answer is still to come.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    /// The id under which the client waits.
    pub(super) id: Json,
    pub(super) method: String,
    /// Which of the servers answers.
    pub(super) server: usize,
    pub(super) masks: Option<Arc<Masks>>,
    /// Those of the call whose task this asks for.
    pub(super) task_masks: Option<Arc<Masks>>,
    /// Whether the answer may be a task.
    pub(super) wish: Wish,
    /// The bounds of the answer.
    pub(super) limits: Limits,
    /// Shared with who relays the answer. A client that goes away may come back for it, or never.
    pub(super) relayed: Option<Arc<()>>,
}

impl Flight {
    /// Whether nobody relays the answer any more.
    fn is_left(&self) -> bool {
        let relayed = self.relayed.as_ref();
        relayed.is_some_and(|relayed| Arc::strong_count(relayed) == 1)
    }

    /// All masks for what answers it.
    pub(super) fn masks(&self) -> [Option<&Masks>; 2] {
        [self.masks.as_deref(), self.task_masks.as_deref()]
    }
}

/// Whether a server may answer a request with a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Wish {
    #[default]
    Never,
    /// It may.
    May,
    /// It may, and the client knows that task by this id already.
    Known(String),
}

/// A server's own request that the client is to answer.
pub(super) struct Asked {
    pub(super) server: usize,
    /// The server's id.
    pub(super) id: Json,
    pub(super) running: Option<Running>,
}

/// What was agreed with a server.
#[derive(Debug, Clone)]
pub(super) struct Met {
    /// Its own session id.
    pub(super) session: Option<String>,
    pub(super) version: Version,
    /// Whether it takes tool calls as tasks, and lists tasks.
    pub(super) takes_tasks: bool,
    pub(super) lists_tasks: bool,
}

/// One session of the protocol.
pub(super) struct Conversation {
    owner: Owner,
    pub(super) version: Version,
    /// What the client said that it can do.
    pub(super) capabilities: Json,
    /// What was agreed with each server, in their order; nothing where one does not answer.
    met: Vec<Option<Met>>,
    /// The server that the client starts itself, where it does.
    local: Option<String>,
    state: Mutex<State>,
}

struct State {
    /// The oldest first.
    flights: Vec<Flight>,
    asked: HashMap<String, Asked>,
    catalogues: HashMap<usize, Arc<Catalogue>>,
    /// Requests that a server of the client's own works on.
    local: HashMap<String, Own>,
    /// What such a server has listed so far, where the edge has asked.
    listing: Option<(Json, Vec<Json>)>,
    used: Instant,
}

impl Conversation {
    pub(super) fn new(
        owner: Owner,
        version: Version,
        capabilities: Json,
        met: Vec<Option<Met>>,
    ) -> Self {
        Self {
            owner,
            version,
            capabilities,
            met,
            local: None,
            state: Mutex::new(State {
                flights: Vec::new(),
                asked: HashMap::new(),
                catalogues: HashMap::new(),
                local: HashMap::new(),
                listing: None,
                used: Instant::now(),
            }),
        }
    }

    /// The same, with a server that the client starts itself.
    pub(super) fn of_local(mut self, server: &str) -> Self {
        self.local = Some(server.to_owned());
        self
    }

    /// That server's name.
    pub(super) fn local_name(&self) -> Option<&str> {
        self.local.as_deref()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a message gets to one of the servers.
    pub(super) fn way(&self, server: usize) -> Option<Way> {
        let met = self.met(server)?;
        Some(Way {
            version: Some(met.version),
            session: met.session.clone(),
            ..Way::default()
        })
    }

    /// What was agreed with one of the servers.
    pub(super) fn met(&self, server: usize) -> Option<&Met> {
        self.met.get(server)?.as_ref()
    }

    /// Remembers a request; `false` where its id is taken or there are too many. One that its client left
    /// makes room.
    pub(super) fn begin(&self, flight: Flight) -> bool {
        let flights = &mut self.state().flights;
        if flights.iter().any(|known| known.id == flight.id) {
            return false;
        }
        if flights.len() >= MAX_FLIGHTS {
            let Some(left) = flights.iter().position(Flight::is_left) else {
                return false;
            };
            flights.remove(left);
        }
        flights.push(flight);
        true
    }

    /// The request that an answer is to.
    pub(super) fn end(&self, id: &Json) -> Option<Flight> {
        let flights = &mut self.state().flights;
        let index = flights.iter().position(|flight| flight.id == *id)?;
        Some(flights.remove(index))
    }

    /// The server that works on a request.
    pub(super) fn server_of(&self, id: &Json) -> Option<usize> {
        let state = self.state();
        let flight = state.flights.iter().find(|flight| flight.id == *id)?;
        Some(flight.server)
    }

    /// Remembers what a server asked of the client.
    pub(super) fn ask(&self, id: &Json, asked: Asked) -> bool {
        let mut state = self.state();
        let id = id.to_string();
        if state.asked.len() >= MAX_FLIGHTS || state.asked.contains_key(&id) {
            return false;
        }
        state.asked.insert(id, asked);
        true
    }

    /// What the client answers; nothing where no server has asked.
    pub(super) fn answered(&self, id: &Json) -> Option<Asked> {
        self.state().asked.remove(&id.to_string())
    }

    /// Keeps a request that a server of the client's own works on.
    pub(super) fn keep(&self, own: Own) -> Result<(), Box<Own>> {
        let mut state = self.state();
        let id = own.flight.id.to_string();
        if state.local.len() >= MAX_FLIGHTS || state.local.contains_key(&id) {
            return Err(Box::new(own));
        }
        state.local.insert(id, own);
        Ok(())
    }

    /// The request that an answer of such a server is to.
    pub(super) fn kept(&self, id: &Json) -> Option<Own> {
        self.state().local.remove(&id.to_string())
    }

    /// What the edge's own listing has so far, where its id is this one.
    pub(super) fn listing(&self, id: &Json) -> Option<Vec<Json>> {
        let mut state = self.state();
        let listing = state.listing.take_if(|(own, _)| own == id);
        listing.map(|(_, items)| items)
    }

    /// Goes on with the edge's own listing under this id; `false` where one is under way.
    pub(super) fn begin_listing(&self, id: Json, items: Vec<Json>) -> bool {
        let mut state = self.state();
        if state.listing.is_some() {
            return false;
        }
        state.listing = Some((id, items));
        true
    }

    pub(super) fn catalogue(&self, server: usize) -> Option<Arc<Catalogue>> {
        self.state().catalogues.get(&server).cloned()
    }

    pub(super) fn set_catalogue(&self, server: usize, catalogue: Option<Arc<Catalogue>>) {
        let mut state = self.state();
        match catalogue {
            Some(catalogue) => state.catalogues.insert(server, catalogue),
            None => state.catalogues.remove(&server),
        };
    }
}

/// All conversations, by their ids.
#[derive(Default)]
pub(super) struct Conversations {
    by_id: Mutex<HashMap<String, Arc<Conversation>>>,
}

impl Conversations {
    fn by_id(&self) -> MutexGuard<'_, HashMap<String, Arc<Conversation>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a conversation under a new id; `None` where there are too many.
    pub(super) fn add(&self, conversation: Conversation) -> Option<String> {
        let mut by_id = self.by_id();
        let fresh = |kept: &Conversation| kept.state().used.elapsed() < IDLE;
        by_id.retain(|_, kept| fresh(kept));
        let mine = by_id
            .values()
            .filter(|kept| kept.owner == conversation.owner);
        if by_id.len() >= MAX || mine.count() >= MAX_OF_ONE {
            return None;
        }
        let id = hex::encode(rand::random::<[u8; 32]>());
        by_id.insert(id.clone(), Arc::new(conversation));
        Some(id)
    }

    /// The conversation of that id, where it is its owner's who asks.
    pub(super) fn get(&self, id: &str, owner: &Owner) -> Option<Arc<Conversation>> {
        let found = self.by_id().get(id).cloned();
        let found = found.filter(|conversation| conversation.owner == *owner)?;
        found.state().used = Instant::now();
        Some(found)
    }

    pub(super) fn remove(&self, id: &str) {
        self.by_id().remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(number: usize, relayed: Option<Arc<()>>) -> Flight {
        Flight {
            id: Json::Number(number.to_string()),
            method: "tools/call".to_owned(),
            server: 0,
            masks: None,
            task_masks: None,
            wish: Wish::Never,
            limits: Limits::default(),
            relayed,
        }
    }

    fn conversation() -> Conversation {
        let owner = Owner {
            principal: PrincipalId::new(),
            on_behalf_of: None,
            target: TargetId::new(),
        };
        Conversation::new(owner, Version::V2025_11_25, Json::Null, Vec::new())
    }

    #[test]
    fn requests_that_were_left_make_room_the_oldest_first() {
        let talk = conversation();
        let relays: Vec<Arc<()>> = (0..MAX_FLIGHTS).map(|_| Arc::default()).collect();
        for (number, relay) in relays.iter().enumerate() {
            assert!(talk.begin(flight(number, Some(Arc::clone(relay)))));
        }
        let one_more = |number| talk.begin(flight(number, Some(Arc::default())));
        assert!(!one_more(MAX_FLIGHTS), "all are under way");
        let mut relays = relays.into_iter();
        let first = relays.next();
        drop(relays.by_ref().take(2).collect::<Vec<_>>());
        assert!(!one_more(5), "its id is taken");
        assert!(one_more(MAX_FLIGHTS));
        assert!(talk.server_of(&Json::Number("1".to_owned())).is_none());
        assert!(talk.server_of(&Json::Number("2".to_owned())).is_some());
        assert!(
            talk.end(&Json::Number("0".to_owned())).is_some(),
            "{first:?}"
        );
    }

    #[test]
    fn requests_that_nobody_relays_are_never_left() {
        let talk = conversation();
        for number in 0..MAX_FLIGHTS {
            assert!(talk.begin(flight(number, None)));
        }
        assert!(!talk.begin(flight(MAX_FLIGHTS, None)));
    }
}
