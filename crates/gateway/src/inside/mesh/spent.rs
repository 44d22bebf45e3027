//! Tokens that were used, for as long as they would be good: each is for one request.
//!
//! The same request again is a retry of a client that did not hear our answer, and passes for a while; another
//! request with the same token is a stranger's. Kept by mailbox, so that who makes tokens without end harms itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use packhorse_keys::sha256;

/// How far a token's moment may be from ours, minutes.
pub(super) const WINDOW_MINUTES: i64 = 120;
/// How long the same request may be sent again: a client waits ten minutes for an answer and tries four times.
const RETRY: Duration = Duration::from_secs(45 * 60);
/// Most tokens kept for one mailbox: beyond, the oldest minute goes, and its tokens are good no more.
const LIMIT: usize = 500_000;

/// What is remembered of every mailbox's tokens.
#[derive(Default)]
pub(super) struct Spent(Mutex<HashMap<String, Tokens>>);

#[derive(Default)]
struct Tokens {
    by_minute: BTreeMap<i64, HashMap<[u8; 32], Use>>,
    count: usize,
    /// Tokens of this minute and before are not remembered.
    forgotten: Option<i64>,
}

struct Use {
    request: [u8; 32],
    at: Instant,
}

/// Which of one mailbox's tokens is meant: the minute it was made, counted from 1970, and its hash.
#[derive(Debug, Clone, Copy)]
pub(super) struct Which {
    pub(super) minute: i64,
    pub(super) hash: [u8; 32],
}

/// Whether a token was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    First,
    /// For the very same request.
    Again,
}

impl Spent {
    /// Notes the use of a token for a request, its method and address. None when it is not good for it.
    pub(super) fn note(&self, mailbox: &str, which: Which, request: &str, now_minute: i64) -> Option<Seen> {
        let request = sha256(request.as_bytes());
        let mut mailboxes = self.lock();
        let tokens = mailboxes.entry(mailbox.to_owned()).or_default();
        tokens.drop_before(now_minute - WINDOW_MINUTES);
        if tokens.forgotten.is_some_and(|minute| which.minute <= minute) {
            return None;
        }
        if let Some(used) = tokens.by_minute.get(&which.minute).and_then(|minute| minute.get(&which.hash)) {
            return (used.request == request && used.at.elapsed() < RETRY).then_some(Seen::Again);
        }
        let used = Use { request, at: Instant::now() };
        tokens.by_minute.entry(which.minute).or_default().insert(which.hash, used);
        tokens.count += 1;
        tokens.keep_within(LIMIT);
        Some(Seen::First)
    }

    /// As if a token had not been used: what it was used for did not happen.
    pub(super) fn forget(&self, mailbox: &str, which: Which) {
        let mut mailboxes = self.lock();
        let Some(tokens) = mailboxes.get_mut(mailbox) else { return };
        if tokens.by_minute.get_mut(&which.minute).is_some_and(|minute| minute.remove(&which.hash).is_some()) {
            tokens.count -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Tokens>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tokens {
    /// What is too old to be shown again need not be remembered.
    fn drop_before(&mut self, minute: i64) {
        while let Some(first) = self.by_minute.first_entry().filter(|first| *first.key() < minute) {
            self.count -= first.remove().len();
        }
    }

    fn keep_within(&mut self, limit: usize) {
        while self.count > limit
            && let Some((minute, tokens)) = self.by_minute.pop_first()
        {
            self.count -= tokens.len();
            self.forgotten = Some(minute);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn which(minute: i64, byte: u8) -> Which {
        Which { minute, hash: [byte; 32] }
    }

    #[test]
    fn a_token_is_for_one_request_and_its_retries() {
        let spent = Spent::default();
        assert_eq!(spent.note("A", which(1000, 1), "GET /inbox", 1000), Some(Seen::First));
        assert_eq!(spent.note("A", which(1000, 1), "GET /inbox", 1001), Some(Seen::Again));
        assert_eq!(spent.note("A", which(1000, 1), "POST /inbox", 1001), None);
        assert_eq!(spent.note("A", which(1000, 2), "POST /inbox", 1001), Some(Seen::First));
        assert_eq!(spent.note("B", which(1000, 1), "POST /inbox", 1001), Some(Seen::First));
        spent.forget("A", which(1000, 1));
        assert_eq!(spent.note("A", which(1000, 1), "POST /inbox", 1001), Some(Seen::First));
    }

    #[test]
    fn what_cannot_be_shown_again_is_dropped_and_too_many_are_never_taken_for_new() {
        let spent = Spent::default();
        spent.note("A", which(1000, 1), "GET /", 1000);
        spent.note("A", which(1130, 2), "GET /", 1130);
        let mut mailboxes = spent.lock();
        let tokens = mailboxes.get_mut("A").unwrap();
        assert_eq!(tokens.count, 1);
        tokens.keep_within(0);
        drop(mailboxes);
        assert_eq!(spent.note("A", which(1130, 2), "GET /", 1130), None);
        assert_eq!(spent.note("A", which(1131, 3), "GET /", 1131), Some(Seen::First));
    }
}
