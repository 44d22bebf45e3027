//! What a party says about an agreement, signed: proposed, signed, suspended, resumed, ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::text::{AgreementDigest, AgreementText, TextError, shorten};
use crate::id::{AgreementId, OrganisationId};
use crate::signed::{Signable, Signed};

/// The context in which statements are signed, so that no other document's signature passes for one.
pub const STATEMENT_CONTEXT: &str = "agreement-statement";

/// Most bytes of one statement.
pub const STATEMENT_LIMIT: usize = 4096;

/// What a party does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", rename_all_fields = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Act {
    /// Sends the text round for signature; does not sign it.
    Proposed,
    /// Signs the text.
    Signed {
        /// Who signed for the organisation.
        name: String,
        /// Their position, for example chief executive.
        position: String,
        /// What gives them the authority.
        authority: String,
    },
    /// Stops all sharing under it, at once.
    Suspended {
        /// Why, for the other parties.
        reason: String,
    },
    /// Takes its own suspension back.
    Resumed,
    /// Ends it for good.
    Ended {
        /// Why, for the other parties.
        reason: String,
    },
    /// Will not sign, or takes a signature back; the version can never come into force.
    Withdrawn,
}

/// One statement of one party about one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementStatement {
    /// Which agreement.
    pub agreement: AgreementId,
    /// Which version.
    pub version: u32,
    /// Which text.
    pub digest: AgreementDigest,
    /// Who says it.
    pub organisation: OrganisationId,
    /// What.
    pub act: Act,
    /// When, by the clock of who says it.
    pub at: Timestamp,
}

impl AgreementStatement {
    /// The bytes to sign.
    ///
    /// # Errors
    /// [`TextError`] when a name or reason makes it longer than [`STATEMENT_LIMIT`].
    pub fn to_json(&self) -> Result<String, TextError> {
        let json = serde_json::to_string(self).map_err(|error| TextError::Field(shorten(&error)))?;
        if json.len() > STATEMENT_LIMIT {
            return Err(TextError::Field("a name or reason is too long for a statement of 4096 bytes".into()));
        }
        Ok(json)
    }
}

/// A statement with its signature.
pub type AgreementEvent = Signed<AgreementStatement>;

impl AgreementEvent {
    /// What was said.
    #[must_use]
    pub fn statement(&self) -> &AgreementStatement {
        self.document()
    }
}

impl Signable for AgreementStatement {
    const CARRIED_AS: &'static str = "statement";
    type Error = TextError;

    fn read(json: &str) -> Result<Self, TextError> {
        if json.len() > STATEMENT_LIMIT {
            return Err(TextError::Field("a statement is longer than 4096 bytes".into()));
        }
        if !(json.starts_with('{') && json.ends_with('}')) {
            return Err(TextError::Framing);
        }
        serde_json::from_str(json).map_err(|error| TextError::Field(shorten(&error)))
    }
}

/// What one gateway sends another: texts of one agreement and what was said about them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementBundle {
    /// The texts, in any order.
    pub texts: Vec<AgreementText>,
    /// The signed statements about them, in any order.
    pub statements: Vec<AgreementEvent>,
}
