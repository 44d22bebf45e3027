//! What can be done with a request, and the bounds on what is said.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::filing::text;
use crate::{GovernanceError, Result};

/// Most bytes of one text.
const TEXT_LIMIT: usize = 5000;
/// Most bytes of a line.
const LINE_LIMIT: usize = 300;

/// One step. Moments that are left out are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step", deny_unknown_fields)]
pub enum Step {
    /// Something worth keeping.
    Note {
        /// What.
        text: String,
    },
    /// It is known who asks: the clock of a right starts.
    Identity {
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// The person is asked what they mean: the clock stops.
    Ask {
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// What is asked.
        question: String,
    },
    /// They have said what they mean: the clock goes on.
    Clarified {
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// It takes longer, and the person was told.
    Extend {
        /// Why.
        reason: String,
        /// When they were told.
        told_on: Date,
    },
    /// A complaint is acknowledged.
    Acknowledge {
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// A place was searched, reasonably and proportionately.
    Search {
        /// A system, a partner, a filing cabinet.
        place: String,
        /// How, and what came of it.
        note: String,
        /// How many things were found.
        found: u64,
    },
    /// Something found is withheld.
    Exempt {
        /// What, so that it can be found again; nothing about a person.
        item: String,
        /// The exemption's code.
        code: String,
        /// Why it applies to this.
        reason: String,
    },
    /// A second person agrees that it is withheld.
    Agree {
        /// Which, counted from 0.
        number: usize,
    },
    /// It is not withheld after all.
    Release {
        /// Which, counted from 0.
        number: usize,
    },
    /// The answer went out.
    Answer {
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// What was given.
        summary: String,
    },
    /// It was refused, with reasons and the way to complain.
    Refuse {
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// Who asked is forgotten.
    Forget,
}

impl Step {
    /// The step's word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Note { .. } => "note",
            Self::Identity { .. } => "identity",
            Self::Ask { .. } => "ask",
            Self::Clarified { .. } => "clarified",
            Self::Extend { .. } => "extend",
            Self::Acknowledge { .. } => "acknowledge",
            Self::Search { .. } => "search",
            Self::Exempt { .. } => "exempt",
            Self::Agree { .. } => "agree",
            Self::Release { .. } => "release",
            Self::Answer { .. } => "answer",
            Self::Refuse { .. } => "refuse",
            Self::Forget => "forget",
        }
    }

    pub(super) fn checked(mut self, now: Timestamp) -> Result<Self> {
        let long = |what, said: &mut String| -> Result<()> {
            *said = text(what, said, TEXT_LIMIT, true)?;
            Ok(())
        };
        match &mut self {
            Self::Note { text } => long("note", text)?,
            Self::Ask { question, .. } => long("question", question)?,
            Self::Extend { reason, .. } | Self::Refuse { reason, .. } => long("reason", reason)?,
            Self::Answer { summary, .. } => long("summary", summary)?,
            Self::Search { place, note, .. } => {
                *place = text("place", place, LINE_LIMIT, true)?;
                long("note", note)?;
            }
            Self::Exempt { item, code, reason } => {
                *item = text("item", item, LINE_LIMIT, true)?;
                *code = text("exemption's code", code, LINE_LIMIT, true)?;
                long("reason", reason)?;
            }
            _ => {}
        }
        if self.moment().is_some_and(|at| at > now) {
            return Err(GovernanceError::act("the time given lies in the future", "give the time it was"));
        }
        Ok(self)
    }

    /// The moment that it says.
    pub(super) fn moment(&self) -> Option<Timestamp> {
        match self {
            Self::Identity { at }
            | Self::Ask { at, .. }
            | Self::Clarified { at }
            | Self::Acknowledge { at }
            | Self::Answer { at, .. }
            | Self::Refuse { at, .. } => *at,
            _ => None,
        }
    }

    /// Takes out what may name somebody.
    pub(super) fn forget(&mut self) {
        let said = match self {
            Self::Note { text } => text,
            Self::Ask { question, .. } => question,
            Self::Answer { summary, .. } => summary,
            Self::Search { note, .. } => note,
            _ => return,
        };
        "forgotten".clone_into(said);
    }
}
