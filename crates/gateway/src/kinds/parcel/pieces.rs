//! Sealed payloads as objects: written once from front to back, read from anywhere.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use packhorse_keys::{
    CHUNK_BYTES, FileKey, NONCE_BYTES, PayloadKey, SealingKey, SealingRecipient, open_header, piece_digest,
    write_header,
};
use packhorse_model::parcel::{OBJECT_PIECES, object_bytes};
use packhorse_model::record::encode_digest;
use packhorse_store::Objects;
use tokio::task::JoinHandle;

use super::desk::{ParcelError, Result, object_path, stored};
use super::kept::Cover;
use super::staging::{blocking, joined};

/// Content of one whole object.
pub(super) const OBJECT: usize = CHUNK_BYTES * OBJECT_PIECES as usize;
/// Objects being sealed and written at once: one is sealed while another is written.
const WRITTEN_AT_ONCE: usize = 2;
/// Objects being fetched and opened at once.
const READ_AT_ONCE: usize = 2;

/// Where a payload's sealed objects lie.
#[derive(Debug, Clone)]
pub(crate) enum Whereabouts {
    /// In files below a prefix.
    Below(String),
    /// In its parcel's row: the only one.
    InRow(Bytes),
}

impl Whereabouts {
    /// Of the payload of a row's cover, if that holds it; else below a prefix.
    pub(super) fn of(cover: Option<&Cover>, prefix: String) -> Result<Self> {
        Ok(match cover.and_then(|cover| cover.payload.as_ref()) {
            Some(payload) => {
                Self::InRow(STANDARD.decode(payload).map_err(|error| stored("parcel's payload", error))?.into())
            }
            None => Self::Below(prefix),
        })
    }

    /// One object, of at most `limit` bytes.
    pub(super) async fn object(&self, objects: &Objects, index: u64, limit: u64) -> Result<Bytes> {
        match self {
            Self::InRow(only) if index == 0 => Ok(only.clone()),
            Self::InRow(_) => Err(ParcelError::Gone),
            Self::Below(prefix) => objects.get(&object_path(prefix, index), limit).await?.ok_or(ParcelError::Gone),
        }
    }
}

/// A payload's key with what stands before its pieces.
pub(super) struct Seal {
    file_key: FileKey,
    nonce: [u8; NONCE_BYTES],
    key: Arc<PayloadKey>,
}

impl Seal {
    /// A new one.
    pub(super) fn new() -> Result<Self> {
        Self::of(FileKey::generate()?, PayloadKey::generate_nonce()?)
    }

    fn of(file_key: FileKey, nonce: [u8; NONCE_BYTES]) -> Result<Self> {
        let key = Arc::new(PayloadKey::new(&file_key, &nonce)?);
        Ok(Self { file_key, nonce, key })
    }

    /// Reads what [`Seal::to`] wrote, by any of our keys.
    pub(super) fn open(keys: &[SealingKey], header: &[u8]) -> Result<Self> {
        let (file_key, length) = open_header(keys, header)?;
        let nonce = header[length..].try_into().map_err(|_| packhorse_keys::KeyError::CannotOpen)?;
        Self::of(file_key, nonce)
    }

    /// Header and nonce for these recipients: what stands before the pieces in an age file. The pieces stay as they
    /// are, whoever they are sealed to.
    pub(super) fn to(&self, recipients: &[SealingRecipient]) -> Result<Vec<u8>> {
        let mut header = write_header(recipients, &self.file_key)?;
        header.extend_from_slice(&self.nonce);
        Ok(header)
    }

    pub(super) fn key(&self) -> Arc<PayloadKey> {
        Arc::clone(&self.key)
    }
}

/// Reads a header out of a row.
pub(super) fn header_of(text: &str) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|error| stored("seal's header", error))
}

