//! How often each agreement was used today, for the daily limit that an agreement may set.
//!
//! Counted in memory when a request is permitted, so that requests in flight count too, and brought up
//! to the store's durable count every second, so that a restart forgets nothing and the processes of a
//! cluster see each other. Days are UTC.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use packhorse_model::{AgreementId, OrganisationId, Side};
use packhorse_store::{Store, StoreError};

use crate::context::now_ms;

const DAY_MS: i64 = 86_400_000;

/// Agreement, consumer, side.
type Key = (String, String, Side);

#[derive(Default)]
struct Day {
    day: i64,
    used: HashMap<Key, u64>,
}

/// The day's counts.
#[derive(Default)]
pub struct Uses {
    day: Mutex<Day>,
}

impl Uses {
    /// How often a consumer has used an agreement today.
    pub(crate) fn today(&self, agreement: &AgreementId, consumer: &OrganisationId, side: Side) -> u64 {
        self.with(|used| used.get(&key(agreement, consumer, side)).copied().unwrap_or(0))
    }

    /// Counts one more use.
    pub(crate) fn one_more(&self, agreement: &AgreementId, consumer: &OrganisationId, side: Side) {
        self.with(|used| *used.entry(key(agreement, consumer, side)).or_default() += 1);
    }

    /// Takes over what the store has counted, where that is more.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn refresh(&self, own: &OrganisationId, store: &Store) -> Result<(), StoreError> {
        let mut stored: HashMap<Key, u64> = HashMap::new();
        for line in store.records().daily_uses(now_ms()).await? {
            // The consumer is the partner where we answer, and ourselves where we ask, whomever we ask.
            let consumer = match line.side {
                Side::Inbound => line.partner,
                Side::Outbound => own.to_string(),
            };
            *stored.entry((line.agreement, consumer, line.side)).or_default() += line.used;
        }
        self.with(|used| {
            for (key, count) in stored {
                let known = used.entry(key).or_default();
                *known = count.max(*known);
            }
        });
        Ok(())
    }

    fn with<T>(&self, look: impl FnOnce(&mut HashMap<Key, u64>) -> T) -> T {
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        let today = now_ms().div_euclid(DAY_MS);
        if day.day != today {
            *day = Day { day: today, used: HashMap::new() };
        }
        look(&mut day.used)
    }
}

fn key(agreement: &AgreementId, consumer: &OrganisationId, side: Side) -> Key {
    (agreement.to_string(), consumer.to_string(), side)
}
