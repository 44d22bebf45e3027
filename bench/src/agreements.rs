//! The two agreements that are measured under, complete as the product demands: one about people, with every condition
//! that a grant can set, and one about documents that are about nobody.

use serde_json::{Value, json};

use crate::answers::AGREED;

/// Under which the record is asked for.
pub(crate) const RECORDS: &str = "bench-records";
/// Under which documents are asked for.
pub(crate) const DOCUMENTS: &str = "bench-documents";
/// Under which parcels are sent.
pub(crate) const PARCELS: &str = "bench-parcels";
/// Their workflow.
pub(crate) const WORKFLOW: &str = "REPORT";
/// The purpose of every question.
pub(crate) const PURPOSE: &str = "badge-check";
/// The role of who asks.
pub(crate) const ROLE: &str = "parking-officer";

/// Who shares, and the days on which it is lawful.
pub(crate) struct Terms<'a> {
    /// Who asks, as `network/class/code`.
    pub(crate) consumer: &'a str,
    /// The system that asks.
    pub(crate) client: &'a str,
    /// Its system that sends parcels.
    pub(crate) letters: &'a str,
    /// Who answers.
    pub(crate) provider: &'a str,
    /// The system that answers.
    pub(crate) system: &'a str,
    /// First and last day.
    pub(crate) days: [&'a str; 2],
}

impl Terms<'_> {
    /// One record: fields, purpose, role, training and daily rate are all checked.
    pub(crate) fn records(&self) -> Value {
        let grant = json!({
            "service": format!("{}/record", self.system),
            "operations": [{"method": "GET", "path": "/*"}],
            "to": [self.client],
            "fields": AGREED,
            "purposes": [PURPOSE],
            "roles": [ROLE],
            "training_months": 12,
            "per_day": 1_000_000_000,
        });
        self.agreement(RECORDS, "personal", &grant)
    }

    /// Documents about nobody, given whole.
    pub(crate) fn documents(&self) -> Value {
        let grant = json!({
            "service": format!("{}/document", self.system),
            "operations": [{"method": "GET", "path": "/*"}],
            "to": [self.client],
            "fields": ["*"],
            "purposes": [PURPOSE],
        });
        self.agreement(DOCUMENTS, "none", &grant)
    }

    /// Parcels about nobody, from the asking system to the answering one.
    pub(crate) fn parcels(&self) -> Value {
        let grant = json!({
            "service": format!("{}/{WORKFLOW}", self.system),
            "operations": [{"method": "PARCEL", "path": "/**"}],
            "to": [self.letters],
            "fields": ["*"],
            "purposes": [PURPOSE],
        });
        // Who asks for records is who sends parcels.
        let sent = Terms { provider: self.consumer, consumer: self.provider, ..*self };
        sent.agreement(PARCELS, "none", &grant)
    }

    fn agreement(&self, id: &str, types: &str, grant: &Value) -> Value {
        let [first, last] = self.days;
        json!({
            "id": id, "version": 1, "title": "Measured sharing", "instrument": "dsa", "tier": "specific",
            "parties": [party(self.provider, "provides"), party(self.consumer, "receives")],
            "purpose": {
                "purpose": "Measure what sharing costs", "aims": "Figures", "how_data_helps": "It is carried",
                "benefits": [{"kind": "decision_making", "how": "Figures to decide by"}],
            },
            "data": {
                "types": [types], "subjects": ["invented people"], "matching_keys": ["reference"],
                "frequency": "on_demand", "marking": "official",
            },
            "law": {
                "legal_power": "yes", "legal_power_text": "Chronically Sick and Disabled Persons Act 1970 s.21",
                "legal_gateways": ["CSDPA21"], "art6": ["public_task"],
                "necessity": "Nothing is measured without it", "proportionality": "Invented data only",
                "dpia": {"considered": true, "outcome": "No risk", "dpo_view": "Content"},
            },
            "flow": {
                "delivery": "gateway", "format": "query", "leaves_uk": false, "method": "Question and answer",
                "purposes_permitted": [PURPOSE], "roles_permitted": [ROLE], "training_required": ["data-protection"],
            },
            "governance": {
                "accuracy_arrangements": "The data is invented", "security_measures": "Gateways",
                "breach_handling": "Told at once", "complaints_handling": "Each party answers its own",
                "training": "Yearly", "vetting": "Baseline", "retention_period": "For the measurement",
                "deletion": "With the folder", "disposal_evidence": "The folder is gone",
            },
            "rights": {
                "individual_rights_arrangements": "Nobody is concerned", "objections": "None can arise",
                "privacy_information_url": "https://provider.example/privacy", "foi_publication": {"publish": true},
            },
            "life": {
                "start_date": first, "end_date": last, "review_date": last,
                "termination_terms": "At any time", "suspension_terms": "At any time",
            },
            "grants": [grant],
        })
    }
}

fn party(organisation: &str, function: &str) -> Value {
    let contacts: Vec<Value> = ["dpo", "siro", "owner", "operational"]
        .map(|role| json!({"role": role, "name": "Post holder", "email": format!("{role}@measured.example")}))
        .into();
    json!({"organisation": organisation, "role": "controller", "function": function, "contacts": contacts})
}
