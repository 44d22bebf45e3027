//! The months that lie behind the story: invented, and written down before anybody serves the gateway.
//!
//! Nothing can be done through a gateway's doors on a day that has passed. So what lies behind is written by the very
//! types that the doors use, each told the day: cases and counters by governance's, records by the gateway's own
//! evidence. Nothing is computed here that a page shows. What could tell about a person in those records is erased, as
//! it would be after months, and with it the signatures, which nobody made.

mod cases;
mod entries;
mod exchanges;
mod requests;
mod workforce;

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use packhorse_gateway::Evidence;
use packhorse_keys::SoftwareKey;
use packhorse_ledger::NoteSigner;
use packhorse_model::OrganisationId;
use packhorse_store::{Publisher, RecordWriter, Store};

use super::cast::{BOROUGH, Organisation};
use super::stage::Stage;
use crate::config::GatewayConfig;
use crate::error::{Error, Result};
use crate::keys;

/// When the story begins, and how long ago something was.
#[derive(Clone, Copy)]
struct Before {
    begun_on: Date,
    now: Timestamp,
}

impl Before {
    /// So many hours ago.
    fn hours(self, hours: i64) -> Result<Timestamp> {
        let then = self.now.checked_sub(SignedDuration::from_hours(hours));
        then.map_err(|_| Error::NotHeld("the calendar does not reach back".to_owned()))
    }

    /// So many days ago, at this hour of the day.
    fn days(self, days: i64) -> Result<Timestamp> {
        self.hours(days * 24)
    }
}

/// Writes down what lies behind an organisation, into the store of its gateway that nobody serves yet.
pub(super) async fn write(stage: &Stage, organisation: &Organisation) -> Result<()> {
    let before = Before { begun_on: stage.place.begun_on(), now: Timestamp::now() };
    let lines = exchanges::of(organisation, before)?;
    let is_borough = organisation.id == BOROUGH.id;
    if lines.is_empty() && !is_borough {
        return Ok(());
    }
    let config = GatewayConfig::load(&stage.place.root().join(organisation.config()))?;
    let store = Store::open(&config.store_settings()).await?;
    let evidence = evidence(&config, &store).await?;
    entries::keep(&evidence, &lines).await?;
    // Whoever keeps such records for months has erased what is personal by then.
    store.records().erase_before(before.now.as_millisecond()).await?;
    if is_borough {
        workforce::acceptable_use(&store, before).await?;
        workforce::vetting(&store, before).await?;
        workforce::enter(&store, before).await?;
        workforce::survey(&store, before).await?;
        cases::incidents(&store, before).await?;
        cases::decisions(&store, before).await?;
        cases::assets(&store, before).await?;
        requests::receive(&store, before).await?;
    }
    store.close().await;
    Ok(())
}

/// The evidence that the gateway will keep.
async fn evidence(config: &GatewayConfig, store: &Store) -> Result<Evidence> {
    let organisation: OrganisationId = config.organisation.id.clone();
    let key = SoftwareKey::load(&keys::ledger_file(&config.keys_folder()))?;
    let signer = NoteSigner::new(&organisation.ledger_origin(), Arc::new(key))?;
    let publisher = Arc::new(Publisher::open(store, signer, &[]).await?);
    Ok(Evidence::new(organisation, store.clone(), RecordWriter::start(store), publisher))
}
