//! How many exchanges there were, kept as small counters in the transaction that keeps the records: a figure over a
//! year never reads a record. Nothing here tells of a person.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::{Postgres, QueryBuilder};

use crate::bounds::{from_sql, to_sql};
use crate::daily_use::day;
use crate::engine::reading;
use crate::error::Result;
use crate::records::{Records, side_word};
use crate::writer::PackedRecord;

/// Most agreements that one statement names.
const AGREEMENTS: usize = 200;

/// What a record is counted by, besides its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The purpose; empty when there was none.
    pub purpose: String,
    /// The tier of our person who asked; empty when nobody of ours did.
    pub tier: String,
    /// Their department.
    pub department: String,
    /// Fields that were given.
    pub given: u64,
    /// Fields that were withheld.
    pub withheld: u64,
}

/// What counts are summed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountBy {
    /// Month, as [`month_of`] numbers them.
    Month,
    /// Our side of the exchange.
    Side,
    /// Kind of exchange.
    Kind,
    /// The organisation on the other side.
    Partner,
    /// The agreement.
    Agreement,
    /// The service.
    Service,
    /// The purpose.
    Purpose,
    /// How it ended.
    Outcome,
    /// The rule that decided, the event that was stated.
    Rule,
}

impl CountBy {
    const fn column(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Side => "side",
            Self::Kind => "kind",
            Self::Partner => "partner",
            Self::Agreement => "agreement",
            Self::Service => "service",
            Self::Purpose => "purpose",
            Self::Outcome => "outcome",
            Self::Rule => "rule",
        }
    }

    /// Whether the totals over agreements, services and purposes tell it.
    const fn is_of_totals(self) -> bool {
        !matches!(self, Self::Agreement | Self::Service | Self::Purpose)
    }
}

/// A sum of counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The values of what it was summed by, in the order asked for.
    pub of: Vec<String>,
    /// Exchanges.
    pub exchanges: u64,
    /// Fields given.
    pub given: u64,
    /// Fields withheld.
    pub withheld: u64,
}

/// Exchanges of our own people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffCount {
    /// Their tier.
    pub tier: String,
    /// Their department.
    pub department: String,
    /// Kind of exchange.
    pub kind: String,
    /// How it ended.
    pub outcome: String,
    /// How many.
    pub exchanges: u64,
}

impl Records {
    /// Exchanges of the months `from` to `to`, both included, summed by up to nine things.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn counts(&self, from: i64, to: i64, by: &[CountBy]) -> Result<Vec<Count>> {
        self.counted_under(None, (from, to), by).await
    }

    /// The same, of exchanges under one of these agreements; an empty id stands for none.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn counts_under(
        &self,
        agreements: &[&str],
        (from, to): (i64, i64),
        by: &[CountBy],
    ) -> Result<Vec<Count>> {
        let mut counts = Vec::new();
        // As many at a time as one statement takes values.
        for agreements in agreements.chunks(AGREEMENTS) {
            counts.extend(self.counted_under(Some(agreements), (from, to), by).await?);
        }
        Ok(counts)
    }

    async fn counted_under(
        &self,
        agreements: Option<&[&str]>,
        (from, to): (i64, i64),
        by: &[CountBy],
    ) -> Result<Vec<Count>> {
        let of = by.iter().map(|by| format!("CAST({} AS TEXT)", by.column())).collect::<Vec<_>>();
        let columns = of.iter().map(String::as_str).chain(["''"; 9]).take(9).collect::<Vec<_>>().join(", ");
        let group = by.iter().map(|by| by.column()).collect::<Vec<_>>().join(", ");
        let totals = agreements.is_none() && by.iter().all(|by| by.is_of_totals());
        let rows: Vec<SumRow> = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new("SELECT ");
            sql.push(columns.as_str()).push(
                ", CAST(coalesce(sum(exchanges), 0) AS BIGINT), CAST(coalesce(sum(given), 0) AS BIGINT), \
                 CAST(coalesce(sum(withheld), 0) AS BIGINT) FROM ",
            );
            sql.push(if totals { "exchange_total" } else { "exchange_count" }).push(" WHERE month >= ");
            sql.push_bind(from).push(" AND month <= ").push_bind(to);
            if let Some(agreements) = agreements {
                sql.push(" AND agreement IN (");
                let mut values = sql.separated(", ");
                for agreement in agreements {
                    values.push_bind(*agreement);
                }
                sql.push(")");
            }
            if !group.is_empty() {
                sql.push(" GROUP BY ").push(group.as_str()).push(" ORDER BY ").push(group.as_str());
            }
            sql.build_query_as().fetch_all(db).await?
        });
        rows.into_iter().map(|row| count(row, by.len())).collect()
    }

    /// Exchanges of our own people in the months `from` to `to`, both included.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn staff_counts(&self, from: i64, to: i64) -> Result<Vec<StaffCount>> {
        let rows: Vec<(String, String, String, String, i64)> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT tier, department, kind, outcome, CAST(sum(exchanges) AS BIGINT) FROM staff_count \
                 WHERE month >= $1 AND month <= $2 GROUP BY tier, department, kind, outcome \
                 ORDER BY tier, department, kind, outcome",
            )
            .bind(from)
            .bind(to)
            .fetch_all(db)
            .await?
        });
        rows.into_iter()
            .map(|(tier, department, kind, outcome, exchanges)| {
                let exchanges = from_sql("a count", exchanges)?;
                Ok(StaffCount { tier, department, kind, outcome, exchanges })
            })
            .collect()
    }
}

