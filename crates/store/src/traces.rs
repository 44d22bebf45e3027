//! Which records are about a person: digests under a key that the store does not have, so that whoever reads the
//! database finds nobody in it. They go when the record's content goes.

use std::collections::BTreeSet;

use sqlx::{Postgres, QueryBuilder};

use crate::bounds::to_sql;
use crate::engine::reading;
use crate::error::Result;
use crate::records::{LINE, LineRow, RecordLine, Records, line};
use crate::writer::PackedRecord;

/// The keyed digest of an identifier of a person.
pub type PersonDigest = [u8; 16];

/// Most digests of one record.
pub const MAX_PEOPLE: usize = 100;
/// Rows of one statement: two values each stay far below SQLite's 32,766.
const ROWS: usize = 4096;
/// Most lines that one search gives.
const MAX_LINES: u32 = 1000;

impl Records {
    /// The records that bear any of these digests, the newest first, before an index.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn about(
        &self,
        people: &[PersonDigest],
        before_index: Option<u64>,
        limit: u32,
    ) -> Result<Vec<RecordLine>> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<LineRow> = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new(LINE);
            sql.push("idx < ").push_bind(before_index.map_or(i64::MAX, to_sql));
            sql.push(" AND idx IN (SELECT idx FROM person_trace WHERE digest IN (");
            let mut values = sql.separated(", ");
            for digest in people.iter().take(MAX_PEOPLE) {
                values.push_bind(digest.as_slice());
            }
            sql.push(")) ORDER BY idx DESC LIMIT ").push_bind(i64::from(limit.clamp(1, MAX_LINES)));
            sql.build_query_as().fetch_all(db).await?
        });
        rows.into_iter().map(line).collect()
    }
}

/// How far a record's index lies before the ledger's new size, and a digest that it bears.
pub(crate) type Trace = (i64, PersonDigest);

/// The digests of a group, in the statements' portions.
pub(crate) fn traces(rows: &[&PackedRecord]) -> Vec<Vec<Trace>> {
    let back = (1..=to_sql(rows.len() as u64)).rev();
    let all: Vec<Trace> = back
        .zip(rows)
        .flat_map(|(back, row)| {
            let people: BTreeSet<PersonDigest> = row.record.people.iter().take(MAX_PEOPLE).copied().collect();
            people.into_iter().map(move |digest| (back, digest))
        })
        .collect();
    all.chunks(ROWS).map(<[Trace]>::to_vec).collect()
}

/// Inserts one portion.
pub(crate) fn add_traces(sql: &mut QueryBuilder<Postgres>, index: &str, traces: &[Trace]) {
    sql.push("INSERT INTO person_trace (idx, digest) ");
    sql.push_values(traces, |mut values, (back, digest)| {
        values.push(index).push_bind_unseparated(*back).push_bind(digest.to_vec());
    });
}
