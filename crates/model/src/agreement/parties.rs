//! Who shares with whom, in which role, and whom to call.

use serde::{Deserialize, Serialize};

use crate::id::OrganisationId;

/// The kind of instrument. The first four are the Welsh accord's (WASPI) documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// A framework signed by chief executives.
    Accord,
    /// Information sharing protocol: regular and reciprocal.
    Isp,
    /// Data disclosure agreement: one way.
    Dda,
    /// Joint controller agreement.
    Jca,
    /// Data processing agreement.
    Dpa,
    /// General data sharing agreement.
    Dsa,
    /// Memorandum of understanding.
    Mou,
}

/// Whether it is a framework for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Sets the terms for specific agreements; grants nothing by itself unless it lists grants.
    Overarching,
    /// Says what may be asked.
    Specific,
}

/// One organisation that shares. Every party signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Who.
    pub organisation: OrganisationId,
    /// Role under data protection law.
    pub role: Role,
    /// Gives, gets, or both.
    pub function: Function,
    /// Whom to call, by role.
    #[serde(default)]
    pub contacts: Vec<Contact>,
}

/// Role under data protection law (CDDO data marketplace).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides why and how.
    Controller,
    /// Decides together with another party.
    JointController,
    /// Acts for a controller.
    Processor,
    /// Not known yet; in a draft only.
    DontKnow,
}

/// The direction in which a party shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// Gives data.
    Provides,
    /// Gets data.
    Receives,
    /// Gives and gets.
    Both,
}

impl Function {
    /// Whether the party may give data.
    #[must_use]
    pub fn provides(self) -> bool {
        self != Self::Receives
    }

    /// Whether the party may get data.
    #[must_use]
    pub fn receives(self) -> bool {
        self != Self::Provides
    }
}

/// Somebody to call about the agreement: a member of staff, in that capacity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// In which capacity.
    pub role: ContactRole,
    /// Name or title of the post.
    pub name: String,
    /// Address for mail about the agreement.
    pub email: String,
}

/// The posts that an agreement must name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactRole {
    /// Data protection officer.
    Dpo,
    /// Senior information risk owner.
    Siro,
    /// Owner of the information asset.
    Owner,
    /// Who answers on a working day.
    Operational,
    /// WASPI's designated person, who looks after an accord or protocol.
    DesignatedPerson,
}

/// Who else handles the data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// Whether parties decide together (UK GDPR Art 26).
    pub joint_controllers: bool,
    /// Who does what among joint controllers.
    pub joint_arrangement: String,
    /// Contractors that handle the data for a party.
    pub processors: Vec<Processor>,
    /// Others who will see the data.
    pub other_organisations: Vec<String>,
}

/// A contractor that handles data for a party (UK GDPR Art 28).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    /// Who.
    pub name: String,
    /// Reference of the contract that binds it.
    pub contract: String,
}
