//! The data sharing agreement: what its document says, what its parties sign, and when it holds.
//!
//! One text, many signatories: the exact JSON bytes that were proposed ([`AgreementText`]) are what
//! every party signs, by their digest. Each group of the document has its own file. This room knows
//! the words; it must never know who belongs to the network, nor decide a request.

mod check;
mod code;
mod data;
mod flow;
mod governance;
mod grant;
mod law;
mod life;
mod limits;
mod parties;
mod purpose;
mod state;
mod statement;
mod text;

use serde::{Deserialize, Serialize};

pub use check::{Finding, check};
pub use code::{CODE_LIMIT, Code, CodeError};
pub use data::{Data, DataType, Frequency, Part3Subject};
pub use flow::{Delivery, Flow, Format};
pub use governance::{FoiPublication, Governance, OnwardSharing, Rights};
pub use grant::Grant;
pub use law::{
    Answer, Art6, Art9, ConfidentialityBasis, Dpia, HumanRightsTest, LEGAL_GATEWAYS, Law, LegalGateway,
    LegitimateInterest, Part3Basis, Sch1,
};
pub use life::Life;
pub use limits::{LimitError, PARTY_LIMIT};
pub use parties::{Contact, ContactRole, Control, Function, Instrument, Party, Processor, Role, Tier};
pub use purpose::{Benefit, BenefitKind, Purpose};
pub use state::State;
pub use statement::{Act, AgreementBundle, AgreementEvent, AgreementStatement, STATEMENT_CONTEXT, STATEMENT_LIMIT};
pub use text::{AgreementDigest, AgreementText, TEXT_LIMIT, TextError};

use crate::id::{AgreementId, OrganisationId};

/// A data sharing agreement. TOML for people, JSON over the wire, the same names in both.
///
/// A text or list that is left out is empty; [`check`] says what is still missing before the
/// agreement may be proposed. The headings are those of the ICO's data sharing code and of the
/// CDDO data marketplace; `grants` is the part that gateways enforce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Its name in the network; the same in every version.
    pub id: AgreementId,
    /// 1 for the first text; a change is a new version.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// What kind of instrument it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<Instrument>,
    /// A framework for others, or specific.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// The overarching agreement under which this one stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<AgreementId>,
    /// Who shares; each of them signs.
    #[serde(default)]
    pub parties: Vec<Party>,
    /// Who else handles the data.
    #[serde(default)]
    pub control: Control,
    /// What it is for.
    #[serde(default)]
    pub purpose: Purpose,
    /// What is shared about whom.
    #[serde(default)]
    pub data: Data,
    /// Why it is lawful.
    #[serde(default)]
    pub law: Law,
    /// How it travels and who may ask.
    #[serde(default)]
    pub flow: Flow,
    /// How it is looked after.
    #[serde(default)]
    pub governance: Governance,
    /// What the people whose data it is can do.
    #[serde(default)]
    pub rights: Rights,
    /// From when until when.
    #[serde(default)]
    pub life: Life,
    /// What may be asked, by whom: the part that both gateways enforce.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

impl Agreement {
    /// The party that is this organisation.
    #[must_use]
    pub fn party(&self, organisation: &OrganisationId) -> Option<&Party> {
        self.parties.iter().find(|party| party.organisation == *organisation)
    }

    /// Whether anything shared is about identifiable people.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.data.types.iter().any(|kind| *kind != DataType::None)
    }
}
