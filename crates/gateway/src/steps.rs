//! The words of the two sentences, one file each.
//!
//! Every step takes the stage before it by value and makes the next. A stage's `made` field is private
//! to the step that makes it, so that no stage can be had without its step, and none skipped or swapped.

pub(crate) mod agree;
pub(crate) mod authorise;
pub(crate) mod deliver;
pub(crate) mod fulfil;
pub(crate) mod identify;
pub(crate) mod minimise;
pub(crate) mod record;
pub(crate) mod seal;
pub(crate) mod verify;
