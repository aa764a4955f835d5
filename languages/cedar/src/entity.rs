//! Who acts and on what, as Cedar's entities.

use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
};

use cedar_policy::{Entities, Entity, EntityId, EntityTypeName, EntityUid};
use serde_json::{Map, Value};

use crate::value;

/// Types of entity that there are; a policy about another one would never hold.
pub(crate) const TYPES: [&str; 7] = [
    "Human", "Agent", "Service", "Group", "Target", "Label", "Action",
];

/// The actions that there are: kinds of operation.
pub(crate) const ACTIONS: [&str; 4] = ["sql", "http", "tool_call", "shell"];

/// The names of a request's entities.
pub(crate) struct Request {
    pub(crate) principal: EntityUid,
    pub(crate) action: EntityUid,
    pub(crate) resource: EntityUid,
    pub(crate) entities: Entities,
}

/// Makes the entities of a request out of its facts, which are taken out of `input`: what stays is
/// the context.
pub(crate) fn request(input: &mut Map<String, Value>) -> Result<Request, String> {
    let principal = object(input, "principal")?;
    let target = object(input, "target")?;
    let kind = text(input, "kind")?;

    let class = match text(&principal, "kind")? {
        "human" => "Human",
        "agent" => "Agent",
        _ => "Service",
    };
    let who = uid(class, text(&principal, "name")?)?;
    let what = uid("Target", text(&target, "name")?)?;
    let action = uid("Action", kind)?;
    let mut groups = HashSet::new();
    for group in list(&principal, "groups") {
        groups.insert(uid("Group", group)?);
    }
    let mut labels = HashSet::new();
    for (key, label) in target
        .get("labels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let label = label.as_str().unwrap_or_default();
        labels.insert(uid("Label", &format!("{key}={label}"))?);
    }
    // Parents are named and not listed: nothing is known of a group but who is in it.
    let entities = [
        entity(who.clone(), &principal, groups)?,
        entity(what.clone(), &target, labels)?,
    ];
    let entities = Entities::from_entities(entities, None).map_err(|error| error.to_string())?;
    Ok(Request {
        principal: who,
        action,
        resource: what,
        entities,
    })
}

/// The name of an entity.
pub(crate) fn uid(class: &str, id: &str) -> Result<EntityUid, String> {
    let class = EntityTypeName::from_str(class).map_err(|error| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(class, EntityId::new(id)))
}

fn entity(
    uid: EntityUid,
    attributes: &Map<String, Value>,
    parents: HashSet<EntityUid>,
) -> Result<Entity, String> {
    let attributes: HashMap<_, _> = value::fields(attributes)?.into_iter().collect();
    Entity::new(uid, attributes, parents).map_err(|error| error.to_string())
}

fn object(map: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, String> {
    match map.remove(name) {
        Some(Value::Object(object)) => Ok(object),
        _ => Err(format!("the host does not tell the {name}")),
    }
}

fn text<'a>(map: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    map.get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("the host does not tell the {name}"))
}

fn list<'a>(map: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a str> {
    map.get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
