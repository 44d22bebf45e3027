//! Evidence as it lies in the store: found, listed, counted, and its erasable part erased.
//!
//! A row's body and salt stay for as long as the evidence is kept; its content can be erased at any
//! time, and neither the row nor the ledger's entry changes by it. What a record says is not known here.

use packhorse_model::record::{Salt, salted_digest};
use sqlx::QueryBuilder;

use crate::Store;
use crate::bounds::{MAX_CONTENT_BYTES, MAX_RECORD_BYTES, from_sql, to_sql};
use crate::counts::Counted;
use crate::engine::{forget_old_pages, now_ms, reading, writing};
use crate::error::{Result, StoreError};
use crate::packing::unpack;
use crate::traces::PersonDigest;

pub use packhorse_model::Side;

/// The most lines that one listing gives.
const MAX_LINES: u32 = 1000;

/// A record to be kept, see [`crate::RecordWriter::append`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// The exchange's id; unique together with side and partner.
    pub id: String,
    /// The side of the exchange that we stood on.
    pub side: Side,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Kind of exchange, for lists.
    pub kind: String,
    /// The organisation on the other side.
    pub partner: String,
    /// Our system, or theirs, that asked.
    pub system: String,
    /// The service asked.
    pub service: String,
    /// The agreement it happened under; empty when there was none.
    pub agreement: String,
    /// How it ended, one word.
    pub outcome: String,
    /// The rule that decided; empty when answered.
    pub rule: String,
    /// How much it uses of the agreement's daily allowance: 1 for an answer, 0 for a refusal.
    pub uses: u32,
    /// The ledger's entry: the salted digest of `record`.
    pub entry: [u8; 32],
    /// The salt of `entry`.
    pub salt: Salt,
    /// The record's JSON, kept byte for byte.
    pub record: Vec<u8>,
    /// The erasable part.
    pub content: Option<Erasable>,
    /// What it is counted by.
    pub counted: Counted,
    /// Whom it is about, as keyed digests; erased with the content. The first [`crate::MAX_PEOPLE`] count.
    pub people: Vec<PersonDigest>,
}

/// What may be erased later without touching the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasable {
    /// The content's JSON, kept byte for byte.
    pub bytes: Vec<u8>,
    /// The salt of its digest in the record; erased with it.
    pub salt: Salt,
}

/// One line of a list of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    /// Where its entry stands in the ledger.
    pub index: u64,
    /// The exchange's id.
    pub id: String,
    /// The side of the exchange that we stood on.
    pub side: Side,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Kind of exchange.
    pub kind: String,
    /// The organisation on the other side.
    pub partner: String,
    /// The system that asked.
    pub system: String,
    /// The service asked.
    pub service: String,
    /// The agreement, or empty.
    pub agreement: String,
    /// How it ended, one word.
    pub outcome: String,
    /// The rule that decided, or empty.
    pub rule: String,
    /// When its content was erased, milliseconds since 1970.
    pub erased_ms: Option<i64>,
}

/// A record as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecord {
    /// What lists show.
    pub line: RecordLine,
    /// The ledger's entry.
    pub entry: Vec<u8>,
    /// The salt of the entry.
    pub salt: Salt,
    /// The record's JSON, byte for byte.
    pub record: Vec<u8>,
    /// The erasable part; nothing when there was none or it was erased.
    pub content: Option<Erasable>,
}

/// Which records to list; what is not set does not restrict.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Not before, milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// Before, milliseconds since 1970.
    pub until_ms: Option<i64>,
    /// Kind of exchange.
    pub kind: Option<String>,
    /// The organisation on the other side.
    pub partner: Option<String>,
    /// The agreement.
    pub agreement: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
    /// The exchange's id.
    pub id: Option<String>,
    /// Only records before this index: the last one of the page before.
    pub before_index: Option<u64>,
    /// How many, at most 1000; 0 means 1000.
    pub limit: u32,
}

/// An id seen lately, for replay protection after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentId {
    /// The organisation on the other side.
    pub partner: String,
    /// The exchange's id.
    pub id: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

/// Reading and erasing evidence.
#[derive(Debug, Clone)]
pub struct Records {
    pub(crate) store: Store,
}

/// A line's columns in the order of [`LINE`].
pub(crate) type LineRow =
    (i64, String, String, i64, String, String, String, String, String, String, String, Option<i64>);
