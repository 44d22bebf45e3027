//! Many texts in one piece of memory, and the dictionary that keeps each once.
//!
//! The layout is Arrow's: all text behind one another, and where each ends.

use hashbrown::HashTable;

use crate::hash;
use crate::table::MISSING;

/// Texts looked up together.
const AT_ONCE: usize = 256;

/// Texts by number.
#[derive(Debug, Clone, Default)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of a number.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<&str> {
        self.text.get(self.place(id)?)
    }

    fn place(&self, id: u32) -> Option<std::ops::Range<usize>> {
        let at = id as usize;
        let end = *self.ends.get(at)? as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        Some(start..end)
    }

    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).filter_map(|id| self.get(id))
    }

    /// Adds a text; nothing when 4 GB or 2³² texts are exceeded.
    pub fn push(&mut self, text: &str) -> Option<u32> {
        let end = u32::try_from(self.text.len() + text.len()).ok()?;
        let id = u32::try_from(self.ends.len()).ok().filter(|id| *id != u32::MAX)?;
        self.text.push_str(text);
        self.ends.push(end);
        Some(id)
    }

    /// Bytes of memory that they take.
    pub(crate) fn held(&self) -> usize {
        self.text.capacity() + 4 * self.ends.capacity()
    }

    /// Gives back what was reserved and not used.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// The parts as they are kept in a file.
    pub(crate) fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    /// The texts of parts that were kept in a file; nothing when they do not fit together.
    pub(crate) fn from_parts(text: String, ends: Vec<u32>) -> Option<Self> {
        let whole = ends.last().map_or(0, |end| *end as usize) == text.len();
        let fits = ends.windows(2).all(|pair| pair[0] <= pair[1])
            && ends.iter().all(|end| text.is_char_boundary(*end as usize));
        (whole && fits).then_some(Self { text, ends })
    }
}

/// Gives each different text one number, in order of appearance.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    strings: Strings,
    numbers: HashTable<Numbered>,
}

/// A number, and the upper half of its text's hash: growing looks at no text, and few others are looked at in vain.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    id: u32,
    hash: u32,
}

impl Numbered {
    fn hash_of(text: &str) -> u32 {
        (hash::text(text) >> 32) as u32
    }

    fn spread(hash: u32) -> u64 {
        hash::mix(u64::from(hash))
    }
}

impl Interner {
    /// How many different texts.
    pub(super) fn len(&self) -> usize {
        self.strings.len()
    }

    /// Bytes of memory that it takes.
    pub(super) fn held(&self) -> usize {
        self.strings.held() + self.numbers.allocation_size()
    }

    /// The number of a text; nothing when 4 GB of text are exceeded.
    pub fn intern(&mut self, text: &str) -> Option<u32> {
        let hash = Numbered::hash_of(text);
        if let Some(found) = self.find_hashed(text, hash) {
            return Some(found);
        }
        let id = self.strings.push(text)?;
        self.insert(Numbered { id, hash });
        Some(id)
    }

    /// The numbers of many texts, [`MISSING`] where there is none.
    ///
    /// One after the other each would wait for memory three times: for the table, for the place of the text, for the
    /// text. Each step is taken for a few hundred at once, so that they wait together.
    pub(crate) fn intern_all(&mut self, texts: &[Option<&str>], numbers: &mut Vec<u32>) -> Option<()> {
        let mut likely = Vec::with_capacity(AT_ONCE.min(texts.len()));
        for texts in texts.chunks(AT_ONCE) {
            likely.clear();
            likely.extend(texts.iter().map(|text| (text.map_or(0, Numbered::hash_of), None, 0..0)));
            for (hash, number, _) in &mut likely {
                *number = self.numbers.find(Numbered::spread(*hash), |held| held.hash == *hash).map(|held| held.id);
            }
            for (_, number, place) in &mut likely {
                *place = number.and_then(|number| self.strings.place(number)).unwrap_or_default();
            }
            for (text, (_, number, place)) in texts.iter().zip(&likely) {
                let Some(text) = text else {
                    numbers.push(MISSING);
                    continue;
                };
                let same = self.strings.text.as_bytes().get(place.clone()) == Some(text.as_bytes());
                numbers.push(match number.filter(|_| same) {
                    Some(number) => number,
                    None => self.intern(text)?,
                });
            }
        }
        Some(())
    }

    fn insert(&mut self, new: Numbered) {
        self.numbers.insert_unique(Numbered::spread(new.hash), new, |held| Numbered::spread(held.hash));
    }

    fn find_hashed(&self, text: &str, hash: u32) -> Option<u32> {
        let same = |held: &Numbered| held.hash == hash && self.strings.get(held.id) == Some(text);
        self.numbers.find(Numbered::spread(hash), same).map(|held| held.id)
    }

    /// The number of a text that has one.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        self.find_hashed(text, Numbered::hash_of(text))
    }

    /// The dictionary, to which more can be added.
    #[must_use]
    pub fn from_strings(strings: Strings) -> Self {
        let hashes: Vec<u32> = strings.iter().map(Numbered::hash_of).collect();
        let mut interner = Self { numbers: HashTable::with_capacity(strings.len()), strings };
        for (id, hash) in (0..).zip(hashes) {
            interner.insert(Numbered { id, hash });
        }
        interner
    }

    /// The texts alone.
    #[must_use]
    pub fn into_strings(self) -> Strings {
        let mut strings = self.strings;
        strings.shrink();
        strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_however_often_it_comes() {
        let mut interner = Interner::default();
        let numbers: Vec<_> = ["a", "", "zoë", "a", "", "zoë"].iter().map(|text| interner.intern(text)).collect();
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(0), Some(1), Some(2)]);
        let strings = interner.into_strings();
        assert_eq!(strings.iter().collect::<Vec<_>>(), ["a", "", "zoë"]);
        assert_eq!(strings.get(3), None);
    }

    #[test]
    fn kept_parts_that_do_not_fit_are_refused() {
        for (text, ends) in [("ab", vec![1]), ("ab", vec![2, 1, 2]), ("ë", vec![1, 2]), ("", vec![1])] {
            assert!(Strings::from_parts(text.to_owned(), ends).is_none());
        }
        assert!(Strings::from_parts("ab".to_owned(), vec![0, 1, 2]).is_some());
    }
}
