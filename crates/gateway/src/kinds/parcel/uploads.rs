//! Uploads under way: a place takes one at a time, and where the last one ended is remembered, so that the next need
//! not look at all that came before.
//!
//! What is remembered is a hint of this process: whoever comes with another offset is told by the store.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::desk::{ParcelError, Result};
use super::staging::Place;

/// Most ends that are remembered.
const REMEMBERED: usize = 4096;

/// Who uploads where.
#[derive(Debug, Clone, Default)]
pub(super) struct Uploads(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    under_way: HashSet<Place>,
    ends: HashMap<Place, u64>,
}

/// Somebody's turn at a place, until it is dropped.
pub(super) struct Turn {
    uploads: Uploads,
    place: Place,
}

impl Uploads {
    /// The turn at a place, when nobody else has it.
    pub(super) fn take_turn(&self, place: &Place) -> Result<Turn> {
        if !self.known().under_way.insert(place.clone()) {
            return Err(ParcelError::Busy);
        }
        Ok(Turn { uploads: self.clone(), place: place.clone() })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Where the last upload ended. Nothing is remembered behind it: whether the next one ends well is not known yet.
    pub(super) fn take_end(&self) -> Option<u64> {
        self.uploads.known().ends.remove(&self.place)
    }

    /// The upload ended here, and all of it is stored.
    pub(super) fn ended(&self, at: u64) {
        let mut known = self.uploads.known();
        if known.ends.len() >= REMEMBERED {
            known.ends.clear();
        }
        known.ends.insert(self.place.clone(), at);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.uploads.known().under_way.remove(&self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: usize) -> Place {
        Place { dispatch: "d".to_owned(), file, part: 0 }
    }

    #[test]
    fn a_place_takes_one_upload_at_a_time() {
        let uploads = Uploads::default();
        let turn = uploads.take_turn(&place(1)).ok();
        assert!(turn.is_some() && uploads.take_turn(&place(2)).is_ok());
        assert!(matches!(uploads.take_turn(&place(1)), Err(ParcelError::Busy)));
        drop(turn);
        assert!(uploads.take_turn(&place(1)).is_ok());
    }

    #[test]
    fn an_end_is_remembered_once_and_not_for_ever_more_places() {
        let uploads = Uploads::default();
        let turn = |file| uploads.take_turn(&place(file)).ok();
        turn(1).unwrap().ended(7);
        assert_eq!(turn(1).unwrap().take_end(), Some(7));
        assert_eq!(turn(1).unwrap().take_end(), None, "the upload behind it broke off");
        for file in 0..=REMEMBERED {
            turn(file).unwrap().ended(1);
        }
        assert_eq!(uploads.known().ends.len(), 1);
    }
}
