//! Where the rows of a key are: 16 bytes a row in memory, found by binary search.
//!
//! Knows hashes and places only: it must never hold a key.

/// A keyed hash of a row's key values, and where the row begins in the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    hash: u64,
    offset: u64,
}

/// Entries in any order, while the copy is made.
#[derive(Default)]
pub(crate) struct IndexBuilder(Vec<Entry>);

impl IndexBuilder {
    pub(crate) fn add(&mut self, hash: u64, offset: u64) {
        self.0.push(Entry { hash, offset });
    }

    pub(crate) fn finish(mut self) -> Index {
        self.0.sort_unstable();
        Index(self.0.into_boxed_slice())
    }
}

/// Sorted entries.
pub(crate) struct Index(Box<[Entry]>);

impl Index {
    /// Places of the rows whose keys have this hash, in the order of the source; other keys may
    /// have it too.
    pub(crate) fn places(&self, hash: u64) -> impl Iterator<Item = u64> {
        let start = self.0.partition_point(|entry| entry.hash < hash);
        self.0[start..].iter().take_while(move |entry| entry.hash == hash).map(|entry| entry.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_places_of_a_hash_are_found_and_no_others() {
        let mut builder = IndexBuilder::default();
        for (hash, offset) in [(7, 30), (u64::MAX, 50), (7, 10), (0, 40), (8, 20)] {
            builder.add(hash, offset);
        }
        let index = builder.finish();
        assert_eq!(index.places(7).collect::<Vec<_>>(), [10, 30]);
        assert_eq!(index.places(u64::MAX).collect::<Vec<_>>(), [50]);
        assert_eq!(index.places(9).count(), 0);
        assert_eq!(size_of::<Entry>(), 16);
    }
}
