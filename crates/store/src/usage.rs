//! Tokens that models' providers counted: summed up as outcomes arrive, told by who, where or what.

use std::collections::{BTreeMap, HashMap};

use countersign_model::{EdgeId, GrantId, SessionId, Timestamp, TokenUsage};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter,
    QuerySelect, RelationTrait, Select,
    sea_query::{Alias, Expr, OnConflict, Order, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    entity::{
        grants, sessions,
        token_usage::{ActiveModel, Column, Entity, Relation},
    },
    text::{to_i64, to_u64},
};

const TABLE: &str = "token_usage";

const HOUR: i64 = 60 * 60 * 1000;

/// Tokens that one answer counts for at most: no provider has such answers, and no sum leaves a
/// 64-bit column.
const MOST_TOKENS: u64 = 1 << 40;

/// Characters of a model's name.
const MODEL_CHARS: usize = 200;

/// By what tokens are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageBy {
    /// By the principal's name.
    Principal,
    /// By the target's name.
    Target,
    /// By the model that answered.
    Model,
    /// By the grant.
    Grant,
}

/// Tokens of several answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenSums {
    /// How many answers.
    pub answers: u64,
    /// Their tokens.
    pub tokens: TokenUsage,
}

impl TokenSums {
    /// Adds one answer.
    pub(crate) fn add(&mut self, usage: TokenUsage) {
        self.answers += 1;
        let sums = &mut self.tokens;
        sums.input = sums.input.saturating_add(bounded(usage.input));
        sums.output = sums.output.saturating_add(bounded(usage.output));
        sums.cached = sums.cached.saturating_add(bounded(usage.cached));
    }
}

fn bounded(tokens: u64) -> u64 {
    std::cmp::min(tokens, MOST_TOKENS)
}

/// The tokens of one principal, target or grant with one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelUsage {
    /// As in [`UsageRecord`].
    pub key: String,
    /// The model that answered.
    pub model: String,
    /// The tokens.
    pub tokens: TokenUsage,
}

/// The tokens of one principal, target, model or grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRecord {
    /// The name, of a grant its id; empty for answers under no grant, or of no named model.
    pub key: String,
    /// What people call it: the name, of a grant its task.
    pub label: String,
    /// The tokens.
    pub sums: TokenSums,
}

/// What a batch's tokens are summed up by, within a session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UsageKey {
    hour: i64,
    model: String,
    grant: Uuid,
}

impl UsageKey {
    pub(crate) fn new(at: Timestamp, model: Option<&str>, grant: Option<GrantId>) -> Self {
        let millis = at.as_millis();
        let model = model.unwrap_or_default().chars().take(MODEL_CHARS);
        Self {
            hour: millis - millis.rem_euclid(HOUR),
            // PostgreSQL's `text` refuses NUL.
            model: model
                .map(|c| if c == '\0' { '\u{fffd}' } else { c })
                .collect(),
            grant: grant.map_or(Uuid::nil(), |id| id.as_uuid()),
        }
    }
}

