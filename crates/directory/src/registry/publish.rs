//! The published head: signed by the log when it grows, confirmed by the clock every minute.
//!
//! The confirmation is what lets a reader tell a quiet directory from a frozen one.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use packhorse_ledger::{Checkpoint, Head, SignedCheckpoint};

use super::{Folded, Registry, SNAPSHOT};
use crate::anchor::log_origin;
use crate::error::{DirectoryError, Result};
use crate::snapshot::Snapshot;

/// How often the ledger is looked at for entries that another process appended.
const LOOK: Duration = Duration::from_millis(500);
/// How old a confirmation gets before it is renewed, seconds.
const CONFIRM_AFTER: i64 = 55;
/// How many entries at the most make a new snapshot worth while. In a small network each one does: whoever judges a
/// receipt offline by the snapshot wants to find the newest member in it.
const SNAPSHOT_EVERY: u64 = 256;

/// What is served now.
#[derive(Debug, Default, Clone, Copy)]
struct Standing {
    size: Option<u64>,
    confirmed: i64,
    snapshot: u64,
}

impl Registry {
    /// Publishes and confirms until `shutdown` completes. Failures are logged and tried again: readers meanwhile see
    /// the head grow old, which is the truth.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut standing = Standing::default();
        loop {
            if let Err(error) = self.publish(&mut standing, Timestamp::now()).await {
                tracing::error!(%error, "the directory could not be published, trying again");
            }
            tokio::select! {
                () = &mut shutdown => return,
                () = self.appended.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// The head to serve, signed and confirmed; nothing before the first publication of this process.
    #[must_use]
    pub fn head(&self) -> Option<Arc<Bytes>> {
        self.served.load_full()
    }

    async fn publish(&self, standing: &mut Standing, now: Timestamp) -> Result<()> {
        let size = self.store.ledger().size().await?;
        if self.publisher.latest().map_or(0, |head| head.size()) < size {
            self.publisher.publish_once(now.as_millisecond()).await?;
        }
        let head = match self.publisher.latest() {
            Some(published) => SignedCheckpoint::clone(&published.checkpoint),
            // A directory without entries has a head too: readers must be able to tell that it is empty.
            None => {
                Checkpoint::new(&log_origin(&self.network), Head::EMPTY)?.sign(&self.keys.log_signer(&self.network)?)?
            }
        };
        let size = head.checkpoint().size();
        let due = now.as_second() - standing.confirmed >= CONFIRM_AFTER;
        if standing.size == Some(size) && !due {
            return Ok(());
        }
        let checkpoint = self.confirm(head, now)?;
        self.served.store(Some(Arc::new(checkpoint.clone())));
        (standing.size, standing.confirmed) = (Some(size), now.as_second());
        if size > 0 && (standing.snapshot == 0 || size >= standing.snapshot + (size / 64).clamp(1, SNAPSHOT_EVERY)) {
            self.write_snapshot(size, checkpoint).await?;
            standing.snapshot = size;
        }
        Ok(())
    }

    fn confirm(&self, mut head: SignedCheckpoint, now: Timestamp) -> Result<Bytes> {
        let clock = self.keys.clock_signer(&self.network)?;
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let line = clock.cosign(&head, seconds)?;
        head.add_cosignature(line, clock.verifier_key())?;
        Ok(head.to_bytes().into())
    }

    /// Writes a snapshot of the directory at a published head. When the fold is ahead of the head already, the
    /// snapshot is left for a later head.
    async fn write_snapshot(&self, size: u64, checkpoint: Bytes) -> Result<()> {
        let Folded { directory, frontier } = {
            let mut folded = self.folded.lock().await;
            folded.catch_up(&self.store, size).await?;
            folded.clone()
        };
        if directory.size() != size {
            return Ok(());
        }
        let snapshot = Snapshot { directory: (*directory).clone(), frontier, checkpoint: checkpoint.to_vec() };
        let key = Arc::clone(&self.keys.sign);
        let writing = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            snapshot.write(Some(&*key), &mut bytes).map(|()| Bytes::from(bytes))
        });
        let bytes = writing.await.unwrap_or(Err(DirectoryError::Busy("tasks: one was cancelled")))?;
        Ok(self.store.objects().put(SNAPSHOT, bytes).await?)
    }
}
