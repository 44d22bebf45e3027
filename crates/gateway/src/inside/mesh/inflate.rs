//! Unpacking on the way in: a chunk that came packed with gzip is kept as what it says.
//!
//! Little by little, so that a small body that unpacks to a giant is noticed by whoever counts what comes out.

use std::io::Write as _;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures_util::{Stream, StreamExt as _, stream};

/// Bytes unpacked at once: of each at most about a thousand come out.
const STEP: usize = 8 * 1024;

/// The body broke off, is longer than it may be, or is not gzip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// Where unpacking stands.
struct Unpacking<S> {
    packed: S,
    /// What came and is not unpacked yet.
    rest: Bytes,
    /// Bytes that may still come: packed nothing is something, and could go on for ever.
    left: u64,
    decoder: MultiGzDecoder<Vec<u8>>,
    ended: bool,
}

/// What a stream of gzip of at most `limit` bytes says (RFC 1952), one member after another; an error when it breaks off
/// within one.
pub(super) fn inflate<S, E>(packed: S, limit: u64) -> impl Stream<Item = Result<Bytes, Broken>>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let begun =
        Unpacking { packed, rest: Bytes::new(), left: limit, decoder: MultiGzDecoder::new(Vec::new()), ended: false };
    stream::try_unfold(begun, async |mut unpacking| Ok(unpacking.next().await?.map(|bytes| (bytes, unpacking))))
}

impl<S, E> Unpacking<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        while !self.ended {
            if self.rest.is_empty() {
                match self.packed.next().await {
                    Some(bytes) => {
                        self.rest = bytes.map_err(|_| Broken)?;
                        self.left = self.left.checked_sub(self.rest.len() as u64).ok_or(Broken)?;
                    }
                    None => {
                        self.ended = true;
                        self.decoder.try_finish().map_err(|_| Broken)?;
                    }
                }
            } else {
                let step = self.rest.split_to(self.rest.len().min(STEP));
                self.decoder.write_all(&step).and_then(|()| self.decoder.flush()).map_err(|_| Broken)?;
            }
            let out = std::mem::take(self.decoder.get_mut());
            if !out.is_empty() {
                return Ok(Some(out.into()));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const LIMIT: u64 = 1 << 20;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    async fn unpacked(bytes: &[u8], piece: usize) -> Result<Vec<u8>, Broken> {
        let pieces: Vec<Result<Bytes, Broken>> =
            bytes.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let mut all = Vec::new();
        let mut stream = std::pin::pin!(inflate(stream::iter(pieces), LIMIT));
        while let Some(bytes) = stream.next().await {
            all.extend_from_slice(&bytes?);
        }
        Ok(all)
    }

    #[tokio::test]
    async fn what_was_packed_comes_out_however_it_is_cut() {
        let content: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
        for piece in [1000, 8192, 1 << 20] {
            assert_eq!(unpacked(&packed(&content), piece).await.as_ref(), Ok(&content));
        }
        let two = [packed(b"one "), packed(b"two")].concat();
        assert_eq!(unpacked(&two, 7).await, Ok(b"one two".to_vec()));
        assert_eq!(unpacked(&packed(b""), 5).await, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn what_breaks_off_or_is_no_gzip_is_an_error() {
        let whole = packed(&[7; 100_000]);
        for broken in [&whole[..whole.len() - 1], &whole[..20], &[], b"plain text, not packed at all"] {
            assert_eq!(unpacked(broken, 4096).await, Err(Broken), "{} bytes", broken.len());
        }
    }

    #[tokio::test]
    async fn packed_nothing_without_end_is_cut_off() {
        let nothing = Bytes::from(packed(b""));
        let endless = stream::repeat_with(|| Ok::<_, Broken>(nothing.clone()));
        let mut stream = std::pin::pin!(inflate(endless, LIMIT));
        assert_eq!(stream.next().await, Some(Err(Broken)));
    }

    #[tokio::test]
    async fn a_giant_comes_in_steps_that_can_be_counted() {
        let bomb = packed(&vec![0; 32 << 20]);
        let mut stream = std::pin::pin!(inflate(stream::iter([Ok::<_, Broken>(Bytes::from(bomb))]), LIMIT));
        let first = stream.next().await.unwrap().unwrap();
        assert!(first.len() <= 1100 * STEP, "{}", first.len());
    }
}
