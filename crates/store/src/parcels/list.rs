//! Which parcels there are, how many, and how much they hold.
//!
//! A mailbox is read by the numbers that its parcels took when they were listed: whoever goes on from the last number
//! seen misses none. Every listing is bounded and goes by an index.

use sqlx::{Database, Encode, QueryBuilder, Type};

use super::{COLUMNS, Parcel, Parcels, Row, parcel};
use crate::bounds::from_sql;
use crate::engine::reading;
use crate::error::Result;
use crate::records::{Side, read_side, side_word};

/// The most whole parcels that one listing gives.
const MAX_PARCELS: u32 = 200;
/// The most lines that one listing gives.
const MAX_LINES: u32 = 5000;

/// Which parcels; what is not set does not restrict. Make it with [`ParcelFilter::new`].
#[derive(Debug, Clone, Copy)]
pub struct ParcelFilter<'a> {
    /// The side that we stand on.
    pub side: Side,
    /// Our system's mailbox.
    pub mailbox: Option<&'a str>,
    /// The organisation on the other side.
    pub partner: Option<&'a str>,
    /// Any of these states; empty: every state.
    pub states: &'a [&'a str],
    /// The workflow.
    pub workflow: Option<WorkflowFilter<'a>>,
    /// In which order, and from where on.
    pub order: ParcelOrder<'a>,
    /// Whether the order is turned round.
    pub newest_first: bool,
    /// How many; 0 means the most that the listing gives.
    pub limit: u32,
}

/// Parcels whose workflow is so, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkflowFilter<'a> {
    /// How it is written.
    pub pattern: WorkflowPattern<'a>,
    /// Whether those are meant that the pattern does not fit.
    pub negated: bool,
}

/// How a workflow is written. Every character counts, and so does its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowPattern<'a> {
    /// Exactly so.
    Equals(&'a str),
    /// So at the beginning.
    Prefix(&'a str),
    /// So anywhere.
    Contains(&'a str),
}

/// The order of a listing, and the place after which it goes on, in the direction of the listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParcelOrder<'a> {
    /// Only listed parcels, as they were listed.
    Listed {
        /// The number of the last one seen.
        after: Option<i64>,
    },
    /// As they were made, those of one moment by id.
    Made {
        /// Moment and id of the last one seen.
        after: Option<(i64, &'a str)>,
    },
}

/// A parcel without what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelLine {
    /// Its id.
    pub id: String,
    /// The side that we stand on.
    pub side: Side,
    /// Its state.
    pub state: String,
    /// 0, or the number it took when it was listed.
    pub seq: i64,
    /// When it was made here, milliseconds since 1970.
    pub created_ms: i64,
}

/// How much parcels hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// How many there are.
    pub parcels: u64,
    /// The bytes of their payloads, one that several share counted for each.
    pub bytes: u64,
}

type LineRow = (String, String, String, i64, i64);

const LINE: &str = "SELECT id, side, state, seq, created_ms FROM parcel WHERE ";

impl<'a> ParcelFilter<'a> {
    /// Every parcel of a side, as they were made, the oldest first.
    #[must_use]
    pub fn new(side: Side) -> Self {
        Self {
            side,
            mailbox: None,
            partner: None,
            states: &[],
            workflow: None,
            order: ParcelOrder::Made { after: None },
            newest_first: false,
            limit: 0,
        }
    }
}

impl Parcels {
    /// Lists parcels with all they carry, at most 200.
    ///
    /// # Errors
    /// As [`Parcels::get`].
    pub async fn list(&self, filter: &ParcelFilter<'_>) -> Result<Vec<Parcel>> {
        let rows: Vec<Row> = reading!(self.store, |db| {
            listing::<Db>(COLUMNS, filter, MAX_PARCELS).build_query_as().fetch_all(db).await?
        });
        rows.into_iter().map(parcel).collect()
    }

