//! The directory's head as a reader judges it: signed by the log, and confirmed by the clock.
//!
//! Looks at one head at a time; whether it continues the known one is the client's question.

use jiff::{SignedDuration, Timestamp};
use packhorse_ledger::{Hash, SignedCheckpoint};

use crate::anchor::{Anchor, log_origin};
use crate::error::HeadRefusal;

/// How far ahead of our clock a head may be dated: clocks differ.
const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(2);

/// A head of the directory with both its signatures verified.
#[derive(Debug, Clone)]
pub struct DirectoryHead {
    signed: SignedCheckpoint,
    confirmed: Timestamp,
}

impl DirectoryHead {
    /// Opens a head that the anchor's log key signed and its clock key cosigned.
    ///
    /// # Errors
    /// [`HeadRefusal::BadlySigned`] and [`HeadRefusal::OtherOrigin`].
    pub fn open(bytes: &[u8], anchor: &Anchor) -> Result<Self, HeadRefusal> {
        let bad = |why: String| HeadRefusal::BadlySigned(why);
        let keys = [anchor.log.clone(), anchor.clock.clone()];
        let signed = SignedCheckpoint::open(bytes, &keys).map_err(|error| bad(error.to_string()))?;
        if signed.checkpoint().origin() != log_origin(&anchor.network) {
            return Err(HeadRefusal::OtherOrigin);
        }
        let seconds = signed.cosigned_at(&anchor.clock).and_then(|seconds| i64::try_from(seconds).ok());
        let seconds = seconds.ok_or_else(|| bad("the clock's cosignature is missing".to_owned()))?;
        let confirmed = Timestamp::from_second(seconds).map_err(|_| bad("its date is out of range".to_owned()))?;
        Ok(Self { signed, confirmed })
    }

    /// Refuses a head that was confirmed too long ago, or in the future.
    ///
    /// # Errors
    /// [`HeadRefusal::Stale`] and [`HeadRefusal::Future`].
    pub fn check_date(&self, now: Timestamp, max_age: SignedDuration) -> Result<(), HeadRefusal> {
        let age = now.duration_since(self.confirmed);
        if age > max_age {
            return Err(HeadRefusal::Stale { confirmed: self.confirmed });
        }
        if -age > MAX_AHEAD {
            return Err(HeadRefusal::Future { ahead: -age });
        }
        Ok(())
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.signed.checkpoint().size()
    }

    /// Root hash.
    #[must_use]
    pub fn root(&self) -> &Hash {
        self.signed.checkpoint().root()
    }

    /// When the registry last confirmed it.
    #[must_use]
    pub fn confirmed(&self) -> Timestamp {
        self.confirmed
    }

    /// The head as it was served.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.to_bytes()
    }
}
