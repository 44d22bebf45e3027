//! A file being fetched: read in order or not, opened object by object, never all at once.

use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::context::Context;
use crate::kinds::parcel::ParcelError;
use crate::kinds::parcel::content::Payload;

/// Bytes opened ahead of the reader.
const AHEAD: u64 = 4 * 1024 * 1024;

/// A file that can be read.
pub(super) struct Fetch {
    payload: Payload,
    file: usize,
    size: u64,
    /// What is at hand, and where it begins.
    window: (u64, Bytes),
}

impl Fetch {
    pub(super) fn new(payload: Payload, file: usize) -> Result<Self, ParcelError> {
        let size = payload.size_of(file).ok_or(ParcelError::Missing)?;
        Ok(Self { payload, file, size, window: (0, Bytes::new()) })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// At most `length` bytes from `offset` on; none at the end.
    pub(super) async fn read(&mut self, context: &Context, offset: u64, length: u32) -> Result<Bytes, ParcelError> {
        if offset >= self.size {
            return Ok(Bytes::new());
        }
        let (begin, bytes) = &self.window;
        if offset < *begin || offset >= begin + bytes.len() as u64 {
            let end = (offset + AHEAD.max(length.into())).min(self.size);
            let mut content = std::pin::pin!(self.payload.file(context, self.file, offset, end)?);
            let mut window = Vec::with_capacity((end - offset) as usize);
            while let Some(run) = content.next().await {
                window.extend_from_slice(&run?);
            }
            self.window = (offset, window.into());
        }
        let (begin, bytes) = &self.window;
        let from = (offset - begin) as usize;
        Ok(bytes.slice(from..bytes.len().min(from + length as usize)))
    }
}
