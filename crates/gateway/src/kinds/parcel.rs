//! The parcel: files sealed by one body for another, stored and forwarded.
//!
//! The sender's walk: a [`draft`] is opened (may it be sent at all?), content is [`staging`], [`close`] accepts it,
//! [`pack`] seals it, [`deliver`] offers it over the ordinary pipeline and brings the pieces. The recipient's:
//! [`take`] the offer and the pieces, [`unpack`] checks and lists it, [`content`] gives it out. What happened is said
//! in signed statements ([`say`]). The recipient may [`forward`] it, and it [`end`]s when nobody needs the content any
//! more. [`work`] does what is due.

mod ahead;
mod along;
mod at_once;
pub(crate) mod carry;
mod change;
pub(crate) mod close;
pub(crate) mod content;
pub(crate) mod deliver;
mod desk;
mod digest;
pub(crate) mod draft;
pub(crate) mod end;
pub(crate) mod forward;
pub(crate) mod hear;
mod jobs;
mod kept;
mod lookout;
pub(crate) mod media;
mod open;
pub(crate) mod pack;
mod pieces;
mod renew;
mod room;
pub(crate) mod say;
mod scan;
pub(crate) mod small;
pub(crate) mod staging;
pub(crate) mod take;
mod tell;
mod together;
mod unpack;
mod uploads;
pub(crate) mod webhook;
mod work;

pub(crate) use desk::{ParcelError, Result, read};
pub(crate) use kept::{Cover, CoverFile, Sent, Taken, mesh_id};

pub use desk::Parcels;
pub use scan::ScannerSettings;
pub use work::work_parcels;
