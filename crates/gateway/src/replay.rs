//! Exchanges seen lately: the same signed request is answered once.
//!
//! An identifier is kept for as long as its signature could be accepted. After a restart the guard is
//! filled from the durable records, so that stopping a gateway does not open a window.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use packhorse_model::{ExchangeId, OrganisationId};

/// A sender's number and what it sent: small, because a busy gateway remembers hundreds of thousands.
type Seen = (u32, ExchangeId);

/// Remembers exchanges for a window of time.
pub struct ReplayGuard {
    window_ms: i64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Numbers of the senders, of which there are never more than members.
    senders: HashMap<OrganisationId, u32>,
    seen: HashSet<Seen>,
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
        let seen = (inner.number(from), id);
        let is_new = inner.seen.insert(seen);
        if is_new {
            inner.order.push_back((now_ms, seen));
        }
        is_new
    }
}

impl Inner {
    fn number(&mut self, sender: &OrganisationId) -> u32 {
        if let Some(number) = self.senders.get(sender) {
            return *number;
        }
        let number = self.senders.len() as u32;
        self.senders.insert(sender.clone(), number);
        number
    }

    fn forget_before(&mut self, limit: i64) {
        while self.order.front().is_some_and(|(at, _)| *at < limit) {
            if let Some((_, seen)) = self.order.pop_front() {
                self.seen.remove(&seen);
            }
        }
        // After a busy hour its room is given back.
        let room = 1024.max(self.order.len() * 4);
        if self.order.capacity() > 2 * room {
            self.order.shrink_to(room);
            self.seen.shrink_to(room);
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

    #[test]
    fn what_is_forgotten_gives_its_room_back() {
        let guard = ReplayGuard::new(1000);
        let from = "N/C/one".parse().unwrap();
        let room = || {
            let inner = guard.inner.lock().unwrap();
            inner.order.capacity().max(inner.seen.capacity())
        };
        assert!((0..50_000).all(|_| guard.first_time(&from, ExchangeId::random(), 0)));
        assert!(room() >= 50_000);
        assert!(guard.first_time(&from, ExchangeId::random(), 1001));
        assert!(room() < 5_000, "{}", room());
    }
}
