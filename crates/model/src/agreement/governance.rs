//! How the data is looked after, and what the people whose data it is can do.

use serde::{Deserialize, Serialize};

use crate::id::OrganisationId;

/// How it is looked after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Governance {
    /// How data is kept right, and corrected on both sides.
    pub accuracy_arrangements: String,
    /// Technical and organisational measures.
    pub security_measures: String,
    /// Who tells whom of a breach, and how fast.
    pub breach_handling: String,
    /// Who answers complaints.
    pub complaints_handling: String,
    /// How staff are trained.
    pub training: String,
    /// How staff are vetted.
    pub vetting: String,
    /// How long a receiver keeps the data.
    pub retention_period: String,
    /// How it is deleted.
    pub deletion: String,
    /// How deletion is shown.
    pub disposal_evidence: String,
    /// To whom a receiver may pass it on.
    pub onward_sharing: OnwardSharing,
}

/// To whom a receiver may pass the data on; nobody when both are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OnwardSharing {
    /// Members of the network.
    pub organisations: Vec<OrganisationId>,
    /// Others, in words.
    pub others: Vec<String>,
}

/// What the people whose data it is can do and read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rights {
    /// How access, rectification and erasure are answered.
    pub individual_rights_arrangements: String,
    /// Where the privacy information stands.
    pub privacy_information_url: String,
    /// How objections are handled.
    pub objections: String,
    /// Whether the text is published.
    pub foi_publication: FoiPublication,
}

/// Publication under the Freedom of Information Act.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FoiPublication {
    /// Whether it is published; must be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<bool>,
    /// Names of fields that are blacked out.
    pub redactions: Vec<String>,
}