type SumRow = (String, String, String, String, String, String, String, String, String, i64, i64, i64);

fn count(row: SumRow, by: usize) -> Result<Count> {
    let (a, b, c, d, e, f, g, h, i, exchanges, given, withheld) = row;
    let of = [a, b, c, d, e, f, g, h, i].into_iter().take(by).collect();
    let number = |number| from_sql("a count", number);
    Ok(Count { of, exchanges: number(exchanges)?, given: number(given)?, withheld: number(withheld)? })
}

/// The month of UTC that holds a moment: year × 12 + month - 1.
#[must_use]
pub fn month_of(at_ms: i64) -> i64 {
    // The day counted in years that begin in March, so that the leap day is the last ("days from civil" turned round).
    let days = day(at_ms) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    (era * 400 + year) * 12 + from_march + 2
}

/// One counter's key.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Counter<'a> {
    month: i64,
    words: [&'a str; 8],
}

/// What a group adds to the counters. Ordered, so that processes touch the rows in one order.
pub(crate) fn counted<'a>(rows: &[&'a PackedRecord]) -> BTreeMap<Counter<'a>, [i64; 3]> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let record = &row.record;
        let agreed = |text: &'a str| if record.agreement.is_empty() { "" } else { text };
        let words = [
            side_word(record.side),
            &record.kind,
            &record.partner,
            &record.agreement,
            agreed(&record.service),
            agreed(&record.counted.purpose),
            &record.outcome,
            &record.rule,
        ];
        let sum: &mut [i64; 3] = sums.entry(Counter { month: month_of(record.at_ms), words }).or_default();
        for (sum, more) in sum.iter_mut().zip([1, record.counted.given, record.counted.withheld]) {
            *sum = sum.saturating_add(to_sql(more));
        }
    }
    sums
}

/// What a group adds to the counts of our own people.
pub(crate) fn staff<'a>(rows: &[&'a PackedRecord]) -> BTreeMap<(i64, [&'a str; 4]), i64> {
    let mut sums = BTreeMap::new();
    for record in rows.iter().map(|row| &row.record).filter(|record| !record.counted.tier.is_empty()) {
        let words = [&record.counted.tier, &record.counted.department, &record.kind, &record.outcome];
        *sums.entry((month_of(record.at_ms), words.map(String::as_str))).or_default() += 1;
    }
    sums
}

/// Adds to one counter; SQLite is given all of a group at once.
pub(crate) fn add_count(sql: &mut QueryBuilder<Postgres>, counter: &Counter<'_>, more: [i64; 3]) {
    sql.push("INSERT INTO exchange_count VALUES (");
    let mut values = sql.separated(", ");
    values.push_bind(counter.month);
    for word in counter.words {
        values.push_bind(word);
    }
    for more in more {
        values.push_bind(more);
    }
    sql.push(
        ") ON CONFLICT (month, side, kind, partner, agreement, service, purpose, outcome, rule) DO UPDATE SET \
         exchanges = exchange_count.exchanges + excluded.exchanges, given = exchange_count.given + excluded.given, \
         withheld = exchange_count.withheld + excluded.withheld",
    );
}

/// Adds the same to the counter's total over agreements, services and purposes.
pub(crate) fn add_total(sql: &mut QueryBuilder<Postgres>, counter: &Counter<'_>, more: [i64; 3]) {
    let [side, kind, partner, _, _, _, outcome, rule] = counter.words;
    sql.push("INSERT INTO exchange_total VALUES (");
    let mut values = sql.separated(", ");
    values.push_bind(counter.month);
    for word in [side, kind, partner, outcome, rule] {
        values.push_bind(word);
    }
    for more in more {
        values.push_bind(more);
    }
    sql.push(
        ") ON CONFLICT (month, side, kind, partner, outcome, rule) DO UPDATE SET \
         exchanges = exchange_total.exchanges + excluded.exchanges, given = exchange_total.given + excluded.given, \
         withheld = exchange_total.withheld + excluded.withheld",
    );
}

/// Adds to one count of our own people.
pub(crate) fn add_staff(sql: &mut QueryBuilder<Postgres>, (month, words): (i64, [&str; 4]), more: i64) {
    sql.push("INSERT INTO staff_count VALUES (");
    let mut values = sql.separated(", ");
    values.push_bind(month);
    for word in words {
        values.push_bind(word);
    }
    values.push_bind(more);
    sql.push(
        ") ON CONFLICT (month, tier, department, kind, outcome) DO UPDATE SET \
         exchanges = staff_count.exchanges + excluded.exchanges",
    );
}

#[cfg(test)]
mod tests {
    use super::month_of;

    #[test]
    fn a_moment_falls_into_its_month() {
        const DAY: i64 = 86_400_000;
        assert_eq!(month_of(0), 1970 * 12);
        assert_eq!(month_of(-1), 1969 * 12 + 11);
        // 29 February 2024, 1 March 2024, 31 December 2026, 1 January 2027.
        assert_eq!(month_of(19_782 * DAY), 2024 * 12 + 1);
        assert_eq!(month_of(19_783 * DAY), 2024 * 12 + 2);
        assert_eq!(month_of(20_818 * DAY), 2026 * 12 + 11);
        assert_eq!(month_of(20_819 * DAY), 2027 * 12);
    }
}
