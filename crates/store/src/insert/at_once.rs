//! Rows of any number that SQLite adds by one statement: they are one bound value, an array of arrays in JSON, so that the
//! statement's text is the same however many there are.

use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite};

use crate::traces::Trace;

/// What stands before the bound value, and behind it.
pub(super) type Statement = (&'static str, &'static str);

/// Of `((agreement, partner, side, day), used)`.
pub(super) const USES: Statement = (
    "; INSERT INTO daily_use (agreement, partner, side, day, used) \
     SELECT value ->> '$[0][0]', value ->> '$[0][1]', value ->> '$[0][2]', value ->> '$[0][3]', value ->> '$[1]' \
     FROM jsonb_each(",
    // SQLite takes ON for a join's without a condition before it.
    ") WHERE true ON CONFLICT (agreement, partner, side, day) DO UPDATE SET used = daily_use.used + excluded.used",
);
/// Of `({month, words}, [exchanges, given, withheld])`.
pub(super) const COUNTS: Statement = (
    "; INSERT INTO exchange_count SELECT value ->> '$[0].month', value ->> '$[0].words[0]', \
     value ->> '$[0].words[1]', value ->> '$[0].words[2]', value ->> '$[0].words[3]', value ->> '$[0].words[4]', \
     value ->> '$[0].words[5]', value ->> '$[0].words[6]', value ->> '$[0].words[7]', \
     value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]' FROM jsonb_each(",
    ") WHERE true ON CONFLICT (month, side, kind, partner, agreement, service, purpose, outcome, rule) DO UPDATE SET \
     exchanges = exchange_count.exchanges + excluded.exchanges, given = exchange_count.given + excluded.given, \
     withheld = exchange_count.withheld + excluded.withheld",
);
/// Of the same; several may add to one total.
pub(super) const TOTALS: Statement = (
    "; INSERT INTO exchange_total SELECT value ->> '$[0].month', value ->> '$[0].words[0]', \
     value ->> '$[0].words[1]', value ->> '$[0].words[2]', value ->> '$[0].words[6]', value ->> '$[0].words[7]', \
     value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]' FROM jsonb_each(",
    ") WHERE true ON CONFLICT (month, side, kind, partner, outcome, rule) DO UPDATE SET \
     exchanges = exchange_total.exchanges + excluded.exchanges, given = exchange_total.given + excluded.given, \
     withheld = exchange_total.withheld + excluded.withheld",
);
/// Of `((month, [tier, department, kind, outcome]), exchanges)`.
pub(super) const STAFF: Statement = (
    "; INSERT INTO staff_count SELECT value ->> '$[0][0]', value ->> '$[0][1][0]', value ->> '$[0][1][1]', \
     value ->> '$[0][1][2]', value ->> '$[0][1][3]', value ->> '$[1]' FROM jsonb_each(",
    ") WHERE true ON CONFLICT (month, tier, department, kind, outcome) DO UPDATE SET \
     exchanges = staff_count.exchanges + excluded.exchanges",
);
/// Of `(how far before the ledger's size, digest in hex)`.
pub(super) const TRACES: Statement = (
    "; INSERT INTO person_trace (idx, digest) \
     SELECT (SELECT size FROM ledger_head) - (value ->> '$[0]'), unhex(value ->> '$[1]') FROM jsonb_each(",
    ")",
);

/// Adds rows; nothing when there are none.
pub(super) fn add(sql: &mut QueryBuilder<Sqlite>, (before, behind): Statement, rows: &[impl Serialize]) {
    if rows.is_empty() {
        return;
    }
    // Texts, numbers and arrays of them can always be written as JSON; were it not so, SQLite would refuse the empty text.
    let json = serde_json::to_string(rows).unwrap_or_default();
    sql.push(before).push_bind(json).push(behind);
}

/// Digests as JSON has them.
pub(super) fn spelled(traces: &[Trace]) -> Vec<(i64, String)> {
    let hex = |digest: &[u8]| digest.iter().map(|byte| format!("{byte:02x}")).collect();
    traces.iter().map(|(back, digest)| (*back, hex(digest))).collect()
}
