//! The assurance of members: what they submitted, what was found, what was decided; and the directory that follows.
//!
//! A decision is written down first and stated in the directory then, except where it cuts somebody off: that comes
//! first. So a crash in between never lets anybody in. The answers stay here; the directory has dates alone.

mod decide;
mod file;
mod glance;
mod profiles;

pub use decide::{AssuranceDates, Found};
pub use file::{AssuranceFile, Sender, Submitted};
pub use glance::{Glance, Standing};