    /// Lists parcels without what they carry, at most 5000.
    ///
    /// # Errors
    /// As [`Parcels::get`].
    pub async fn ids(&self, filter: &ParcelFilter<'_>) -> Result<Vec<ParcelLine>> {
        let rows: Vec<LineRow> =
            reading!(self.store, |db| listing::<Db>(LINE, filter, MAX_LINES).build_query_as().fetch_all(db).await?);
        rows.into_iter().map(line).collect()
    }

    /// How many parcels fit the filter; its limit and the place it goes on from do not count.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn count(&self, filter: &ParcelFilter<'_>) -> Result<u64> {
        let count: i64 = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new("SELECT COUNT(*) FROM parcel WHERE ");
            conditions(&mut sql, filter);
            sql.build_query_scalar().fetch_one(db).await?
        });
        from_sql("a count of parcels", count)
    }

    /// How many parcels fit the filter and how much they hold, as for [`Parcels::count`].
    ///
    /// # Errors
    /// As the database fails.
    pub async fn usage(&self, filter: &ParcelFilter<'_>) -> Result<Usage> {
        let (parcels, bytes): (i64, i64) = reading!(self.store, |db| {
            // PostgreSQL's sum is of a wider type.
            let mut sql =
                QueryBuilder::<Db>::new("SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM parcel WHERE ");
            conditions(&mut sql, filter);
            sql.build_query_as().fetch_one(db).await?
        });
        Ok(Usage { parcels: from_sql("a count of parcels", parcels)?, bytes: from_sql("a sum of parcels", bytes)? })
    }

    /// When the oldest parcel that came for a mailbox and is in one of these states was made here, milliseconds since
    /// 1970; nothing when there is none.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn oldest_uncollected(&self, mailbox: &str, states: &[&str]) -> Result<Option<i64>> {
        let filter = ParcelFilter { mailbox: Some(mailbox), states, limit: 1, ..ParcelFilter::new(Side::Inbound) };
        Ok(self.ids(&filter).await?.first().map(|line| line.created_ms))
    }

    /// Parcels of either side that are in one of these states, expire before a moment and may, those due longest
    /// first, at most `limit` and never more than 5000.
    ///
    /// # Errors
    /// As [`Parcels::get`].
    pub async fn expiring(&self, before_ms: i64, states: &[&str], limit: u32) -> Result<Vec<ParcelLine>> {
        let rows: Vec<LineRow> = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new(LINE);
            sql.push("hold = 0 AND expires_ms < ").push_bind(before_ms);
            one_of(&mut sql, states);
            sql.push(" ORDER BY expires_ms, id, side LIMIT ").push_bind(i64::from(limit.min(MAX_LINES)));
            sql.build_query_as().fetch_all(db).await?
        });
        rows.into_iter().map(line).collect()
    }
}

/// One page of the parcels that fit.
fn listing<DB: Database>(columns: &'static str, filter: &ParcelFilter<'_>, most: u32) -> QueryBuilder<DB>
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    for<'q> &'q str: Type<DB> + Encode<'q, DB>,
{
    let mut sql = QueryBuilder::new(columns);
    conditions(&mut sql, filter);
    let (beyond, direction) = if filter.newest_first { (" < ", " DESC") } else { (" > ", " ASC") };
    match filter.order {
        ParcelOrder::Listed { after } => {
            if let Some(seq) = after {
                sql.push(" AND seq").push(beyond).push_bind(seq);
            }
            sql.push(" ORDER BY seq").push(direction);
        }
        ParcelOrder::Made { after } => {
            if let Some((created_ms, id)) = after {
                sql.push(" AND (created_ms, id)").push(beyond);
                sql.push("(").push_bind(created_ms).push(", ").push_bind(id).push(")");
            }
            sql.push(" ORDER BY created_ms").push(direction).push(", id").push(direction);
        }
    }
    let limit = if filter.limit == 0 { most } else { filter.limit.min(most) };
    sql.push(" LIMIT ").push_bind(i64::from(limit));
    sql
}

