//! The only room that decides who belongs.
//!
//! The registry's ledger holds one signed entry for every admission, change and removal; the
//! [`Directory`] is their fold. A gateway follows it with [`client::DirectoryClient`], so that nobody,
//! the registry included, can swap a key unseen, roll the list back or show two faces.
//!
//! The room must never know what members share with each other, nor under which agreement.

pub mod anchor;
pub mod assurance;
pub mod client;
pub mod entry;
mod error;
mod fold;
mod head;
pub mod heartbeat;
pub mod join;
mod letter;
pub mod registry;
mod rules;
pub mod snapshot;

pub use anchor::Anchor;
pub use client::{DirectoryClient, DirectoryHandle};
pub use entry::{Act, Entry, NewKey, SignedStatement, Statement};
pub use error::{DirectoryError, HeadRefusal, Result};
pub use fold::Directory;
pub use head::DirectoryHead;
pub use letter::{AnswersLetter, Letter};
pub use registry::Registry;
pub use snapshot::Snapshot;