/// The columns that only a whole record has: entry, salt, body, content.
type BodyRow = (Vec<u8>, Vec<u8>, Vec<u8>, Option<Vec<u8>>);
/// What a record's digest is made from: index, salt, body, entry.
type DigestRow = (i64, Vec<u8>, Vec<u8>, Vec<u8>);

pub(crate) const LINE: &str = "SELECT idx, id, side, at_ms, kind, partner, system, service, agreement, outcome, \
                    rule, erased_ms FROM record WHERE ";

impl Records {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// One record, or nothing. Ids are chosen by strangers, so that the partner belongs to the key.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the row is not what was written; else as the database fails.
    pub async fn record(&self, id: &str, side: Side, partner: &str) -> Result<Option<KeptRecord>> {
        let lines = self.named(id).await?;
        match lines.into_iter().find(|line| line.side == side && line.partner == partner) {
            Some(line) => self.at(line.index).await,
            None => Ok(None),
        }
    }

    /// Every record with this id: usually one, or one for each side.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn named(&self, id: &str) -> Result<Vec<RecordLine>> {
        let rows: Vec<LineRow> = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new(LINE);
            sql.push("id = ").push_bind(id);
            sql.push(" ORDER BY idx LIMIT ").push_bind(i64::from(MAX_LINES));
            sql.build_query_as().fetch_all(db).await?
        });
        rows.into_iter().map(line).collect()
    }

    /// The record whose entry stands at this index of the ledger.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the row is not what was written; else as the database fails.
    pub async fn at(&self, index: u64) -> Result<Option<KeptRecord>> {
        let index = to_sql(index);
        let found: Option<(LineRow, BodyRow)> = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new(LINE);
            sql.push("idx = ").push_bind(index);
            let head: Option<LineRow> = sql.build_query_as().fetch_optional(db).await?;
            let body: Option<BodyRow> = sqlx::query_as(
                "SELECT entry, salt, body, content FROM record \
                 JOIN ledger_entry ON ledger_entry.idx = record.idx WHERE record.idx = $1",
            )
            .bind(index)
            .fetch_optional(db)
            .await?;
            head.zip(body)
        });
        found.map(|(head, body)| kept(head, body)).transpose()
    }

    /// Lists records, the newest first.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn list(&self, filter: &RecordFilter) -> Result<Vec<RecordLine>> {
        let limit = match filter.limit {
            0 => MAX_LINES,
            limit => limit.min(MAX_LINES),
        };
        let rows: Vec<LineRow> = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new(LINE);
            sql.push("idx < ").push_bind(filter.before_index.map_or(i64::MAX, to_sql));
            for (condition, moment) in [(" AND at_ms >= ", filter.since_ms), (" AND at_ms < ", filter.until_ms)] {
                if let Some(moment) = moment {
                    sql.push(condition).push_bind(moment);
                }
            }
            for (condition, word) in [
                (" AND kind = ", &filter.kind),
                (" AND partner = ", &filter.partner),
                (" AND agreement = ", &filter.agreement),
                (" AND outcome = ", &filter.outcome),
                (" AND id = ", &filter.id),
            ] {
                if let Some(word) = word {
                    sql.push(condition).push_bind(word.as_str());
                }
            }
            sql.push(" ORDER BY idx DESC LIMIT ").push_bind(i64::from(limit));
            sql.build_query_as().fetch_all(db).await?
        });
        rows.into_iter().map(line).collect()
    }

    /// Erases the content of one record and gives it back; nothing when there was none. The record
    /// and its entry in the ledger stay.
    ///
    /// # Errors
    /// As the database fails; then nothing is erased.
    pub async fn erase(&self, id: &str, side: Side, partner: &str) -> Result<Option<Erasable>> {
        let content: Option<Option<Vec<u8>>> = writing!(self.store, |tx| {
            let content = sqlx::query_scalar("SELECT content FROM record WHERE id = $1 AND side = $2 AND partner = $3")
                .bind(id)
                .bind(side_word(side))
                .bind(partner)
                .fetch_optional(&mut *tx)
                .await?;
            sqlx::query(
                "UPDATE record SET content = NULL, erased_ms = $4 \
                 WHERE id = $1 AND side = $2 AND partner = $3 AND content IS NOT NULL",
            )
            .bind(id)
            .bind(side_word(side))
            .bind(partner)
            .bind(now_ms())
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "DELETE FROM person_trace WHERE idx IN \
                 (SELECT idx FROM record WHERE id = $1 AND side = $2 AND partner = $3)",
            )
            .bind(id)
            .bind(side_word(side))
            .bind(partner)
            .execute(&mut *tx)
            .await?;
            content
        });
        forget_old_pages(self.store.engine()).await;
        content.flatten().map(|packed| erasable(&packed)).transpose()
    }

    /// Erases the content of every record from before a moment (a retention period's end).
    /// Returns how many were erased.
    ///
    /// # Errors
    /// As the database fails; then nothing is erased.
    pub async fn erase_before(&self, at_ms: i64) -> Result<u64> {
        let erased = writing!(self.store, |tx| {
            sqlx::query("DELETE FROM person_trace WHERE idx IN (SELECT idx FROM record WHERE at_ms < $1)")
                .bind(at_ms)
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "UPDATE record SET content = NULL, erased_ms = $2 \
                 WHERE at_ms < $1 AND content IS NOT NULL",
            )
            .bind(at_ms)
            .bind(now_ms())
            .execute(&mut *tx)
            .await?
            .rows_affected()
        });
        forget_old_pages(self.store.engine()).await;
        Ok(erased)
    }

    /// The indexes in `from..to` whose record is not what the ledger's entry was made from.
    pub(crate) async fn unlike_their_entries(&self, from: u64, to: u64) -> Result<Vec<u64>> {
        let rows: Vec<DigestRow> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT record.idx, salt, body, entry FROM record JOIN ledger_entry ON ledger_entry.idx = record.idx \
                 WHERE record.idx >= $1 AND record.idx < $2",
            )
            .bind(to_sql(from))
            .bind(to_sql(to))
            .fetch_all(db)
            .await?
        });
        let like = |salt: Vec<u8>, body: Vec<u8>, entry: Vec<u8>| {
            let record = unpack("a record", &body, MAX_RECORD_BYTES).ok()?;
            Some(salted_digest(&salt.try_into().ok()?, &record).as_slice() == entry)
        };
        let unlike = rows.into_iter().filter_map(|(index, salt, body, entry)| {
            (like(salt, body, entry) != Some(true)).then_some(from_sql("a record's index", index))
        });
        unlike.collect()
    }

    /// The ids recorded since a moment.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn recent_ids(&self, side: Side, since_ms: i64) -> Result<Vec<RecentId>> {
        let rows: Vec<(String, String, i64)> = reading!(self.store, |db| {
            sqlx::query_as("SELECT partner, id, at_ms FROM record WHERE at_ms >= $1 AND side = $2")
                .bind(since_ms)
                .bind(side_word(side))
                .fetch_all(db)
                .await?
        });
        Ok(rows.into_iter().map(|(partner, id, at_ms)| RecentId { partner, id, at_ms }).collect())
    }
}

