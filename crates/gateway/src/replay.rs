//! Exchanges seen lately: the same signed request is answered once.
//!
//! An identifier is kept for as long as its signature could be accepted. After a restart the guard is
//! filled from the durable records, so that stopping a gateway does not open a window.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use packhorse_model::{ExchangeId, OrganisationId};

type Seen = (OrganisationId, ExchangeId);

/// Remembers exchanges for a window of time.
pub struct ReplayGuard {
    window_ms: i64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    seen: HashMap<Seen, i64>,
    order: VecDeque<(i64, Seen)>,
}

impl ReplayGuard {
    /// A guard over `window_ms` milliseconds: signature age plus tolerated clock difference.
    #[must_use]
    pub fn new(window_ms: i64) -> Self {
        Self { window_ms, inner: Mutex::default() }
    }

    /// Notes an exchange; false when it was seen before within the window.
    #[must_use]
    pub fn first_time(&self, from: &OrganisationId, id: ExchangeId, now_ms: i64) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.forget_before(now_ms - self.window_ms);
        let seen = (from.clone(), id);
        if inner.seen.contains_key(&seen) {
            return false;
        }
        inner.seen.insert(seen.clone(), now_ms);
        inner.order.push_back((now_ms, seen));
        true
    }
}

impl Inner {
    fn forget_before(&mut self, limit: i64) {
        while self.order.front().is_some_and(|(at, _)| *at < limit) {
            if let Some((_, seen)) = self.order.pop_front() {
                self.seen.remove(&seen);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_is_new_once_per_window_and_sender() {
        let guard = ReplayGuard::new(1000);
        let (one, two) = ("N/C/one".parse().unwrap(), "N/C/two".parse().unwrap());
        let id = ExchangeId::random();
        assert!(guard.first_time(&one, id, 0));
        assert!(!guard.first_time(&one, id, 1000));
        assert!(guard.first_time(&two, id, 1000), "another sender's identifier is another exchange");
        assert!(guard.first_time(&one, id, 2001), "outside the window the signature's age refuses it");
    }
}
