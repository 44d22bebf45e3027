//! The compared pairs, shard by shard: in memory up to a limit, beyond it in temporary files.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Result;
use crate::error::LinkageError;
use crate::spec::Limits;

/// Bytes of one pair in a file.
pub(crate) const PAIR_BYTES: usize = 16;
/// Pairs that a shard holds before it asks whether there is room.
const AT_ONCE: usize = 1 << 16;

/// Two rows and the pattern of their comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) pattern: u64,
}

impl Compared {
    pub(crate) fn to_bytes(self) -> [u8; PAIR_BYTES] {
        let mut bytes = [0; PAIR_BYTES];
        bytes[..4].copy_from_slice(&self.left.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.right.to_le_bytes());
        bytes[8..].copy_from_slice(&self.pattern.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; PAIR_BYTES]) -> Self {
        let word = |from: usize| u32::from_le_bytes([bytes[from], bytes[from + 1], bytes[from + 2], bytes[from + 3]]);
        let pattern = u64::from(word(8)) | (u64::from(word(12)) << 32);
        Self { left: word(0), right: word(4), pattern }
    }
}

/// What the program takes before it holds a record.
const ITSELF: usize = 16 << 20;

/// Refuses what would take more than it may, before it is made.
pub(crate) fn fits(limits: &Limits, held: usize) -> Result<()> {
    Room::beside(limits, held).map(|_| ())
}

/// Records that take more than they may.
fn too_large(limits: &Limits, held: usize) -> LinkageError {
    LinkageError::Memory { held_mb: held.div_ceil(1 << 20), limit_mb: limits.memory_mb }
}

/// How much memory all shards may hold together.
#[derive(Debug)]
pub(crate) struct Room {
    left: AtomicU64,
}

impl Room {
    #[cfg(test)]
    fn new(bytes: u64) -> Self {
        Self { left: AtomicU64::new(bytes) }
    }

    /// What `limits.memory_mb` leaves beside the records; refuses where they alone take more.
    pub(crate) fn beside(limits: &Limits, held: usize) -> Result<Self> {
        let limit = limits.memory_mb.saturating_mul(1 << 20);
        let held = held.saturating_add(ITSELF);
        match limit.checked_sub(held as u64) {
            Some(left) => Ok(Self { left: AtomicU64::new(left) }),
            None => Err(too_large(limits, held)),
        }
    }

    /// How much there is still.
    pub(crate) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Takes some of it, if it is there.
    fn take(&self, bytes: u64) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }
}

/// The pairs of one shard.
#[derive(Debug, Default)]
pub(crate) struct ShardPairs {
    memory: Vec<Compared>,
    /// Room that the memory has taken, in pairs.
    taken: usize,
    file: Option<BufWriter<File>>,
    /// Pairs in the file; they stand before those in memory.
    spilled: u64,
}

impl ShardPairs {
    /// Adds a pair; when there is no more room, what is held goes to a file.
    pub(crate) fn push(&mut self, pair: Compared, room: &Room) -> Result<()> {
        if self.memory.len() == self.taken {
            if self.file.is_none() && room.take((AT_ONCE * PAIR_BYTES) as u64) {
                self.memory.reserve_exact(AT_ONCE);
                self.taken += AT_ONCE;
            } else {
                self.spill()?;
            }
        }
        self.memory.push(pair);
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let failed = |error: std::io::Error| LinkageError::file("writing pairs to a temporary file", &error);
        if self.file.is_none() {
            self.file = Some(BufWriter::with_capacity(1 << 16, tempfile::tempfile().map_err(failed)?));
            // Whatever room there was is kept; without any, a small buffer must do.
            self.taken = self.taken.max(AT_ONCE / 16);
        }
        if let Some(file) = &mut self.file {
            for pair in &self.memory {
                file.write_all(&pair.to_bytes()).map_err(failed)?;
            }
        }
        self.spilled += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }

    /// Nothing more comes: gives back what was reserved and not used.
    pub(crate) fn close(&mut self) -> Result<()> {
        if self.file.is_some() {
            self.spill()?;
            self.memory = Vec::new();
            if let Some(file) = &mut self.file {
                file.flush().map_err(|error| LinkageError::file("writing pairs to a temporary file", &error))?;
            }
        } else {
            self.memory.shrink_to_fit();
        }
        Ok(())
    }

    /// Pairs of a file that a worker wrote.
    pub(crate) fn from_file(file: File, pairs: u64) -> Self {
        Self { memory: Vec::new(), taken: 0, file: Some(BufWriter::new(file)), spilled: pairs }
    }

    /// How many.
    pub(crate) fn len(&self) -> u64 {
        self.spilled + self.memory.len() as u64
    }

    /// Every pair in order.
    pub(crate) fn for_each(&self, mut take: impl FnMut(Compared) -> Result<()>) -> Result<()> {
        if let Some(file) = &self.file {
            let failed = |error: std::io::Error| LinkageError::file("reading pairs from a temporary file", &error);
            let mut file = file.get_ref().try_clone().map_err(failed)?;
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            let mut reader = BufReader::with_capacity(1 << 18, file);
            let mut bytes = [0; PAIR_BYTES];
            for _ in 0..self.spilled {
                reader.read_exact(&mut bytes).map_err(failed)?;
                take(Compared::from_bytes(bytes))?;
            }
        }
        self.memory.iter().try_for_each(|pair| take(*pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_spilled_and_comes_back_in_order() {
        let room = Room::new((AT_ONCE * PAIR_BYTES) as u64);
        let pair = |n: u32| Compared { left: n, right: n + 1, pattern: u64::from(n) << 33 };
        let mut shards = [ShardPairs::default(), ShardPairs::default()];
        for n in 0..200_000 {
            shards[n as usize % 2].push(pair(n), &room).unwrap();
        }
        for (first, shard) in shards.iter_mut().enumerate() {
            shard.close().unwrap();
            assert_eq!((shard.len(), shard.file.is_some()), (100_000, true));
            let mut next = first as u32;
            shard
                .for_each(|found| {
                    assert_eq!(found, pair(next));
                    next += 2;
                    Ok(())
                })
                .unwrap();
        }
    }
}
