//! Where the parts of a log are served: paths below its prefix (C2SP tlog-tiles).
//!
//! A server parses what strangers ask for, a client writes what it fetches; both through [`LogPath`].
//! Knows nothing of contents.

use std::fmt;
use std::str::FromStr;

use crate::tile::TILE_WIDTH;
use crate::{BundleCoordinate, LedgerError, TileCoordinate, text};

/// A resource of a log, named by its path without leading slash.
///
/// ```
/// use packhorse_ledger::{LogPath, TileCoordinate};
///
/// let tile = TileCoordinate::new(0, 1_234_067, 112)?;
/// assert_eq!(LogPath::Tile(tile).to_string(), "tile/0/x001/x234/067.p/112");
/// assert_eq!("tile/0/x001/x234/067.p/112".parse::<LogPath>()?, LogPath::Tile(tile));
/// # Ok::<(), packhorse_ledger::LedgerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogPath {
    /// `checkpoint`: the signed head, the only resource that changes.
    Checkpoint,
    /// `tile/<L>/<N>[.p/<W>]`: hashes.
    Tile(TileCoordinate),
    /// `tile/entries/<N>[.p/<W>]`: entries.
    Entries(BundleCoordinate),
}

impl LogPath {
    /// The `Content-Type` to serve the resource with.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Checkpoint => "text/plain; charset=utf-8",
            Self::Tile(_) | Self::Entries(_) => "application/octet-stream",
        }
    }
}

impl fmt::Display for LogPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Tile(tile) => {
                write!(f, "tile/{}/", tile.level())?;
                write_place(f, tile.index(), tile.width())
            }
            Self::Entries(bundle) => {
                f.write_str("tile/entries/")?;
                write_place(f, bundle.index(), bundle.width())
            }
        }
    }
}

/// Reads a path strictly: there is one spelling for every resource.
impl FromStr for LogPath {
    type Err = LedgerError;

    fn from_str(path: &str) -> Result<Self, LedgerError> {
        if path == "checkpoint" {
            return Ok(Self::Checkpoint);
        }
        let rest = path.strip_prefix("tile/").ok_or(malformed("it is checkpoint or starts with tile/"))?;
        let (kind, place) =
            rest.split_once('/').ok_or(malformed("after tile/ comes a level or entries, then a number"))?;
        let (index, width) = parse_place(place)?;
        if kind == "entries" {
            return BundleCoordinate::new(index, width).map(Self::Entries);
        }
        let level = u8::try_from(text::decimal(kind, WHAT)?).map_err(|_| malformed("levels end at 63"))?;
        TileCoordinate::new(level, index, width).map(Self::Tile)
    }
}

const WHAT: &str = "log path";

fn malformed(rule: &'static str) -> LedgerError {
    LedgerError::Malformed { what: WHAT, rule }
}

/// `<N>[.p/<W>]`: the number in groups of three digits, all but the last marked `x`.
fn write_place(f: &mut fmt::Formatter<'_>, index: u64, width: u16) -> fmt::Result {
    let mut divisor = 1;
    while index / divisor >= 1000 {
        divisor *= 1000;
    }
    while divisor > 1 {
        write!(f, "x{:03}/", index / divisor % 1000)?;
        divisor /= 1000;
    }
    write!(f, "{:03}", index % 1000)?;
    if width < TILE_WIDTH {
        write!(f, ".p/{width}")?;
    }
    Ok(())
}

fn parse_place(place: &str) -> Result<(u64, u16), LedgerError> {
    let (number, width) = match place.split_once(".p/") {
        None => (place, TILE_WIDTH),
        Some((number, width)) => (number, parse_partial_width(width)?),
    };
    let mut index: u64 = 0;
    let mut groups = number.split('/').peekable();
    while let Some(group) = groups.next() {
        let digits = if groups.peek().is_some() {
            group.strip_prefix('x').ok_or(malformed("every group of digits but the last starts with x"))?
        } else {
            group
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed("numbers are written in groups of three digits"));
        }
        let first_of_several = index == 0 && groups.peek().is_some();
        if first_of_several && digits == "000" {
            return Err(malformed("a number does not start with an empty group"));
        }
        index = index
            .checked_mul(1000)
            .and_then(|index| index.checked_add(digits.parse().ok()?))
            .ok_or(malformed("the number does not fit into 64 bits"))?;
    }
    Ok((index, width))
}

fn parse_partial_width(width: &str) -> Result<u16, LedgerError> {
    match text::decimal(width, WHAT)? {
        width @ 1..=255 => Ok(width as u16),
        _ => Err(malformed("a partial tile holds 1 to 255 hashes")),
    }
}
