//! How much strangers may ask of the registry, over all of them: it never works itself to death.
//!
//! Knows nothing of who asks; a limit for each address belongs to the proxy in front.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::error::{DirectoryError, Result};

/// The registry's limits.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) challenges: Rate,
    pub(super) requests: Rate,
    pub(super) entries: Rate,
    pub(super) heartbeats: Rate,
    pub(super) sign_ins: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            challenges: Rate::new("challenges", 120),
            requests: Rate::new("requests to join", 60),
            entries: Rate::new("statements", 240),
            // Of 30,000 members with two gateways each, one a minute.
            heartbeats: Rate::new("heartbeats", 60_000),
            sign_ins: Rate::new("attempts to sign in", 60),
        }
    }
}

/// So many in each minute of the clock.
#[derive(Debug)]
pub(super) struct Rate {
    what: &'static str,
    per_minute: u32,
    counted: Mutex<(i64, u32)>,
}

impl Rate {
    fn new(what: &'static str, per_minute: u32) -> Self {
        Self { what, per_minute, counted: Mutex::new((0, 0)) }
    }

    /// Counts one, or refuses it.
    pub(super) fn admit(&self, now: Timestamp) -> Result<()> {
        let minute = now.as_second().div_euclid(60);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != minute {
            *counted = (minute, 0);
        }
        if counted.1 >= self.per_minute {
            return Err(DirectoryError::Busy(self.what));
        }
        counted.1 += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_refused_when_used_up_and_granted_again_in_the_next_minute() {
        let rate = Rate::new("tests", 2);
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(rate.admit(at(60)).is_ok());
        assert!(rate.admit(at(61)).is_ok());
        assert!(rate.admit(at(119)).is_err());
        assert!(rate.admit(at(120)).is_ok());
    }
}
