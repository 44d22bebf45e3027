//! The commands, one file each: what is typed, what is done, what to do next.
//!
//! A command reads its arguments, calls the room that knows, and prints. It must never decide what a room decides.

pub(crate) mod agreement;
pub(crate) mod ask;
pub(crate) mod assurance;
mod caller;
pub(crate) mod gateway;
pub(crate) mod ledger;
pub(crate) mod link;
pub(crate) mod parcel;
pub(crate) mod person;
pub(crate) mod records;
pub(crate) mod registry;
pub(crate) mod system;
pub(crate) mod table;
pub(crate) mod verify;