/// Adds a batch's tokens of one session.
pub(crate) async fn add<C: ConnectionTrait>(
    db: &C,
    edge: EdgeId,
    session: SessionId,
    usage: &BTreeMap<UsageKey, TokenSums>,
) -> Result<(), StoreError> {
    for (key, sums) in usage {
        let row = ActiveModel {
            session_id: Set(session.as_uuid()),
            edge_id: Set(edge.as_uuid()),
            hour: Set(key.hour),
            model: Set(key.model.clone()),
            grant_id: Set(key.grant),
            answers: Set(to_i64(sums.answers)),
            input: Set(to_i64(sums.tokens.input)),
            output: Set(to_i64(sums.tokens.output)),
            cached: Set(to_i64(sums.tokens.cached)),
        };
        let mut again = OnConflict::columns([
            Column::SessionId,
            Column::EdgeId,
            Column::Hour,
            Column::Model,
            Column::GrantId,
        ]);
        for column in [
            Column::Answers,
            Column::Input,
            Column::Output,
            Column::Cached,
        ] {
            let arrived = Expr::col((Alias::new("excluded"), column));
            again.value(column, Expr::col((Entity, column)).add(arrived));
        }
        Entity::insert(row)
            .on_conflict(again)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct OfModel<K>
where
    K: sea_orm::TryGetable,
{
    key: K,
    model: String,
    input: Option<i64>,
    output: Option<i64>,
    cached: Option<i64>,
}

#[derive(Default, FromQueryResult)]
struct Sums {
    answers: Option<i64>,
    input: Option<i64>,
    output: Option<i64>,
    cached: Option<i64>,
}

#[derive(FromQueryResult)]
struct Group<K>
where
    K: sea_orm::TryGetable,
{
    key: K,
    answers: Option<i64>,
    input: Option<i64>,
    output: Option<i64>,
    cached: Option<i64>,
}

impl Sums {
    fn read(&self) -> Result<TokenSums, StoreError> {
        let sum = |value: Option<i64>| to_u64(TABLE, "sums", value.unwrap_or(0));
        Ok(TokenSums {
            answers: sum(self.answers)?,
            tokens: TokenUsage {
                input: sum(self.input)?,
                output: sum(self.output)?,
                cached: sum(self.cached)?,
            },
        })
    }
}

impl<K: sea_orm::TryGetable> Group<K> {
    fn split(self) -> Result<(K, TokenSums), StoreError> {
        let sums = Sums {
            answers: self.answers,
            input: self.input,
            output: self.output,
            cached: self.cached,
        };
        Ok((self.key, sums.read()?))
    }
}

/// A sum of 64-bit numbers is a decimal number to PostgreSQL.
fn sum(column: Column) -> SimpleExpr {
    Expr::col((Entity, column))
        .sum()
        .cast_as(Alias::new("BIGINT"))
}

fn sums(select: Select<Entity>) -> Select<Entity> {
    select
        .select_only()
        .column_as(sum(Column::Answers), "answers")
        .column_as(sum(Column::Input), "input")
        .column_as(sum(Column::Output), "output")
        .column_as(sum(Column::Cached), "cached")
}

/// The groups with the most tokens.
async fn grouped<C: ConnectionTrait, K: sea_orm::TryGetable + Send>(
    db: &C,
    select: Select<Entity>,
    by: SimpleExpr,
    limit: u64,
) -> Result<Vec<(K, TokenSums)>, StoreError> {
    let mut select = sums(select).column_as(by.clone(), "key");
    let most = Expr::col((Entity, Column::Input))
        .sum()
        .add(Expr::col((Entity, Column::Output)).sum());
    QuerySelect::query(&mut select)
        .add_group_by([by])
        .order_by_expr(most, Order::Desc)
        .limit(limit);
    let rows: Vec<Group<K>> = select.into_model().all(db).await?;
    rows.into_iter().map(Group::split).collect()
}

impl Store {
    /// The tokens since `since`, all together.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage_total(&self, since: Timestamp) -> Result<TokenSums, StoreError> {
        let row: Option<Sums> = sums(since_then(since)).into_model().one(&self.read).await?;
        row.unwrap_or_default().read()
    }

    /// The tokens since `since` by who, where or what, the most first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage(
        &self,
        by: UsageBy,
        since: Timestamp,
        limit: u64,
    ) -> Result<Vec<UsageRecord>, StoreError> {
        let (select, key) = match keyed(by, since) {
            (select, Some(key)) => (select, key),
            (select, None) => return self.usage_by_grant(select, limit).await,
        };
        let groups = grouped::<_, String>(&self.read, select, key, limit).await?;
        Ok(groups.into_iter().map(named_record).collect())
    }

    /// The tokens since `since` by who, where or what, and by model: what they cost depends on it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage_by_model(
        &self,
        by: UsageBy,
        since: Timestamp,
    ) -> Result<Vec<ModelUsage>, StoreError> {
        match keyed(by, since) {
            (select, Some(key)) => by_model(&self.read, select, key, |key: String| key).await,
            (select, None) => {
                let key = Expr::col((Entity, Column::GrantId));
                by_model(&self.read, select, key, grant_key).await
            }
        }
    }

    /// The tokens of a session by the model that answered, the most first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_usage(&self, session: SessionId) -> Result<Vec<UsageRecord>, StoreError> {
        let own = Entity::find()
            .join(JoinType::InnerJoin, Relation::Session.def())
            .filter(Column::SessionId.eq(session.as_uuid()));
        let key = Expr::col((Entity, Column::Model));
        let groups = grouped::<_, String>(&self.read, own, key, SESSION_MODELS).await?;
        Ok(groups.into_iter().map(named_record).collect())
    }

    async fn usage_by_grant(
        &self,
        select: Select<Entity>,
        limit: u64,
    ) -> Result<Vec<UsageRecord>, StoreError> {
        let key = Expr::col((Entity, Column::GrantId));
        let groups = grouped::<_, Uuid>(&self.read, select, key, limit).await?;
        let ids = groups.iter().map(|(id, _)| *id);
        let tasks: Vec<(Uuid, String)> = grants::Entity::find()
            .select_only()
            .columns([grants::Column::Id, grants::Column::Task])
            .filter(grants::Column::Id.is_in(ids))
            .into_tuple()
            .all(&self.read)
            .await?;
        let mut tasks: HashMap<Uuid, String> = tasks.into_iter().collect();
        let record = |(id, sums): (Uuid, TokenSums)| UsageRecord {
            key: grant_key(id),
            label: tasks.remove(&id).unwrap_or_default(),
            sums,
        };
        Ok(groups.into_iter().map(record).collect())
    }
}