/// The side as the column keeps it.
pub(crate) fn side_word(side: Side) -> &'static str {
    match side {
        Side::Outbound => "outbound",
        Side::Inbound => "inbound",
    }
}

/// The column's word as a side.
pub(crate) fn read_side(word: &str) -> Result<Side> {
    match word {
        "outbound" => Ok(Side::Outbound),
        "inbound" => Ok(Side::Inbound),
        _ => Err(StoreError::Damaged("a side".to_owned())),
    }
}

pub(crate) fn line(row: LineRow) -> Result<RecordLine> {
    let (index, id, side, at_ms, kind, partner, system, service, agreement, outcome, rule, erased_ms) = row;
    let side = read_side(&side)?;
    let index = from_sql("a record's index", index)?;
    Ok(RecordLine { index, id, side, at_ms, kind, partner, system, service, agreement, outcome, rule, erased_ms })
}

fn kept(head: LineRow, (entry, salt, body, content): BodyRow) -> Result<KeptRecord> {
    Ok(KeptRecord {
        line: line(head)?,
        entry,
        salt: salt.try_into().map_err(|_| StoreError::Damaged("a record's salt".to_owned()))?,
        record: unpack("a record", &body, MAX_RECORD_BYTES)?,
        content: content.map(|packed| erasable(&packed)).transpose()?,
    })
}

fn erasable(packed: &[u8]) -> Result<Erasable> {
    let (salt, bytes) =
        packed.split_first_chunk().ok_or_else(|| StoreError::Damaged("a record's content".to_owned()))?;
    Ok(Erasable { bytes: unpack("a record's content", bytes, MAX_CONTENT_BYTES)?, salt: *salt })
}
