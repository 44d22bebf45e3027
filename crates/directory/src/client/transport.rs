//! How the client asks a registry, so that tests can play a bad one; and how ledger files are fetched.
//!
//! Nothing fetched here is believed: sizes are bounded, the rest is for the caller to verify.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use packhorse_ledger::{BundleCoordinate, EntryBundle, LogPath, MAX_ENTRY_BYTES, TILE_WIDTH, Tile, TileCoordinate};

use super::LOG_PREFIX;
use crate::error::{DirectoryError, Result};

/// Largest entry bundle, in bytes.
const MAX_BUNDLE_BYTES: usize = TILE_WIDTH as usize * (2 + MAX_ENTRY_BYTES);
/// Largest tile, in bytes.
const MAX_TILE_BYTES: usize = TILE_WIDTH as usize * 32;

/// Asks a registry.
pub trait Transport: Send + Sync {
    /// Gets what stands at a path; nothing when there is none. More than `limit` bytes is an error.
    fn get<'a>(&'a self, path: &'a str, limit: usize) -> BoxFuture<'a, Result<Option<Bytes>>>;

    /// Posts a JSON body and returns the answer of at most `limit` bytes.
    fn post<'a>(&'a self, path: &'a str, body: Bytes, limit: usize) -> BoxFuture<'a, Result<Bytes>>;
}

/// Fetches a tile; the full one when the partial one was deleted (C2SP tlog-tiles, "Partial Tiles").
pub(super) async fn fetch_tile(transport: &dyn Transport, place: TileCoordinate) -> Result<Tile> {
    if let Some(bytes) = get(transport, LogPath::Tile(place), MAX_TILE_BYTES).await? {
        return Ok(Tile::from_bytes(place, &bytes)?);
    }
    let full = place.full().ok_or(absent())?;
    let bytes = required(get(transport, LogPath::Tile(full), MAX_TILE_BYTES).await?)?;
    Ok(Tile::from_bytes(full, &bytes)?)
}

/// Fetches a bundle of entries; the full one when the partial one was deleted.
pub(super) async fn fetch_bundle(transport: &dyn Transport, place: BundleCoordinate) -> Result<EntryBundle> {
    if let Some(bytes) = get(transport, LogPath::Entries(place), MAX_BUNDLE_BYTES).await? {
        return Ok(EntryBundle::from_bytes(place, &bytes)?);
    }
    let full = place.full().ok_or(absent())?;
    let bytes = required(get(transport, LogPath::Entries(full), MAX_BUNDLE_BYTES).await?)?;
    Ok(EntryBundle::from_bytes(full, &bytes)?)
}

/// What has to be there.
pub(super) fn required(found: Option<Bytes>) -> Result<Bytes> {
    found.ok_or(absent())
}

fn absent() -> DirectoryError {
    DirectoryError::Unknown("file at the registry, which its signed head promises")
}

async fn get(transport: &dyn Transport, path: LogPath, limit: usize) -> Result<Option<Bytes>> {
    transport.get(&format!("{LOG_PREFIX}{path}"), limit).await
}
