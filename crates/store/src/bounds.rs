//! How large things may be, and what every text must satisfy on both engines.
//!
//! Checked before anything is queued: one stranger's odd value must not fail the group of records
//! that is committed together with it.

use crate::error::{Result, StoreError};

/// Most bytes of one short text: an id, a partner, a key.
pub const MAX_TEXT_BYTES: usize = 512;
/// Most bytes of one record as handed over.
pub const MAX_RECORD_BYTES: usize = 1 << 20;
/// Most bytes of one record's erasable part as handed over.
pub const MAX_CONTENT_BYTES: usize = 32 << 20;
/// Most bytes of one document.
pub const MAX_DOCUMENT_BYTES: usize = 16 << 20;
/// Most bytes of one ticket.
pub const MAX_TICKET_BYTES: usize = 64 << 10;
/// Most bytes of one job.
pub const MAX_JOB_BYTES: usize = 1 << 20;

/// Most bytes of one parcel's body, and of its private part.
pub const MAX_PARCEL_BODY_BYTES: usize = 16 << 20;
/// Most bytes that a parcel may say its payload has: sums of thousands still fit the databases' numbers.
pub const MAX_PARCEL_BYTES: u64 = 1 << 48;
/// Most bytes of one statement about a parcel.
pub const MAX_STATEMENT_BYTES: usize = 64 << 10;

/// Refuses a text that is too long to index or that PostgreSQL cannot store.
pub(crate) fn check_text(what: &'static str, text: &str) -> Result<()> {
    check_bytes(what, text.as_bytes(), MAX_TEXT_BYTES)?;
    if text.contains('\0') {
        return Err(StoreError::Nul(what));
    }
    Ok(())
}

/// Refuses bytes over the limit.
pub(crate) fn check_bytes(what: &'static str, bytes: &[u8], limit: usize) -> Result<()> {
    if bytes.len() > limit {
        return Err(StoreError::TooLarge { what, bytes: bytes.len() as u64, limit: limit as u64 });
    }
    Ok(())
}

/// An index or size as the databases keep it. Beyond their range there is nothing to find.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An index or size as read from a database.
pub(crate) fn from_sql(what: &str, number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| StoreError::Damaged(what.to_owned()))
}
