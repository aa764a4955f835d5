//! The exports of the worlds, for what `policy!` was given.

use std::{any::Any, cell::RefCell, marker::PhantomData, rc::Rc};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{Action, Filter, Outcome, bindings, host::Host};

/// What `policy!` implements for an author's function.
pub trait Policy {
    /// Its settings.
    type Settings: DeserializeOwned + JsonSchema + 'static;

    /// Judges one action.
    fn judge(action: &Action<'_>, settings: &Self::Settings) -> Outcome;

    /// The manifest, as JSON.
    fn describe() -> String;
}

/// What `policy!` adds for a policy that filters.
pub trait FilteringPolicy: Policy {
    /// The filter of one response.
    type Filter: Filter<Self::Settings>;
}

thread_local! {
    static SETTINGS: RefCell<Option<Rc<dyn Any>>> = const { RefCell::new(None) };
    static FILTER: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

fn configure<P: Policy>(settings: &str) -> Result<(), String> {
    let settings: P::Settings =
        serde_json::from_str(settings).map_err(|error| error.to_string())?;
    SETTINGS.set(Some(Rc::new(settings)));
    Ok(())
}

fn settings<P: Policy>() -> Result<Rc<P::Settings>, String> {
    SETTINGS
        .with_borrow(Clone::clone)
        .ok_or("asked before it was configured")?
        .downcast::<P::Settings>()
        .map_err(|_| "configured by another policy".to_owned())
}

fn judge<P: Policy>(action: &bindings::Action) -> Outcome {
    P::judge(&Action::new(Host(action)), &*settings::<P>()?)
}

/// The exports of a policy.
pub struct Guest<P>(PhantomData<P>);

impl<P: Policy> bindings::Guest for Guest<P> {
    fn configure(settings: String) -> Result<(), String> {
        configure::<P>(&settings)
    }

    fn judge(action: &bindings::Action) -> Outcome {
        judge::<P>(action)
    }

    fn describe() -> String {
        P::describe()
    }
}

/// The exports of a policy that filters.
pub struct FilteringGuest<P>(PhantomData<P>);

impl<P: FilteringPolicy> bindings::filtering::Guest for FilteringGuest<P> {
    fn configure(settings: String) -> Result<(), String> {
        configure::<P>(&settings)
    }

    fn judge(action: &bindings::Action) -> Outcome {
        judge::<P>(action)
    }

    fn describe() -> String {
        P::describe()
    }
}

impl<P: FilteringPolicy> bindings::filtering::exports::countersign::policy::filter::Guest
    for FilteringGuest<P>
{
    fn begin(action: &bindings::Action) -> Result<(), String> {
        let filter = P::Filter::begin(&Action::new(Host(action)), &*settings::<P>()?)?;
        FILTER.set(Some(Box::new(filter)));
        Ok(())
    }

    fn push(chunk: String) -> Result<String, String> {
        FILTER.with_borrow_mut(|filter| {
            filter
                .as_mut()
                .and_then(|filter| filter.downcast_mut::<P::Filter>())
                .ok_or("a chunk came before the response")?
                .push(chunk)
        })
    }

    fn finish() -> Result<String, String> {
        FILTER
            .take()
            .and_then(|filter| filter.downcast::<P::Filter>().ok())
            .ok_or("the response ended before it began")?
            .finish()
    }
}
