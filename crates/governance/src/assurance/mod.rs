//! What an organisation must have before it may share: information charter, risk policy, SIRO, incident route,
//! training, vetting, acceptable use, impact assessments; and the gates that they open.
//!
//! Like agreements and people, all of it is documents of the store with a snapshot in memory, so that an exchange is
//! judged without I/O. Who may change a document is the caller's to see to; what a document must say stands here.

pub mod acceptable_use;
pub mod charter;
mod clearance;
pub mod dpia;
pub mod gates;
mod import;
pub mod incident_route;
mod keep;
mod lapsing;
pub mod overrides;
mod papers;
pub mod risk_policy;
mod roll;
mod settings;
pub mod siro;
pub mod training;
pub mod vetting;
mod vetting_roll;
mod wording;

use std::sync::Arc;

use arc_swap::ArcSwap;
use packhorse_store::Store;
use tokio::sync::Mutex;

pub use acceptable_use::{AcceptableUse, Acceptance, ToAccept};
pub use charter::Charter;
pub use clearance::{Clearance, clear};
pub use dpia::{Dpia, DpiaOutcome};
pub use gates::{Gate, GateState, Standing};
pub use import::{IMPORT_LIMIT, Imported, RefusedRow};
pub use incident_route::{Drill, IncidentRoute};
pub use lapsing::{Ending, latest};
pub use overrides::Override;
pub use papers::Papers;
pub use risk_policy::RiskPolicy;
pub use roll::Passed;
pub use settings::Settings;
pub use siro::Appointment;
pub use training::{Course, Entry};
pub use vetting::{RequiredBy, Vetting, VettingLevel, VettingRule};

use crate::Result;

/// The assurance of this organisation. Shared by everything that decides.
pub struct Assurance {
    store: Store,
    snapshot: ArcSwap<Papers>,
    /// The store's revision up to which its changes are in the snapshot. Held while one is made.
    seen: Mutex<i64>,
}

impl Assurance {
    /// Reads what the store holds.
    ///
    /// # Errors
    /// As the store fails, or `Damaged` when a stored document cannot be read.
    pub async fn open(store: Store) -> Result<Self> {
        let assurance = Self { store, snapshot: ArcSwap::from_pointee(Papers::default()), seen: Mutex::new(0) };
        assurance.read_all().await?;
        Ok(assurance)
    }

    /// Everything, as it stands now.
    #[must_use]
    pub fn papers(&self) -> Arc<Papers> {
        self.snapshot.load_full()
    }
}
