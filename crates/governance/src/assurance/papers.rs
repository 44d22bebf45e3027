//! Every document of assurance at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use packhorse_model::AgreementId;
use packhorse_model::agreement::Code;

use super::gates::Gate;
use super::training::trained_on;
use super::{
    AcceptableUse, Appointment, Charter, Course, Dpia, Entry, IncidentRoute, Override, RiskPolicy, Settings, Vetting,
    siro,
};

/// What stands in the store, read.
#[derive(Debug, Clone, Default)]
pub struct Papers {
    /// Intervals.
    pub settings: Settings,
    /// The charter that is published.
    pub charter: Option<Charter>,
    /// The one being written.
    pub charter_draft: Option<Charter>,
    /// The risk policy.
    pub risk_policy: Option<RiskPolicy>,
    /// The acceptable use policy, every version: one may be published before it counts.
    pub acceptable_use: BTreeMap<u32, Arc<AcceptableUse>>,
    /// Everybody who was appointed SIRO.
    pub appointments: Vec<Appointment>,
    /// The incident route.
    pub incident_route: Option<IncidentRoute>,
    /// Courses by code.
    pub courses: BTreeMap<Code, Course>,
    /// Who passed what, by person.
    pub training: BTreeMap<String, Vec<Entry>>,
    /// Who was vetted to which level, by person.
    pub vetting: BTreeMap<String, Vetting>,
    /// Impact assessments by agreement.
    pub dpias: BTreeMap<AgreementId, Dpia>,
    /// Overrides, those past too.
    pub overrides: Vec<Override>,
}

impl Papers {
    /// Who is SIRO on a day.
    #[must_use]
    pub fn siro(&self, day: Date) -> Option<&Appointment> {
        siro::on(&self.appointments, day)
    }

    /// The override of a gate that holds on a day.
    #[must_use]
    pub fn overriding(&self, gate: Gate, agreement: Option<&AgreementId>, day: Date) -> Option<&Override> {
        let is_it = |one: &&Override| one.gate == gate && one.agreement.as_ref() == agreement && one.holds_on(day);
        self.overrides.iter().find(is_it)
    }

    /// The day that counts as somebody's latest training, where these courses are asked for. The outer is empty when
    /// the register does not know the person: then the calling system's own list is what is known.
    #[must_use]
    pub fn trained_on(&self, person: &str, courses: &[Code], today: Date) -> Option<Option<Date>> {
        let entries = self.training.get(person)?;
        Some(trained_on(entries, courses, today, &self.settings))
    }
}