/// The tokens of each group by model, as `name` says its key.
async fn by_model<C: ConnectionTrait, K: sea_orm::TryGetable + Send>(
    db: &C,
    select: Select<Entity>,
    by: SimpleExpr,
    name: fn(K) -> String,
) -> Result<Vec<ModelUsage>, StoreError> {
    let mut select = sums(select)
        .column_as(by.clone(), "key")
        .column_as(Expr::col((Entity, Column::Model)), "model");
    QuerySelect::query(&mut select)
        .add_group_by([by, Expr::col((Entity, Column::Model))])
        .limit(MOST_PAIRS);
    let rows: Vec<OfModel<K>> = select.into_model().all(db).await?;
    rows.into_iter()
        .map(|row| {
            let of = Sums {
                answers: None,
                input: row.input,
                output: row.output,
                cached: row.cached,
            };
            Ok(ModelUsage {
                key: name(row.key),
                model: row.model,
                tokens: of.read()?.tokens,
            })
        })
        .collect()
}

/// Groups and models that are told apart where each pair counts.
const MOST_PAIRS: u64 = 10_000;

/// Models of one session that are told apart.
const SESSION_MODELS: u64 = 100;

/// The name of a grant in a key; nothing for none.
fn grant_key(id: Uuid) -> String {
    if id.is_nil() {
        String::new()
    } else {
        id.to_string()
    }
}

/// What is read and the name it is told by; a grant has none here.
fn keyed(by: UsageBy, since: Timestamp) -> (Select<Entity>, Option<SimpleExpr>) {
    let select = since_then(since);
    let column = match by {
        UsageBy::Principal => sessions::Column::PrincipalName,
        UsageBy::Target => sessions::Column::Target,
        UsageBy::Model => return (select, Some(Expr::col((Entity, Column::Model)))),
        UsageBy::Grant => return (select, None),
    };
    let named = Expr::col((sessions::Entity, column));
    let joined = select.join(JoinType::InnerJoin, Relation::Session.def());
    (joined, Some(named))
}

fn since_then(since: Timestamp) -> Select<Entity> {
    let millis = since.as_millis();
    // Hours are whole: the one in which it began counts.
    Entity::find().filter(Column::Hour.gte(millis - millis.rem_euclid(HOUR)))
}

fn named_record((key, sums): (String, TokenSums)) -> UsageRecord {
    UsageRecord {
        label: key.clone(),
        key,
        sums,
    }
}
