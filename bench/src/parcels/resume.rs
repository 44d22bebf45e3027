//! The power of a gateway fails while half of a parcel has arrived: how soon it goes on once the gateway is up again,
//! and how much is carried twice.

use std::collections::HashMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::content::Content;
use super::native::{self, PIECE, until};
use crate::Result;
use crate::network::{Mailboxes, Network, Side};

/// How long the power is away.
const DARK: Duration = Duration::from_secs(1);

/// What came of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Resumed {
    /// Seconds from the gateway's being ready to the first new piece.
    pub(crate) seconds: f64,
    /// Bytes of pieces that had arrived and came again.
    pub(crate) twice: u64,
    /// Bytes of pieces that were under way and were lost.
    pub(crate) lost: u64,
}

/// Sends a parcel, and lets one gateway fall at its half.
pub(crate) fn fall(network: &mut Network, mailboxes: &Mailboxes, size: u64, side: Side) -> Result<Resumed> {
    let content = Content::new(size);
    let parcel = native::open(mailboxes, size)?;
    native::upload(&mailboxes.sender, &parcel, &content)?;
    native::send(&mailboxes.sender, &parcel)?;
    let pieces = network.pieces(&parcel);
    let half = size.div_ceil(PIECE) / 2;
    until("half of it has arrived", || Ok(native::count(&pieces) >= half))?;
    network.fail(side)?;
    // What the other gateway still finishes is not of the time after.
    thread::sleep(DARK);
    let before = written(&pieces)?;
    let lost = unfinished(&pieces)?;
    network.rise(side)?;
    let begin = Instant::now();
    until("a new piece has arrived", || Ok(native::count(&pieces) > before.len() as u64))?;
    let seconds = begin.elapsed().as_secs_f64();
    until("it is listed", || Ok(native::is_listed(mailboxes, &parcel)))?;
    let after = written(&pieces)?;
    let again = before.iter().filter(|(name, at)| after.get(*name).is_some_and(|after| after > at)).count();
    native::fetch(&mailboxes.recipient, &parcel, &content)?;
    native::finish(mailboxes, &parcel)?;
    Ok(Resumed { seconds, twice: again as u64 * PIECE, lost })
}

/// When each whole piece was written.
fn written(folder: &Path) -> Result<HashMap<String, SystemTime>> {
    native::files(folder)
        .filter(|(_, whole)| *whole)
        .map(|(file, _)| Ok((file.file_name().to_string_lossy().into_owned(), file.metadata()?.modified()?)))
        .collect()
}

/// Bytes in files that were never finished.
fn unfinished(folder: &Path) -> Result<u64> {
    native::files(folder).filter(|(_, whole)| !whole).map(|(file, _)| Ok(file.metadata()?.len())).sum()
}
