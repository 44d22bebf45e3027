//! What can be done with an incident, and the bounds on what is said.

use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_model::{AgreementId, ExchangeId, OrganisationId};
use serde::{Deserialize, Serialize};

use crate::filing::text;
use crate::{GovernanceError, Result};

/// Most bytes of one text.
const TEXT_LIMIT: usize = 5000;
/// Most bytes of a line.
const LINE_LIMIT: usize = 300;

/// What kind of thing happened, in a reporter's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something is lost or was stolen.
    Lost,
    /// It went to somebody it was not meant for.
    WrongRecipient,
    /// Somebody saw or used what they should not have.
    Misuse,
    /// It was changed or destroyed, or cannot be reached.
    Damaged,
    /// A break-in, malware, a trick.
    Attack,
    /// Something else.
    Other,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Lost, Self::WrongRecipient, Self::Misuse, Self::Damaged, Self::Attack, Self::Other];
}

/// What was harmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    /// Somebody learned it.
    Confidentiality,
    /// It was changed.
    Integrity,
    /// It cannot be had.
    Availability,
}

/// The risk to the people whose data it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Nobody has judged it.
    #[default]
    Unassessed,
    /// Unlikely (Art. 33(1)): the Commissioner need not be told.
    Unlikely,
    /// A risk.
    Likely,
    /// A high risk (Art. 34): people must be told too.
    High,
}

/// What an incident is about, in the gateway's own books.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "link", deny_unknown_fields)]
pub enum Link {
    /// An exchange on record, or a parcel.
    Exchange {
        /// Its id.
        id: ExchangeId,
    },
    /// Everything shared under an agreement.
    Agreement {
        /// Its id.
        id: AgreementId,
    },
    /// A medium that parcels were carried on.
    Medium {
        /// Its id.
        id: ExchangeId,
    },
    /// Everything shared with a partner.
    Partner {
        /// Its id.
        id: OrganisationId,
    },
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step", deny_unknown_fields)]
pub enum Step {
    /// Something worth keeping.
    Note {
        /// What.
        text: String,
    },
    /// What Article 33(3) asks for.
    Assess {
        /// What was harmed.
        nature: Vec<Nature>,
        /// How great the risk is.
        risk: Risk,
        /// About how many people.
        people: u64,
        /// About how many records.
        records: u64,
        /// Which people, which data.
        categories: String,
        /// What may come of it.
        consequences: String,
        /// What was done, or will be.
        measures: String,
    },
    /// What it is about.
    Link {
        /// The thing.
        to: Link,
    },
    /// What it is not about after all.
    Unlink {
        /// The thing.
        to: Link,
    },
    /// The Commissioner was told, or need not be.
    Regulator {
        /// Whether they were told.
        told: bool,
        /// When; now when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// Why they were, or were not (Art. 33(5)).
        reasoning: String,
        /// Their reference.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reference: String,
        /// Why it took longer than 72 hours (Art. 33(1)).
        #[serde(default, skip_serializing_if = "String::is_empty")]
        late_reason: String,
    },
    /// The people were told, or need not be.
    People {
        /// Whether they were told.
        told: bool,
        /// When; now when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// Why they were, or were not.
        reasoning: String,
    },
    /// A partner is told: its gateway is sent the text, signed.
    Partner {
        /// Whom.
        organisation: OrganisationId,
        /// What; no personal data.
        text: String,
    },
    /// A partner's gateway has taken what it was told. Said by the gateway alone.
    PartnerTook {
        /// Who.
        organisation: OrganisationId,
    },
    /// What is to be done so that it does not happen again.
    Action {
        /// What.
        what: String,
        /// By whom: an account's id, or a post.
        owner: String,
        /// By when.
        due_on: Date,
    },
    /// An action is done.
    ActionDone {
        /// Which, counted from 0.
        number: usize,
    },
    /// What was learned.
    Lessons {
        /// What.
        text: String,
    },
    /// It is over.
    Close {
        /// How it ended.
        outcome: String,
    },
    /// It is not over after all.
    Reopen {
        /// Why.
        reason: String,
    },
}

impl Step {
    /// The step's word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Note { .. } => "note",
            Self::Assess { .. } => "assess",
            Self::Link { .. } => "link",
            Self::Unlink { .. } => "unlink",
            Self::Regulator { .. } => "regulator",
            Self::People { .. } => "people",
            Self::Partner { .. } => "partner",
            Self::PartnerTook { .. } => "partner-took",
            Self::Action { .. } => "action",
            Self::ActionDone { .. } => "action-done",
            Self::Lessons { .. } => "lessons",
            Self::Close { .. } => "close",
            Self::Reopen { .. } => "reopen",
        }
    }

    /// The step with its texts in bounds.
    pub(super) fn checked(mut self) -> Result<Self> {
        let long = |what, said: &mut String, must| -> Result<()> {
            *said = text(what, said, TEXT_LIMIT, must)?;
            Ok(())
        };
        match &mut self {
            Self::Note { text } | Self::Lessons { text } | Self::Partner { text, .. } => long("text", text, true)?,
            Self::Assess { nature, categories, consequences, measures, .. } => {
                nature.sort_unstable();
                nature.dedup();
                if nature.is_empty() {
                    let problem = "an assessment says what was harmed";
                    let remedy = "name confidentiality, integrity, availability, or several of them";
                    return Err(GovernanceError::act(problem, remedy));
                }
                long("categories of people and data", categories, true)?;
                long("likely consequences", consequences, true)?;
                long("measures", measures, true)?;
            }
            Self::Regulator { reasoning, reference, late_reason, .. } => {
                long("reasoning", reasoning, true)?;
                *reference = text("reference", reference, LINE_LIMIT, false)?;
                long("reason for the delay", late_reason, false)?;
            }
            Self::People { reasoning, .. } => long("reasoning", reasoning, true)?,
            Self::Action { what, owner, .. } => {
                long("action", what, true)?;
                *owner = text("owner", owner, LINE_LIMIT, true)?;
            }
            Self::Close { outcome } => long("outcome", outcome, true)?,
            Self::Reopen { reason } => long("reason", reason, true)?,
            Self::Link { .. } | Self::Unlink { .. } | Self::PartnerTook { .. } | Self::ActionDone { .. } => {}
        }
        Ok(self)
    }
}
