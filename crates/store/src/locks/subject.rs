//! What is locked, as columns, and what people call it.

use countersign_model::{LockSubject, PrincipalKind};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    StoreError,
    entity::{edges, principals, sessions, targets, users},
    text,
};

const TABLE: &str = "locks";

/// The columns `kind` and `subject`.
pub(super) fn write(subject: &LockSubject) -> (&'static str, String) {
    match subject {
        LockSubject::Principal { id } => ("principal", id.to_string()),
        LockSubject::Human { name } => ("human", name.clone()),
        LockSubject::Session { id } => ("session", id.to_string()),
        LockSubject::Target { id } => ("target", id.to_string()),
        LockSubject::Edge { id } => ("edge", id.to_string()),
    }
}

/// What the columns `kind` and `subject` say.
pub(super) fn read(kind: &str, subject: &str) -> Result<LockSubject, StoreError> {
    let unreadable = |source| StoreError::Unreadable {
        table: TABLE,
        column: "subject",
        source: Some(Box::new(source)),
    };
    Ok(match kind {
        "principal" => LockSubject::Principal {
            id: subject.parse().map_err(unreadable)?,
        },
        "human" => LockSubject::Human {
            name: subject.to_owned(),
        },
        "session" => LockSubject::Session {
            id: subject.parse().map_err(unreadable)?,
        },
        "target" => LockSubject::Target {
            id: subject.parse().map_err(unreadable)?,
        },
        "edge" => LockSubject::Edge {
            id: subject.parse().map_err(unreadable)?,
        },
        _ => {
            return Err(StoreError::Unreadable {
                table: TABLE,
                column: "kind",
                source: None,
            });
        }
    })
}

/// What people call it.
///
/// # Errors
/// `NotFound` when there is no such thing: a lock with a typing error in it would stop nobody.
pub(super) async fn name<C: ConnectionTrait>(
    connection: &C,
    subject: &LockSubject,
) -> Result<String, StoreError> {
    let missing = StoreError::NotFound;
    match subject {
        LockSubject::Principal { id } => {
            let row = crate::principals::find(connection, *id).await?;
            Ok(row.name)
        }
        LockSubject::Human { name } => {
            if is_known(connection, name).await? {
                Ok(name.clone())
            } else {
                Err(missing("human"))
            }
        }
        LockSubject::Session { id } => {
            let row = sessions::Entity::find_by_id(id.as_uuid())
                .one(connection)
                .await?
                .ok_or(missing("session"))?;
            Ok(format!("{} on {}", row.principal_name, row.target))
        }
        LockSubject::Target { id } => {
            let row = targets::Entity::find_by_id(id.as_uuid())
                .filter(targets::Column::RevokedAt.is_null())
                .one(connection)
                .await?
                .ok_or(missing("target"))?;
            Ok(row.name)
        }
        LockSubject::Edge { id } => {
            let row = edges::Entity::find_by_id(id.as_uuid())
                .filter(edges::Column::RevokedAt.is_null())
                .one(connection)
                .await?
                .ok_or(missing("edge"))?;
            Ok(row.name)
        }
    }
}

/// Whether there is a human of this name: somebody who signs in here, a principal, or somebody for
/// whom one acts or who answers for one.
async fn is_known<C: ConnectionTrait>(connection: &C, name: &str) -> Result<bool, StoreError> {
    use principals::Column;
    let human = text::to_name(&PrincipalKind::Human)?;
    let themselves = Condition::all()
        .add(Column::Kind.eq(human))
        .add(Column::Name.eq(name));
    let concerned = Condition::any()
        .add(themselves)
        .add(Column::OnBehalfOf.eq(name))
        .add(Column::Owner.eq(name));
    let principal = principals::Entity::find()
        .filter(Column::RevokedAt.is_null())
        .filter(concerned)
        .limit(1)
        .one(connection)
        .await?;
    if principal.is_some() {
        return Ok(true);
    }
    let user = users::Entity::find()
        .filter(users::Column::Email.eq(name))
        .limit(1)
        .one(connection)
        .await?;
    Ok(user.is_some())
}
