//! How much of agreements' daily allowances was used, counted in the transaction that kept the records.

use crate::bounds::from_sql;
use crate::engine::reading;
use crate::error::Result;
use crate::records::{Records, Side, read_side};

/// Milliseconds of a UTC day.
const DAY_MS: i64 = 86_400_000;

/// How much one partner's exchanges used of an agreement's daily allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyUse {
    /// The agreement.
    pub agreement: String,
    /// The organisation on the other side.
    pub partner: String,
    /// The side that we stood on.
    pub side: Side,
    /// How much.
    pub used: u64,
}

impl Records {
    /// How much of each agreement's allowance was used on the UTC day that holds `at_ms`, by agreement,
    /// partner and side.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn daily_uses(&self, at_ms: i64) -> Result<Vec<DailyUse>> {
        let rows: Vec<(String, String, String, i64)> = reading!(self.store, |db| {
            sqlx::query_as("SELECT agreement, partner, side, used FROM daily_use WHERE day = $1")
                .bind(day(at_ms))
                .fetch_all(db)
                .await?
        });
        rows.into_iter()
            .map(|(agreement, partner, side, used)| {
                let used = from_sql("a daily count", used)?;
                Ok(DailyUse { agreement, partner, side: read_side(&side)?, used })
            })
            .collect()
    }
}

/// The UTC day that holds a moment, counted from 1970-01-01.
pub(crate) fn day(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS)
}