fn conditions<DB: Database>(sql: &mut QueryBuilder<DB>, filter: &ParcelFilter<'_>)
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    for<'q> &'q str: Type<DB> + Encode<'q, DB>,
{
    sql.push("side = ").push_bind(side_word(filter.side));
    for (condition, word) in [(" AND mailbox = ", filter.mailbox), (" AND partner = ", filter.partner)] {
        if let Some(word) = word {
            sql.push(condition).push_bind(word);
        }
    }
    if !filter.states.is_empty() {
        one_of(sql, filter.states);
    }
    if let Some(workflow) = filter.workflow {
        sql.push(if workflow.negated { " AND NOT (" } else { " AND (" });
        fits(sql, workflow.pattern);
        sql.push(")");
    }
    if matches!(filter.order, ParcelOrder::Listed { .. }) {
        sql.push(" AND seq > 0");
    }
}

/// Neither engine's LIKE would do: one folds case, and both give characters a meaning.
fn fits<DB: Database>(sql: &mut QueryBuilder<DB>, pattern: WorkflowPattern<'_>)
where
    for<'q> &'q str: Type<DB> + Encode<'q, DB>,
{
    match pattern {
        WorkflowPattern::Equals(text) => sql.push("workflow = ").push_bind(text),
        WorkflowPattern::Prefix("") | WorkflowPattern::Contains("") => sql.push("1 = 1"),
        WorkflowPattern::Prefix(text) => {
            sql.push("substr(workflow, 1, length(").push_bind(text).push(")) = ").push_bind(text)
        }
        WorkflowPattern::Contains(text) => sql.push("replace(workflow, ").push_bind(text).push(", '') <> workflow"),
    };
}

/// Restricts to some states; to nothing when there is none.
pub(super) fn one_of<DB: Database>(sql: &mut QueryBuilder<DB>, states: &[&str])
where
    for<'q> &'q str: Type<DB> + Encode<'q, DB>,
{
    match states {
        [] => {
            sql.push(" AND 1 = 0");
        }
        [state] => {
            sql.push(" AND state = ").push_bind(*state);
        }
        _ => {
            sql.push(" AND state IN (");
            let mut words = sql.separated(", ");
            for state in states {
                words.push_bind(*state);
            }
            sql.push(")");
        }
    }
}

fn line((id, side, state, seq, created_ms): LineRow) -> Result<ParcelLine> {
    Ok(ParcelLine { id, side: read_side(&side)?, state, seq, created_ms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, StoreSettings};

    /// What SQLite says it does for a listing.
    async fn plan(filter: &ParcelFilter<'_>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::in_folder(folder.path())).await.unwrap();
        let crate::engine::Engine::Sqlite(sqlite) = store.engine() else { panic!("in a folder lies SQLite") };
        let sql = listing::<sqlx::Sqlite>(LINE, filter, MAX_LINES);
        let text = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.sql().as_str()));
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(text).fetch_all(&sqlite.readers).await.unwrap();
        steps.into_iter().map(|(.., step)| step + "\n").collect()
    }

    #[tokio::test]
    async fn a_mailbox_is_paged_in_the_order_of_an_index() {
        let listed = ParcelFilter {
            mailbox: Some("a mailbox"),
            states: &["listed"],
            order: ParcelOrder::Listed { after: Some(3) },
            ..ParcelFilter::new(Side::Inbound)
        };
        let inbox = plan(&listed).await;
        assert!(inbox.contains("USING INDEX parcel_listed (mailbox=? AND side=? AND state=? AND seq>?)"), "{inbox}");
        assert!(!inbox.contains("B-TREE"), "{inbox}");
        let made = ParcelOrder::Made { after: Some((1, "an id")) };
        let outbox = plan(&ParcelFilter { states: &[], order: made, newest_first: true, ..listed }).await;
        assert!(outbox.contains("USING INDEX parcel_made"), "{outbox}");
        assert!(!outbox.contains("B-TREE"), "{outbox}");
    }
}
