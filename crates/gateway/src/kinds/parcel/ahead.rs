//! Opened ahead: while the pieces of a large parcel arrive they are opened and held against the manifest already, so that
//! little is left to do when all are here.
//!
//! Only what is well is taken from here. Whatever goes wrong on the way (a piece out of turn for long, another process
//! that takes some of them, a flaw), the parcel is opened from what is stored, as if nobody had looked before.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use packhorse_keys::SealingKey;
use packhorse_model::ExchangeId;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::open::{Arrival, Flaw, Opened, open};
use super::pieces;

/// Parcels that are opened ahead at once: each holds a few pieces in memory.
const AT_ONCE: usize = 2;
/// Pieces that may wait for one before them.
const EARLY: usize = 4;
/// One that stands still for so long gives its place to another.
const STANDS_STILL: Duration = Duration::from_secs(5);

/// The parcels that are being opened while they arrive.
#[derive(Default)]
pub(super) struct Ahead(Mutex<HashMap<ExchangeId, Opening>>);

struct Opening {
    pieces: Arc<tokio::sync::Mutex<Pieces>>,
    ended: JoinHandle<Result<Opened, Flaw>>,
    moved: Instant,
}

/// Pieces on their way, in order.
struct Pieces {
    next: u32,
    early: BTreeMap<u32, Bytes>,
    /// None: they were given up, or all have come.
    to: Option<mpsc::Sender<Bytes>>,
}

impl Ahead {
    /// Begins with a parcel of which no piece has come, if there is room.
    pub(super) fn begin(&self, keys: Arc<Vec<SealingKey>>, arrival: Arrival) {
        let mut openings = self.openings();
        if openings.len() >= AT_ONCE {
            openings.retain(|_, opening| opening.moved.elapsed() < STANDS_STILL);
        }
        if openings.len() >= AT_ONCE {
            return;
        }
        let (to, mut from) = mpsc::channel(1);
        let parcel = arrival.parcel;
        let ended = tokio::spawn(async move {
            let sealed = futures_util::stream::poll_fn(move |task| from.poll_recv(task));
            open(&arrival, &keys, None, |key, size| pieces::opened(sealed, key, size)).await
        });
        let pieces = Arc::new(tokio::sync::Mutex::new(Pieces { next: 0, early: BTreeMap::new(), to: Some(to) }));
        openings.insert(parcel, Opening { pieces, ended, moved: Instant::now() });
    }

    /// A piece has come, and is the one that was offered. Waits while the ones before it are being opened: who sends
    /// faster than that must not fill our memory.
    pub(super) async fn piece(&self, parcel: ExchangeId, index: u32, sealed: Bytes) {
        let pieces = match self.openings().get_mut(&parcel) {
            Some(opening) => {
                opening.moved = Instant::now();
                Arc::clone(&opening.pieces)
            }
            None => return,
        };
        if !pieces.lock().await.pass_on(index, sealed).await {
            self.forget(parcel);
        }
    }

    /// What was found, when all went well.
    pub(super) async fn finish(&self, parcel: ExchangeId) -> Option<Opened> {
        let Opening { pieces, ended, .. } = self.openings().remove(&parcel)?;
        pieces.lock().await.to = None;
        ended.await.ok()?.ok()
    }

    /// The parcel is not to be opened ahead any more: nothing comes, and the task ends.
    pub(super) fn forget(&self, parcel: ExchangeId) {
        self.openings().remove(&parcel);
    }

    fn openings(&self) -> MutexGuard<'_, HashMap<ExchangeId, Opening>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pieces {
    /// Hands on what can go on; whether there is still hope.
    async fn pass_on(&mut self, index: u32, sealed: Bytes) -> bool {
        // One that came before came again.
        if index >= self.next {
            self.early.insert(index, sealed);
        }
        let Some(to) = &self.to else { return false };
        while let Some(sealed) = self.early.get(&self.next) {
            // Taken off when it is sent, and not before: who is given up while waiting has lost no piece.
            let Ok(place) = to.reserve().await else { return false };
            place.send(sealed.clone());
            self.early.remove(&self.next);
            self.next += 1;
        }
        self.early.len() <= EARLY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(room: usize) -> (Pieces, mpsc::Receiver<Bytes>) {
        let (to, from) = mpsc::channel(room);
        (Pieces { next: 0, early: BTreeMap::new(), to: Some(to) }, from)
    }

    fn piece(index: u32) -> Bytes {
        Bytes::copy_from_slice(&index.to_be_bytes())
    }

    #[tokio::test]
    async fn pieces_that_come_in_any_order_and_again_go_on_in_order_and_once() {
        let (mut pieces, mut from) = pieces(8);
        for index in [2, 0, 0, 3, 1, 2, 4] {
            assert!(pieces.pass_on(index, piece(index)).await);
        }
        pieces.to = None;
        let mut came = Vec::new();
        while let Some(sealed) = from.recv().await {
            came.push(sealed);
        }
        assert_eq!(came, (0..5).map(piece).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_parcel_is_given_up_when_too_many_pieces_wait_for_one_or_nobody_opens_them() {
        let (mut waiting, _from) = pieces(8);
        for index in 1..=EARLY as u32 {
            assert!(waiting.pass_on(index, piece(index)).await);
        }
        assert!(!waiting.pass_on(EARLY as u32 + 1, piece(0)).await, "memory is bounded");
        let (mut unread, from) = pieces(8);
        drop(from);
        assert!(!unread.pass_on(0, piece(0)).await);
    }

    #[tokio::test]
    async fn whoever_goes_away_while_a_piece_waits_has_lost_none() {
        let (mut pieces, mut from) = pieces(1);
        assert!(pieces.pass_on(0, piece(0)).await);
        let waits = tokio::time::timeout(Duration::from_millis(20), pieces.pass_on(1, piece(1)));
        assert!(waits.await.is_err(), "the one before has not been opened");
        let received = async { [from.recv().await, from.recv().await, from.recv().await] };
        let (hope, came) = tokio::join!(pieces.pass_on(2, piece(2)), received);
        assert!(hope);
        assert_eq!(came, [0, 1, 2].map(|index| Some(piece(index))));
    }
}