/// Writes a payload from front to back, but its first object last: what stands in front tells of what comes behind.
pub(super) struct Writer<'a> {
    objects: &'a Objects,
    prefix: String,
    key: Arc<PayloadKey>,
    buffer: Vec<u8>,
    next: u64,
    first: Option<Vec<u8>>,
    digests: Vec<String>,
    under_way: std::collections::VecDeque<JoinHandle<Result<String>>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(objects: &'a Objects, prefix: String, seal: &Seal) -> Self {
        let (buffer, digests) = (Vec::with_capacity(CHUNK_BYTES), Vec::new());
        Self { objects, prefix, key: seal.key(), buffer, next: 0, first: None, digests, under_way: Default::default() }
    }

    pub(super) async fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            // A full object is written when more follows: only the last piece of all is sealed as the last.
            if self.buffer.len() == OBJECT {
                self.seal(false).await?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(OBJECT - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Writes the last object, and the first with these bytes in front; the digests of all.
    pub(super) async fn finish(mut self, front: &[u8]) -> Result<Vec<String>> {
        if self.next > 0 {
            self.seal(true).await?;
        }
        let is_only = self.first.is_none();
        let mut first = self.first.take().unwrap_or_else(|| std::mem::take(&mut self.buffer));
        first
            .get_mut(..front.len())
            .ok_or_else(|| stored("archive", "it ends before its front"))?
            .copy_from_slice(front);
        let first = self.put(0, is_only, first);
        while let Some(one) = self.under_way.pop_front() {
            self.digests.push(joined(one).await?);
        }
        self.digests.insert(0, joined(first).await?);
        Ok(self.digests)
    }

    /// Gives it up: nothing is written any more when this returns.
    pub(super) async fn give_up(self) {
        for one in self.under_way {
            let _ = one.await;
        }
    }

    async fn seal(&mut self, last: bool) -> Result<()> {
        let (content, index) = (std::mem::take(&mut self.buffer), self.next);
        self.next += 1;
        if index == 0 {
            self.first = Some(content);
            return Ok(());
        }
        if self.under_way.len() >= WRITTEN_AT_ONCE
            && let Some(first) = self.under_way.pop_front()
        {
            self.digests.push(joined(first).await?);
        }
        let task = self.put(index, last, content);
        self.under_way.push_back(task);
        Ok(())
    }

    fn put(&self, index: u64, last: bool, content: Vec<u8>) -> JoinHandle<Result<String>> {
        let (key, objects, path) = (Arc::clone(&self.key), self.objects.clone(), object_path(&self.prefix, index));
        tokio::spawn(async move {
            let (sealed, digest) = blocking(move || {
                let mut sealed = Vec::with_capacity(content.len() + 16 * OBJECT_PIECES as usize);
                key.seal_chunks(index * OBJECT_PIECES, last, &content, &mut sealed)?;
                let digest = encode_digest(&piece_digest(&sealed));
                Ok((sealed, digest))
            })
            .await?;
            objects.put(&path, sealed.into()).await?;
            Ok(digest)
        })
    }
}

/// Reads content of a payload of `size` bytes from `from` up to but not at `to`, opened, object by object.
pub(super) fn read(
    objects: &Objects,
    lies: Whereabouts,
    key: Arc<PayloadKey>,
    size: u64,
    from: u64,
    to: u64,
) -> impl Stream<Item = Result<Bytes>> + use<> {
    let prefix = match lies {
        Whereabouts::InRow(only) => {
            let opened = open_only(&only, &key, size).map(|content| content.slice(within(from, to, content.len())));
            return stream::once(std::future::ready(opened)).left_stream();
        }
        Whereabouts::Below(prefix) => prefix,
    };
    let objects = objects.clone();
    let whole = OBJECT as u64;
    let indexes = if from >= to { 0..0 } else { from / whole..to.div_ceil(whole) };
    let pieces = stream::iter(indexes)
        .map(move |index| {
            let (objects, path, key) = (objects.clone(), object_path(&prefix, index), Arc::clone(&key));
            // A task, so that it goes on while the one before is given away.
            tokio::spawn(async move {
                let sealed = objects.get(&path, object_bytes(size, index)).await?.ok_or(ParcelError::Gone)?;
                let content = open(sealed, key, size, index).await?;
                Ok(content.slice(within(from.saturating_sub(index * whole), to - index * whole, content.len())))
            })
        })
        .map(joined);
    pieces.buffered(READ_AT_ONCE).right_stream()
}

fn within(from: u64, to: u64, length: usize) -> std::ops::Range<usize> {
    let bounded = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(length);
    bounded(from).min(bounded(to))..bounded(to)
}

/// Opens the only object of a small payload: sooner than a thread is found for it.
pub(super) fn open_only(sealed: &[u8], key: &PayloadKey, size: u64) -> Result<Bytes> {
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(sealed.len()));
    key.open_chunks(0, true, sealed, &mut content)?;
    Ok(content.into())
}

/// Opens sealed objects that come from the first to the last.
pub(super) fn opened(
    sealed: impl Stream<Item = Bytes>,
    key: Arc<PayloadKey>,
    size: u64,
) -> impl Stream<Item = Result<Bytes>> {
    let opened = sealed.enumerate().map(move |(index, sealed)| {
        let key = Arc::clone(&key);
        tokio::spawn(async move { open(sealed, key, size, index as u64).await })
    });
    opened.map(joined).buffered(READ_AT_ONCE)
}

async fn open(sealed: Bytes, key: Arc<PayloadKey>, size: u64, index: u64) -> Result<Bytes> {
    let last = object_bytes(size, index + 1) == 0;
    blocking(move || {
        let mut content = Vec::with_capacity(sealed.len());
        key.open_chunks(index * OBJECT_PIECES, last, &sealed, &mut content)?;
        Ok(content.into())
    })
    .await
}
