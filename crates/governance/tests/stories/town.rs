//! The invented town of the stories: a county, a borough, a police force and a stranger, their keys,
//! and an agreement between the first three.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use packhorse_governance::agreement::sign::{Verified, sign, verify};
use packhorse_governance::assurance::{Appointment, Charter, Drill, IncidentRoute, Papers, RiskPolicy, clear};
use packhorse_governance::document::read_toml;
use packhorse_governance::{Agreements, Clearance, Hand};
use packhorse_keys::{Algorithm, Signer, SoftwareKey};
use packhorse_model::OrganisationId;
use packhorse_model::agreement::{Act, Agreement, AgreementEvent, AgreementStatement, AgreementText};
use packhorse_model::organisation::{
    Assurance, Contact, KeyEntry, MemberDetails, Members, Organisation, Purpose, Status,
};
use packhorse_store::{Store, StoreSettings};

pub(crate) const COUNTY: &str = "TEST/LOC/county";
pub(crate) const BOROUGH: &str = "TEST/LOC/borough";
pub(crate) const POLICE: &str = "TEST/POL/police";
pub(crate) const STRANGER: &str = "TEST/LOC/stranger";

/// A day on which the agreement is within its dates.
pub(crate) const SUMMER: Date = date(2026, 7, 1);

pub(crate) fn blue_badge() -> Agreement {
    read_toml(include_str!("blue-badge.toml")).unwrap()
}

pub(crate) fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

pub(crate) fn organisation(id: &str) -> OrganisationId {
    id.parse().unwrap()
}

pub(crate) fn signed(name: &str) -> Act {
    Act::Signed { name: name.into(), position: "chief executive".into(), authority: "scheme of delegation".into() }
}

/// The directory of the stories, and everybody's keys.
pub(crate) struct Town {
    keys: HashMap<OrganisationId, SoftwareKey>,
    members: HashMap<OrganisationId, Arc<Organisation>>,
}

impl Town {
    pub(crate) fn new() -> Self {
        let mut town = Self { keys: HashMap::new(), members: HashMap::new() };
        for id in [COUNTY, BOROUGH, POLICE, STRANGER] {
            let key = SoftwareKey::generate(Algorithm::Ed25519).unwrap();
            let member = member(&organisation(id), &key);
            town.keys.insert(organisation(id), key);
            town.members.insert(organisation(id), Arc::new(member));
        }
        town
    }

    pub(crate) fn amend(&mut self, id: &str, change: impl FnOnce(&mut Organisation)) {
        let member = self.members.get_mut(&organisation(id)).unwrap();
        change(Arc::make_mut(member));
    }

    pub(crate) fn key(&self, id: &str) -> &dyn Signer {
        &self.keys[&organisation(id)]
    }

    pub(crate) fn hand(&self, id: &str, now: Timestamp) -> Hand<'_> {
        Hand { signer: self.key(id), members: self, now }
    }

    /// A statement as its organisation would sign it.
    pub(crate) fn event(&self, text: &AgreementText, by: &str, act: Act, when: Timestamp) -> AgreementEvent {
        self.forged(text, by, by, act, when)
    }

    /// A statement in one organisation's name under another's key.
    pub(crate) fn forged(
        &self,
        text: &AgreementText,
        by: &str,
        key_of: &str,
        act: Act,
        when: Timestamp,
    ) -> AgreementEvent {
        let statement = AgreementStatement {
            agreement: text.agreement().id.clone(),
            version: text.agreement().version,
            digest: text.digest(),
            organisation: organisation(by),
            act,
            at: when,
        };
        sign(self.key(key_of), &statement).unwrap()
    }

    pub(crate) fn verified(&self, text: &AgreementText, by: &str, act: Act, when: Timestamp) -> Verified {
        verify(text, self.event(text, by, act, when), self, at(100_000)).unwrap()
    }
}

impl Members for Town {
    fn organisation(&self, id: &OrganisationId) -> Option<Arc<Organisation>> {
        self.members.get(id).cloned()
    }
}

fn member(id: &OrganisationId, key: &SoftwareKey) -> Organisation {
    let contact = Contact { role: "SIRO".into(), email: "siro@member.example".into(), phone: None };
    Organisation {
        id: id.clone(),
        details: MemberDetails {
            name: id.code.clone(),
            siro: contact,
            contacts: Vec::new(),
            charter_url: None,
            code_of_connection: String::new(),
            systems: Vec::new(),
            gateways: Vec::new(),
        },
        keys: vec![KeyEntry::new(Purpose::Sign, key.public_key().to_string(), at(-1000), None)],
        status: Status::Active,
        assurance: Assurance::default(),
    }
}

/// One organisation's gateway: its store in a folder of its own.
pub(crate) struct Gateway {
    pub(crate) agreements: Agreements,
    pub(crate) store: Store,
    _folder: tempfile::TempDir,
}

pub(crate) async fn gateway(id: &str) -> Gateway {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreSettings::in_folder(folder.path())).await.unwrap();
    let agreements = Agreements::open(store.clone(), organisation(id)).await.unwrap();
    Gateway { agreements, store, _folder: folder }
}

/// Every document that opens the gates, in date in the summer of the stories.
pub(crate) fn papers() -> Papers {
    let drills = vec![Drill { on: date(2026, 1, 1), found: "It reached the desk".into() }];
    Papers {
        charter: Some(Charter { review_date: Some(date(2027, 1, 1)), ..Charter::default() }),
        risk_policy: Some(RiskPolicy {
            version: 1,
            title: "Policy".into(),
            text: "Risk is owned".into(),
            approved_by: "Board".into(),
            approval_minute: "12".into(),
            approved_on: date(2026, 1, 1),
            expires_on: date(2027, 1, 1),
        }),
        appointments: vec![Appointment {
            account: "siro".into(),
            name: "Ada Example".into(),
            appointed_by: "Chief executive".into(),
            start: date(2026, 1, 1),
            end: None,
        }],
        incident_route: Some(IncidentRoute { drills, ..IncidentRoute::default() }),
        ..Papers::default()
    }
}

/// Leave to sign.
pub(crate) fn leave() -> Clearance {
    clear(&papers(), &blue_badge(), SUMMER).unwrap()
}
