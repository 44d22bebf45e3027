//! How often somebody may try to sign in: enough for whoever forgot, too little for whoever guesses, and never a way to
//! lock somebody else out for good.
//!
//! Three counts, each forgotten after a while without being moved by tries that were turned away: of an account from
//! one address, of an account from addresses that it never signed in from, and of an address. From where somebody
//! signed in before only the first counts for them: a stranger who fills the others does not stand in their way, and
//! recovery by mail is open to everybody.

use jiff::Timestamp;
use packhorse_store::{Store, Ticket};

use super::session::digest;
use crate::Result;

const MINUTE_MS: i64 = 60_000;
const KNOWN: &str = "known-address";
const KNOWN_MS: i64 = 90 * 24 * 60 * MINUTE_MS;

/// One count: its kind, how many tries there are, and for how long they are remembered.
struct Count {
    kind: &'static str,
    tries: i64,
    window_ms: i64,
}

const OF_BOTH: Count = Count { kind: "tries-of-account-at-address", tries: 5, window_ms: 15 * MINUTE_MS };
const OF_ACCOUNT: Count = Count { kind: "tries-of-account", tries: 20, window_ms: 60 * MINUTE_MS };
const OF_ADDRESS: Count = Count { kind: "tries-of-address", tries: 300, window_ms: 15 * MINUTE_MS };

/// Letters for one name, and from one address whatever the name: a letter box is no place to be flooded.
const LETTERS: Count = Count { kind: "letters-for-name", tries: 3, window_ms: 60 * MINUTE_MS };
const LETTERS_FROM: Count = Count { kind: "letters-from-address", tries: 30, window_ms: 60 * MINUTE_MS };

/// Counts tries to sign in.
pub(super) struct Throttle {
    store: Store,
}

/// Who tries from where.
#[derive(Clone, Copy)]
pub(super) struct Try<'a> {
    /// The name as it was written, whether or not there is such an account.
    pub(super) name: &'a str,
    /// Where from.
    pub(super) address: &'a str,
}

impl Try<'_> {
    fn both(&self) -> String {
        digest(&format!("{}\n{}", self.name.to_ascii_lowercase(), self.address))
    }

    fn counts(&self, known: bool) -> Vec<(&'static Count, String)> {
        let mut counts = vec![(&OF_BOTH, self.both())];
        if !known {
            counts.push((&OF_ACCOUNT, digest(&self.name.to_ascii_lowercase())));
            counts.push((&OF_ADDRESS, digest(self.address)));
        }
        counts
    }
}

impl Throttle {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Counts a try before it is made; the seconds to wait when there were too many.
    pub(super) async fn begin(&self, attempt: Try<'_>, now: Timestamp) -> Result<std::result::Result<(), i64>> {
        let known = self.store.tickets().get(KNOWN, &attempt.both(), now.as_millisecond()).await?.is_some();
        self.counted(&attempt.counts(known), now).await
    }

    /// Counts a letter before it is written; the seconds to wait when there were too many.
    pub(super) async fn letter(&self, attempt: Try<'_>, now: Timestamp) -> Result<std::result::Result<(), i64>> {
        let name = digest(&attempt.name.to_ascii_lowercase());
        self.counted(&[(&LETTERS, name), (&LETTERS_FROM, digest(attempt.address))], now).await
    }

    async fn counted(&self, counts: &[(&Count, String)], now: Timestamp) -> Result<std::result::Result<(), i64>> {
        let (tickets, now_ms) = (self.store.tickets(), now.as_millisecond());
        // First a look at all, because what is turned away moves none of them.
        for (count, key) in counts {
            if let Some((tries, forgotten_ms)) = tickets.counted(count.kind, key, now_ms).await?
                && tries >= count.tries
            {
                return Ok(Err(seconds_until(forgotten_ms, now_ms)));
            }
        }
        for (count, key) in counts {
            let expires_ms = now_ms + count.window_ms;
            // Of many at once each has a number of its own.
            if tickets.count(count.kind, key, now_ms, expires_ms).await? > count.tries {
                return Ok(Err(seconds_until(expires_ms, now_ms)));
            }
        }
        Ok(Ok(()))
    }

    /// Somebody has signed in: their own tries are forgotten, and from here they are known.
    pub(super) async fn succeeded(&self, attempt: Try<'_>, now: Timestamp) -> Result<()> {
        let (tickets, now_ms) = (self.store.tickets(), now.as_millisecond());
        tickets.take(OF_BOTH.kind, &attempt.both(), now_ms).await?;
        // Thousands may come from one address on a morning: what went well was no guess. Of a known one none of these
        // was counted.
        if tickets.get(KNOWN, &attempt.both(), now_ms).await?.is_none() {
            for (count, key) in attempt.counts(false).iter().skip(1) {
                tickets.uncount(count.kind, key).await?;
            }
        }
        let known = Ticket {
            kind: KNOWN.to_owned(),
            key: attempt.both(),
            owner: String::new(),
            body: Vec::new(),
            expires_ms: now_ms + KNOWN_MS,
        };
        Ok(tickets.put(&known).await?)
    }

    /// Somebody has shown otherwise who they are: whatever was counted of them is forgotten.
    pub(super) async fn forgive(&self, attempt: Try<'_>, now: Timestamp) -> Result<()> {
        let now_ms = now.as_millisecond();
        for (count, key) in attempt.counts(false).iter().take(2) {
            self.store.tickets().take(count.kind, key, now_ms).await?;
        }
        Ok(())
    }
}

fn seconds_until(moment_ms: i64, now_ms: i64) -> i64 {
    (moment_ms - now_ms).max(0) / 1000 + 1
}
