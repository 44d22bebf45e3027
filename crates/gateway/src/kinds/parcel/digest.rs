//! A file's digest, worked out beside whatever else is done with its content: it takes longer than sealing or opening
//! does, and must not hold them up.

use bytes::Bytes;
use packhorse_keys::Sha256;
use packhorse_model::record::encode_digest;
use tokio::task::JoinHandle;

use super::desk::{Result, stored};

/// A run that is digested sooner than a thread is found for it.
const SHORT: usize = 64 * 1024;

/// SHA-256 of a file as it comes by, at most one run behind.
#[derive(Default)]
pub(super) struct FileDigest {
    digest: Sha256,
    /// The run under way has the digest.
    under_way: Option<JoinHandle<Sha256>>,
}

impl FileDigest {
    /// Goes on with this run: waits for the one before, not for this one.
    pub(super) async fn feed(&mut self, run: Bytes) -> Result<()> {
        self.caught_up().await?;
        if run.len() <= SHORT {
            self.digest.update(&run);
            return Ok(());
        }
        let mut digest = std::mem::take(&mut self.digest);
        self.under_way = Some(tokio::task::spawn_blocking(move || {
            digest.update(&run);
            digest
        }));
        Ok(())
    }

    /// The digest of all that came, as the manifest has it.
    pub(super) async fn finish(mut self) -> Result<String> {
        self.caught_up().await?;
        Ok(encode_digest(&self.digest.finish()))
    }

    async fn caught_up(&mut self) -> Result<()> {
        if let Some(under_way) = self.under_way.take() {
            self.digest = under_way.await.map_err(|error| stored("task", error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn runs_of_any_length_give_the_digest_of_the_whole() {
        let content: Vec<u8> =
            (0..1_000_000u32).map(|number| number.to_le_bytes()[0] ^ number.to_le_bytes()[1]).collect();
        let whole = encode_digest(&packhorse_keys::sha256(&content));
        for run in [content.len(), SHORT, SHORT + 1, 333_333, 7_001] {
            let mut digest = FileDigest::default();
            for run in content.chunks(run) {
                digest.feed(Bytes::copy_from_slice(run)).await.unwrap();
            }
            assert_eq!(digest.finish().await.unwrap(), whole, "runs of {run}");
        }
        assert_eq!(FileDigest::default().finish().await.unwrap(), encode_digest(&packhorse_keys::sha256(b"")));
    }
}
