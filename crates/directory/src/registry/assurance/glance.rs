//! Every member's assurance and health at a glance, and what is due next.

use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Organisation, Status};
use serde::{Deserialize, Serialize};

use super::super::Registry;
use super::super::health::GatewayHealth;
use super::file::{AssuranceFile, day};
use crate::assurance::{Condition, Outcome};
use crate::error::Result;

/// From so many days before its end on, an assurance is to be renewed.
const ENDING_DAYS: i32 = 60;

/// How a member's assurance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was withdrawn: the member is cut off.
    Withdrawn,
    /// It has ended: every gateway refuses the member's exchanges.
    Lapsed,
    /// It ends within 60 days.
    Ending,
    /// It holds, with conditions.
    Conditional,
    /// It holds.
    Current,
}

/// A member at a glance.
#[derive(Debug, Clone)]
pub struct Glance {
    /// Who it is.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its status in the directory.
    pub status: Status,
    /// How its assurance stands.
    pub standing: Standing,
    /// The newest decision's outcome; nothing when it was admitted before decisions were kept.
    pub outcome: Option<Outcome>,
    /// The profile that it was assessed by.
    pub profile: Option<String>,
    /// The last day on which its assurance holds; nothing while no end is set.
    pub ends: Option<Date>,
    /// Days until then, negative when past.
    pub days_left: Option<i32>,
    /// What is still to be done.
    pub conditions: Vec<Condition>,
    /// Whether a submission waits for the operator.
    pub has_open_submission: bool,
    /// Its gateways.
    pub gateways: Vec<GatewayHealth>,
}

impl Registry {
    /// Every member that was not removed, in the order of admission.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn glances(&self, now: Timestamp) -> Result<Vec<Glance>> {
        let directory = self.directory().await?;
        let files = self.assurance_files().await?;
        let nothing = AssuranceFile::default();
        let mut all = Vec::new();
        for organisation in directory.organisations().filter(|one| one.status != Status::Removed) {
            let gateways = self.health(&directory, organisation, now).await?;
            let file = files.get(&organisation.id.to_string()).unwrap_or(&nothing);
            all.push(glance(organisation, file, gateways, day(now)));
        }
        Ok(all)
    }

    /// One member at a glance.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn glance(&self, organisation: &Organisation, now: Timestamp) -> Result<Glance> {
        let directory = self.directory().await?;
        let gateways = self.health(&directory, organisation, now).await?;
        Ok(glance(organisation, &self.assurance_file(&organisation.id).await?, gateways, day(now)))
    }
}

fn glance(organisation: &Organisation, file: &AssuranceFile, gateways: Vec<GatewayHealth>, today: Date) -> Glance {
    let decision = file.standing();
    // The directory is what every gateway goes by.
    let ends = organisation.assurance.valid_until;
    let days_left = ends.map(|end| (end - today).get_days());
    let conditions: Vec<Condition> = decision.into_iter().flat_map(|one| one.open_conditions().cloned()).collect();
    let standing = if decision.is_some_and(|one| one.outcome == Outcome::Withdrawn) {
        Standing::Withdrawn
    } else if !organisation.is_assured(today) {
        Standing::Lapsed
    } else if days_left.is_some_and(|days| days <= ENDING_DAYS) {
        Standing::Ending
    } else if conditions.is_empty() {
        Standing::Current
    } else {
        Standing::Conditional
    };
    Glance {
        organisation: organisation.id.clone(),
        name: organisation.details.name.clone(),
        status: organisation.status,
        standing,
        outcome: decision.map(|one| one.outcome),
        profile: decision.map(|one| one.profile.clone()),
        ends,
        days_left,
        conditions,
        has_open_submission: file.open().is_some(),
        gateways,
    }
}
